#include "lease_settings.hpp"

#include "ask_cell.hpp"
#include "failure.hpp"
#include "prepared_use.hpp"
#include "statement.hpp"
#include "words.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sluice::odbc {
namespace {

// Each `c` of the text twice, within a pair of them.
std::string within(char c, std::string_view text) {
    std::string made(1, c);
    for (const char one : text) made.append(one == c ? 2 : 1, one);
    return made + c;
}

// Right whatever standard_conforming_strings is.
std::string postgresql_text(std::string_view text) {
    std::string made = "E'";
    for (const char one : text) made.append(one == '\'' || one == '\\' ? 2 : 1, one);
    return made + "'";
}

// Right whatever sql_mode is: it decides about backslashes.
std::string mariadb_text(std::string_view text) {
    if (text.find('\\') == std::string_view::npos) return within('\'', text);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string made = "convert(x'";
    for (const char one : text) {
        const auto byte = static_cast<unsigned char>(one);
        made += digits[byte / 16];
        made += digits[byte % 16];
    }
    return made + "' using utf8mb4)";
}

bool is_number(std::string_view text) noexcept {
    const auto unsigned_part = text.substr(!text.empty() && text.front() == '-' ? 1 : 0);
    return !unsigned_part.empty() && std::count(unsigned_part.begin(), unsigned_part.end(), '.') <= 1 &&
           std::all_of(unsigned_part.begin(), unsigned_part.end(),
                       [](char c) { return (c >= '0' && c <= '9') || c == '.'; }) &&
           unsigned_part.front() != '.' && unsigned_part.back() != '.';
}

std::string postgresql_name(const session_setting& s) {
    switch (s.what()) {
        case session_setting::kind::time_zone:
            return "timezone";
        case session_setting::kind::schema:
            return "search_path";
        case session_setting::kind::role:
            return "role";
        case session_setting::kind::named:
            break;
    }
    return s.name();
}

std::string write_postgresql(const session_setting& s, std::string_view value) {
    return "select set_config('" + postgresql_name(s) + "', " + postgresql_text(value) + ", false)";
}

setting_statements in_postgresql(const session_setting& s) {
    return {"select current_setting('" + postgresql_name(s) + "', true)", write_postgresql(s, s.value()), false};
}

std::string write_mariadb(const session_setting& s, std::string_view value) {
    switch (s.what()) {
        case session_setting::kind::time_zone:
            return "set session time_zone = " + mariadb_text(value);
        case session_setting::kind::schema:  // refused before
            break;
        case session_setting::kind::role:
            return "set role " + within('`', value);
        case session_setting::kind::named:
            break;
    }
    return "set session " + s.name() + " = " + (is_number(value) ? std::string(value) : mariadb_text(value));
}

setting_statements in_mariadb(const session_setting& s) {
    std::string read = "select @@session." + s.name();
    if (s.what() == session_setting::kind::time_zone) read = "select @@session.time_zone";
    if (s.what() == session_setting::kind::role) read = "select current_role()";
    return {std::move(read), write_mariadb(s, s.value()), false};
}

std::string write_sqlite(const session_setting& s, std::string_view value) {
    return "pragma " + s.name() + " = " + (is_number(value) ? std::string(value) : within('\'', value));
}

// "on" and "1" are the same to a pragma.
bool is_same(std::string_view written, std::string_view read) noexcept {
    const auto as_number = [](std::string_view text) -> std::string_view {
        if (text == "on" || text == "true" || text == "yes") return "1";
        if (text == "off" || text == "false" || text == "no") return "0";
        return text;
    };
    return as_number(written) == as_number(read);
}

error not_set(const session_setting& s, const std::string& why) {
    return refused(errc::unsupported, "the setting " + s.text() + " cannot be set: " + why);
}

error of_setting(const session_setting& s, const error& e) {
    error_record record = e.record();
    record.message = "the setting " + s.text() + " cannot be set: " + record.message;
    record.outcome = outcome::none;
    return error(std::move(record));
}

result<void> apply(connection_state& c, const session_setting& s) {
    auto ways = statements_of(*c.profile, s);
    if (!ways) return ways.error();
    auto before = ask_cell(c, ways->read);
    if (!before) return of_setting(s, before.error());
    if (ways->proves && !*before) return not_set(s, "there is no such pragma with a value");
    auto back = way_back(*c.profile, s, *before);
    if (!back) return not_set(s, "the session has none, and could not go back to none");
    // Before it is changed: whatever comes of that, it is written back.
    c.lease_settings_before.push_back(std::move(*back));
    if (auto written = ask_cell(c, ways->write); !written) return of_setting(s, written.error());
    if (!ways->proves) return {};
    auto now = ask_cell(c, ways->read);
    if (!now) return of_setting(s, now.error());
    if (!*now || !is_same(s.value(), **now)) return not_set(s, "the value is not taken");
    return {};
}

// MariaDB and SQLite go on with what a statement meant when it was prepared; PostgreSQL looks again.
void forget_prepared(connection_state& c) noexcept {
    if (c.profile->kind != driver_kind::postgresql) clear_statements(c);
}

}  // namespace

result<setting_statements> statements_of(const driver_profile& profile, const session_setting& s) {
    switch (profile.kind) {
        case driver_kind::postgresql:
            if (same_word(s.name(), "statement_timeout"))
                return not_set(s, "the driver sets it for the deadline of each request: use that");
            return in_postgresql(s);
        case driver_kind::mariadb:
            if (s.what() == session_setting::kind::schema)
                return not_set(s, "with MariaDB's driver USE reads beyond its memory");
            return in_mariadb(s);
        case driver_kind::sqlite:
            if (s.what() == session_setting::kind::named)
                return setting_statements{"pragma " + s.name(), write_sqlite(s, s.value()), true};
            return not_set(s, "SQLite has no such thing");
        case driver_kind::other:
            break;
    }
    return not_set(s, "not known how with this driver");
}

std::optional<std::string> way_back(const driver_profile& profile, const session_setting& s,
                                    const std::optional<std::string>& value) {
    switch (profile.kind) {
        case driver_kind::postgresql:
            return write_postgresql(s, value.value_or(""));  // of its own, unset before: empty is as good as unset
        case driver_kind::mariadb:
            if (value) return write_mariadb(s, *value);
            if (s.what() == session_setting::kind::role) return "set role none";
            return "set session " + s.name() + " = null";
        case driver_kind::sqlite:
            return write_sqlite(s, value.value_or(""));
        case driver_kind::other:
            break;
    }
    return std::nullopt;
}

result<void> apply_settings(connection_state& c, std::span<const session_setting> all) {
    if (auto no = refused_by_state(c)) return std::move(*no);
    if (c.pooler)
        return refused(errc::unsupported,
                       "behind a pooler of transactions nothing of the session's can be set: others would have it too");
    forget_prepared(c);
    for (const session_setting& one : all) {
        auto done = apply(c, one);
        if (done) continue;
        if (!c.broken)
            if (auto back = revert_settings(c); !back) return back;
        return done;
    }
    return {};
}

result<void> revert_settings(connection_state& c) {
    const auto before = std::exchange(c.lease_settings_before, {});
    if (c.broken || before.empty()) return {};  // gone with it
    forget_prepared(c);
    for (auto each = before.rbegin(); each != before.rend(); ++each) {
        if (auto done = ask_cell(c, *each); !done) {
            c.broken = true;
            return done.error();
        }
    }
    return {};
}

}  // namespace sluice::odbc
