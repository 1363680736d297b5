// Opening a connection: environment, attributes, the driver's own text.

#include "classify.hpp"
#include "connection_impl.hpp"
#include "facts.hpp"
#include "ini.hpp"
#include "prepared_use.hpp"

#include <sluice/odbc/installed.hpp>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace sluice::odbc {
namespace {

// "installed: A, B"; the names that SQLDrivers or SQLDataSources give.
template <class List>
std::string names_of(const result<List>& list, std::string_view none) {
    std::string text;
    if (list)
        for (const auto& one : *list) text.append(text.empty() ? "" : ", ").append(one.name);
    return text.empty() ? std::string(none) : text;
}

// What to do about a driver or data source that the driver manager cannot use.
std::string cannot_be_used(const endpoint& e) {
    if (!e.driver.empty())
        return "the driver " + scrubbed(e.driver, e.secrets) +
               " cannot be loaded. Driver= takes the name of an installed driver (" +
               names_of(installed_drivers(), "there is none") + ") or the path of its library";
    return "there is no such data source. DSN= takes one of: " + names_of(data_sources(), "there is none");
}

// A failed connect as an error without secrets.
error connect_error(const driver_profile& profile, const endpoint& e, failure failed) {
    const auto means = classify(profile, phase::connecting, failed);
    error_record record;
    record.code = means.code;
    record.message =
        means.code == errc::invalid_argument ? cannot_be_used(e) : std::string(advice(means.code, phase::connecting));
    record.function = failed.function;
    record.records = std::move(failed.records);
    scrub(record.records, e.secrets);
    return error(std::move(record));
}

error no_environment(failure failed) {
    error_record record;
    record.code = errc::driver_misbehaved;
    record.message = "the driver manager gave no handle";
    record.function = failed.function;
    record.records = std::move(failed.records);
    return error(std::move(record));
}

// A handle of the environment for one connect.
result<void> allocate(connection_state& c, std::chrono::seconds login) {
    settle_file_names();
    SQLRETURN rc = c.env.allocate(SQL_NULL_HANDLE);
    if (!api::succeeded(rc)) return no_environment({rc, "SQLAllocHandle", {}});
    rc = SQLSetEnvAttr(c.env.get(), SQL_ATTR_ODBC_VERSION, api::number(SQL_OV_ODBC3), 0);
    if (!api::succeeded(rc)) return no_environment(failed_call(rc, "SQLSetEnvAttr", c.env));
    rc = c.dbc.allocate(c.env.get());
    if (!api::succeeded(rc)) return no_environment(failed_call(rc, "SQLAllocHandle", c.env));
    // A driver may ignore it: the caller has a deadline of its own.
    if (login.count() > 0)
        (void)SQLSetConnectAttr(c.dbc.get(), SQL_ATTR_LOGIN_TIMEOUT, api::number(static_cast<SQLULEN>(login.count())),
                                SQL_IS_UINTEGER);
    return {};
}

result<void> drive(connection_state& c, const endpoint& e, std::chrono::seconds login,
                   std::vector<diagnostic>& warnings) {
    auto text = driver_text(e, *c.profile, login);
    if (!text) return std::move(text).error();
    std::optional<sqlite_opening> opening;
    if (c.profile->kind == driver_kind::sqlite) opening.emplace();
    const SQLRETURN rc =
        SQLDriverConnect(c.dbc.get(), nullptr, api::text(*text), static_cast<SQLSMALLINT>(text->size()), nullptr, 0,
                         nullptr, SQL_DRIVER_NOPROMPT);
    if (!api::succeeded(rc)) return connect_error(*c.profile, e, failed_call(rc, "SQLDriverConnect", c.dbc));
    c.connected = true;
    if (opening) c.sqlite = opening->opened();
    if (rc == SQL_SUCCESS_WITH_INFO) {
        auto said = read_diagnostics(c.dbc);
        scrub(said, e.secrets);
        add_warnings(warnings, std::move(said));
    }
    return {};
}

void read_transaction_support(connection_state& c) {
    SQLUSMALLINT capable = SQL_TC_DDL_COMMIT;
    if (!api::succeeded(SQLGetInfo(c.dbc.get(), SQL_TXN_CAPABLE, &capable, sizeof capable, nullptr))) return;
    c.has_transactions = capable != SQL_TC_NONE;
    c.ddl_commits = capable == SQL_TC_DDL_COMMIT || capable == SQL_TC_NONE;
}

// Without one nothing is interrupted, which is no reason not to connect.
void allocate_interrupter(connection_state& c) noexcept {
    const auto wants = [](cancelling how) {
        return how == cancelling::interrupter;
    };
    if (wants(c.profile->cancel_in_execute) || wants(c.profile->cancel_in_fetch))
        (void)c.interrupter.allocate(c.dbc.get());
}

// May one execution hold several statements? MariaDB's driver takes them only with a flag of OPTION.
bool takes_batches(const driver_profile& profile, const std::string& option) noexcept {
    constexpr unsigned long multi_statements = 67'108'864;
    if (profile.kind == driver_kind::mariadb)
        return (std::strtoul(option.c_str(), nullptr, 10) & multi_statements) != 0;
    return profile.kind != driver_kind::sqlite;
}

}  // namespace

result<void> connection::impl::connect(const endpoint& e, std::chrono::seconds login,
                                       std::vector<diagnostic>& warnings) {
    const watched_call call(state, {}, outcome::none);
    state.profile = &profile_of_library(e.library);
    if (auto done = allocate(state, login); !done) return done;
    if (auto done = drive(state, e, login, warnings); !done) return done;
    if (state.profile->kind == driver_kind::other) {
        // The driver was not known by its file: if it knows itself, once more with what that needs.
        const auto& known = profile_of_library(info_text(state.dbc, SQL_DRIVER_NAME));
        if (known.kind != driver_kind::other) {
            if (auto closed = disconnect(); !closed) return std::move(closed).error();
            state.profile = &known;
            if (auto done = allocate(state, login); !done) return done;
            if (auto done = drive(state, e, login, warnings); !done) return done;
        }
    }
    facts = facts_of(state, e);
    add_warnings_of(facts, warnings);
    read_transaction_support(state);

    const auto asked = [&](std::string_view key) {
        return setting_of(e, key);
    };
    state.batches = takes_batches(*state.profile, asked("OPTION"));
    state.steps =
        state.profile->streams == streaming::step_api && (asked("StepAPI").empty() || is_on(asked("StepAPI")));
    if (state.profile->kind == driver_kind::sqlite && !asked("Timeout").empty())
        state.busy_timeout =
            std::chrono::milliseconds(std::max(0L, std::strtol(asked("Timeout").c_str(), nullptr, 10)));
    state.declare_fetch_always =
        state.profile->streams == streaming::declare_fetch && (is_on(asked("UseDeclareFetch")) || is_on(asked("B6")));
    state.declare_fetch = state.declare_fetch_always;
    allocate_interrupter(state);
    return {};
}

result<connection> connection::open(const protocol::connect& request, std::vector<diagnostic>& warnings,
                                    call_watch* watch) {
    const auto e = read_endpoint(request.connection_string);
    if (!e) return e.error();
    auto made = std::make_unique<impl>();
    if (watch != nullptr) made->state.watch = watch;
    if (auto connected = made->connect(*e, request.login_timeout, warnings); !connected)
        return std::move(connected).error();
    made->state.statements.capacity(request.statement_cache);
    if (request.transaction_pooler)
        if (auto told = use_through_pooler(made->state); !told) return std::move(told).error();
    return connection(std::move(made));
}

}  // namespace sluice::odbc
