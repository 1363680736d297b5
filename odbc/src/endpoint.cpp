#include "endpoint.hpp"

#include "failure.hpp"
#include "ini.hpp"
#include "utf8.hpp"
#include "words.hpp"

#include <sluice/odbc/connection.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::odbc {
namespace {

constexpr std::array<std::string_view, 4> data_source_secrets{"Password", "PWD", "Pass", "Passwd"};

// The error is about no session: there is none yet.
error wrong_string(std::string message) {
    return {errc::invalid_argument, std::move(message)};
}

// Parts of a value that holds names and secrets of its own: pqopt={user=x password=y}.
void add_parts(std::string_view value, std::vector<std::string>& to) {
    for (auto at = value.find('='); at != std::string_view::npos; at = value.find('=', at + 1)) {
        auto part = value.substr(at + 1);
        part = part.substr(0, std::min(part.find(' '), part.size()));
        if (part.size() > 3) to.emplace_back(part);
    }
}

// The values that connection_string::redacted() hides, and the passwords of the data source. The longest first: one may
// be part of another.
std::vector<std::string> secrets_of(const connection_string& keys) {
    std::vector<std::string> secrets;
    const auto hidden = connection_string::parse(keys.redacted());
    for (const auto& key : keys.keys()) {
        const auto value = keys.get(key).value_or("");
        if (hidden && hidden->get(key) == value) continue;
        secrets.push_back(value);
        add_parts(value, secrets);
    }
    if (const auto source = keys.get("DSN"))
        for (const auto key : data_source_secrets) secrets.push_back(data_source_setting(*source, key));
    std::erase(secrets, std::string());
    std::sort(secrets.begin(), secrets.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
    return secrets;
}

bool has_setting(const endpoint& e, std::string_view key) {
    return e.keys.contains(key) || !setting_of(e, key).empty();
}

void add_defaults(endpoint& e, const driver_profile& profile, std::chrono::seconds login) {
    for (const auto& one : profile.defaults) {
        if (has_setting(e, one.key) || any_word(one.also, [&](std::string_view key) { return has_setting(e, key); }))
            continue;
        if (one.value != "<login>")
            e.keys.set(one.key, one.value);
        else if (login.count() > 0)
            e.keys.set(one.key, std::to_string(login.count()));
    }
}

}  // namespace

bool is_on(std::string_view value) noexcept {
    return any_word("1 yes true on", [&](std::string_view word) { return same_word(word, value); });
}

result<endpoint> read_endpoint(std::string_view text) {
    auto keys = connection_string::parse(text);
    if (!keys) return std::move(keys).error();
    if (!is_utf8(text)) return wrong_string("the connection string is not UTF-8");
    endpoint made;
    made.keys = std::move(*keys);
    made.driver = made.keys.get("Driver").value_or("");
    const auto source = made.keys.get("DSN");
    if (made.driver.empty() && source) made.driver = data_source_setting(*source, "Driver");
    if (made.driver.empty() && !source && !made.keys.contains("FileDSN"))
        return wrong_string("the connection string names neither a driver (Driver=) nor a data source (DSN=)");
    if (!made.driver.empty()) made.library = library_of_driver(made.driver);
    made.secrets = secrets_of(made.keys);
    return made;
}

std::string setting_of(const endpoint& e, std::string_view key) {
    if (auto own = e.keys.get(key)) return std::move(*own);
    const auto source = e.keys.get("DSN");
    return source ? data_source_setting(*source, key) : std::string();
}

bool is_in_memory(std::string_view text) {
    const auto e = read_endpoint(text);
    if (!e || profile_of_library(e->library).kind != driver_kind::sqlite) return false;
    const std::string database = setting_of(*e, "Database");
    return has_text(database, ":memory:") || has_text(database, "mode=memory");
}

result<std::string> driver_text(const endpoint& from, const driver_profile& profile, std::chrono::seconds login) {
    endpoint e = from;
    if (!profile.required_key.empty() && setting_of(e, profile.required_key).empty())
        return wrong_string("the connection string lacks " + std::string(profile.required_key) + "=");
    try {
        add_defaults(e, profile, login);
    } catch (const database_error& too_long) {
        return too_long.error();
    }
    if (profile.takes_braces) return e.keys.str();

    std::string text;
    for (const auto& key : e.keys.keys()) {
        const auto value = e.keys.get(key).value_or("");
        // The driver manager reads the driver's own name, with braces; the driver reads the others, without.
        const bool own = same_word(key, "Driver");
        if (!own && value.find_first_of(";{}") != std::string::npos)
            return wrong_string("this driver cannot take a value with ; { or } in it");
        text.append(key).append(own ? "={" : "=").append(value).append(own ? "};" : ";");
    }
    return text;
}

}  // namespace sluice::odbc
