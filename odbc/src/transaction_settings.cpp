#include "transaction_settings.hpp"

#include "ask_cell.hpp"
#include "classify.hpp"
#include "statement.hpp"

#include <utility>

namespace sluice::odbc {
namespace {

std::string level_text(isolation level) {
    switch (level) {
        case isolation::server_default:
            break;
        case isolation::read_uncommitted:
            return "isolation level read uncommitted";
        case isolation::read_committed:
            return "isolation level read committed";
        case isolation::repeatable_read:
            return "isolation level repeatable read";
        case isolation::serializable:
            return "isolation level serializable";
    }
    return {};
}

SQLULEN level_attribute(isolation level) noexcept {
    switch (level) {
        case isolation::server_default:
            break;
        case isolation::read_uncommitted:
            return SQL_TXN_READ_UNCOMMITTED;
        case isolation::read_committed:
            return SQL_TXN_READ_COMMITTED;
        case isolation::repeatable_read:
            return SQL_TXN_REPEATABLE_READ;
        case isolation::serializable:
            return SQL_TXN_SERIALIZABLE;
    }
    return 0;
}

// "set transaction isolation level ..., read only": one statement, because psqlodbc puts the second one of a
// transaction into a savepoint, where the server ignores or refuses it. Empty: nothing is asked for.
std::string set_transaction(const transaction_options& options) {
    std::string text = level_text(options.isolation());
    if (options.read_only()) text += text.empty() ? "read only" : ", read only";
    return text.empty() ? text : "set transaction " + text;
}

settings_plan plan_postgresql(const transaction_options& options) {
    settings_plan plan;
    if (auto text = set_transaction(options); !text.empty()) plan.first.push_back(std::move(text));
    if (const auto wait = options.lock_timeout())
        plan.first.push_back("set local lock_timeout = " + std::to_string(wait->count()));
    return plan;
}

settings_plan plan_mariadb(const transaction_options& options) {
    settings_plan plan;
    if (auto text = set_transaction(options); !text.empty()) {
        plan.first.push_back(std::move(text));
        plan.first.emplace_back("start transaction");
    }
    if (const auto wait = options.lock_timeout()) {
        const auto seconds = std::to_string(std::chrono::ceil<std::chrono::seconds>(*wait).count());
        for (const char* name : {"innodb_lock_wait_timeout", "lock_wait_timeout"})
            plan.before.push_back(
                {std::string("select @@session.") + name, std::string("set session ") + name + " = ", seconds, ""});
    }
    return plan;
}

// The driver goes on asking for its Timeout when SQLite has given up, and SQLite waits anew each time: after the first
// wait so many more begin as are needed to fill that. Together they are to be `whole`.
std::chrono::milliseconds one_wait(std::chrono::milliseconds whole, std::chrono::milliseconds timeout) noexcept {
    if (whole == timeout) return std::chrono::milliseconds(0);
    const auto beside = (whole - timeout).count();
    const auto more = (timeout.count() + beside - 1) / beside;
    return whole / (more + 1);
}

// Its transactions are serializable.
result<settings_plan> plan_sqlite(const transaction_options& options, std::chrono::milliseconds busy_timeout) {
    settings_plan plan;
    if (options.lock_timeout() && *options.lock_timeout() < busy_timeout)
        return refused(errc::unsupported,
                       "lock_timeout: sqliteodbc waits for a lock at least as long as its Timeout, " +
                           std::to_string(busy_timeout.count()) + " ms: connect with a shorter Timeout=");
    if (options.read_only()) plan.before.push_back({"pragma query_only", "pragma query_only = ", "1", ""});
    // The driver waits by a function of its own, which the pragma replaces and does not read.
    if (const auto wait = options.lock_timeout())
        plan.before.push_back({"pragma busy_timeout",
                               "pragma busy_timeout = ", std::to_string(one_wait(*wait, busy_timeout).count()),
                               std::to_string(busy_timeout.count())});
    return plan;
}

result<SQLULEN> isolation_now(connection_state& c) {
    SQLUINTEGER level = 0;
    const SQLRETURN rc = SQLGetConnectAttr(c.dbc.get(), SQL_ATTR_TXN_ISOLATION, &level, 0, nullptr);
    if (!api::succeeded(rc)) return to_error(c, phase::beginning, failed_call(rc, "SQLGetConnectAttr", c.dbc));
    return level;
}

result<void> set_isolation(connection_state& c, SQLULEN level) {
    const SQLRETURN rc = SQLSetConnectAttr(c.dbc.get(), SQL_ATTR_TXN_ISOLATION, api::number(level), 0);
    if (!api::succeeded(rc)) return to_error(c, phase::beginning, failed_call(rc, "SQLSetConnectAttr", c.dbc));
    return {};
}

// Of an unknown driver: it has to say that it has that level, or a stronger one.
result<void> change_isolation(connection_state& c, SQLULEN level) {
    const watched_call call(c);
    const auto before = isolation_now(c);
    if (!before) return before.error();
    if (*before == level) return {};
    if (auto set = set_isolation(c, level); !set) return set;
    c.isolation_before = *before;
    const auto kept = isolation_now(c);
    if (!kept) return kept.error();
    if (*kept < level || *kept > SQL_TXN_SERIALIZABLE)
        return refused(errc::unsupported, "the driver does not take the isolation that was asked for");
    return {};
}

result<void> change_all(connection_state& c, const settings_plan& plan) {
    for (const auto& setting : plan.before) {
        auto value = ask_cell(c, setting.read);
        if (!value) return value.error();
        std::string before = value->value_or("");
        if (before == "0" && !setting.instead_of_zero.empty()) before = setting.instead_of_zero;
        // Before it is changed: whatever comes of that, it is written back.
        c.settings_before.push_back(setting.write + before);
        if (auto set = ask_cell(c, setting.write + setting.value); !set) return set.error();
    }
    return plan.isolation != 0 ? change_isolation(c, plan.isolation) : result<void>();
}

}  // namespace

result<settings_plan> plan_settings(const driver_profile& profile, const transaction_options& options,
                                    std::chrono::milliseconds busy_timeout) {
    switch (profile.kind) {
        case driver_kind::postgresql:
            return plan_postgresql(options);
        case driver_kind::mariadb:
            return plan_mariadb(options);
        case driver_kind::sqlite:
            return plan_sqlite(options, busy_timeout);
        case driver_kind::other:
            break;
    }
    if (options.read_only())
        return refused(errc::unsupported, "read_only: not known how this driver makes a transaction read only");
    if (options.lock_timeout())
        return refused(errc::unsupported, "lock_timeout: not known how this driver limits the wait for a lock");
    settings_plan plan;
    plan.isolation = level_attribute(options.isolation());
    return plan;
}

result<void> change_settings(connection_state& c, const settings_plan& plan) {
    auto changed = change_all(c, plan);
    if (!changed && !c.broken) restore_settings(c);
    return changed;
}

result<void> open_with_settings(connection_state& c, const settings_plan& plan) {
    for (const auto& text : plan.first) {
        if (auto done = ask_cell(c, text); !done) return done.error();
        c.transaction_touched = true;  // lost with it, the next statement would begin one of another kind
    }
    return {};
}

void restore_settings(connection_state& c) noexcept {
    const auto settings = std::exchange(c.settings_before, {});
    const auto level = std::exchange(c.isolation_before, 0);
    try {
        for (auto each = settings.rbegin(); each != settings.rend() && !c.broken; ++each)
            if (!ask_cell(c, *each)) c.broken = true;
        if (level == 0 || c.broken) return;
        const watched_call call(c);
        if (!set_isolation(c, level)) c.broken = true;
    } catch (...) {
        c.broken = true;
    }
}

}  // namespace sluice::odbc
