// Whether a connection is alive.

#include "ping.hpp"

#include "connection_impl.hpp"
#include "watched_call.hpp"
#include "words.hpp"

#include <array>
#include <utility>

namespace sluice::odbc {

namespace {

struct question {
    std::string_view dbms;  // part of its name, in any case
    std::string_view sql;
};

constexpr std::array<question, 6> questions{{
    {"oracle", "SELECT 1 FROM DUAL"},
    {"db2", "SELECT 1 FROM SYSIBM.SYSDUMMY1"},
    {"derby", "SELECT 1 FROM SYSIBM.SYSDUMMY1"},
    {"firebird", "SELECT 1 FROM RDB$DATABASE"},
    {"informix", "SELECT 1 FROM systables WHERE tabid = 1"},
    {"hdb", "SELECT 1 FROM DUMMY"},
}};

enum class said : std::uint8_t { alive, dead, nothing };

said ask_attribute(connection_state& c) {
    const watched_call call(c);
    SQLUINTEGER dead = SQL_CD_FALSE;
    const SQLRETURN rc = SQLGetConnectAttr(c.dbc.get(), SQL_ATTR_CONNECTION_DEAD, &dead, 0, nullptr);
    if (!api::succeeded(rc)) return said::nothing;
    return dead == SQL_CD_TRUE ? said::dead : said::alive;
}

error is_lost() {
    error_record record;
    record.code = errc::connection_lost;
    record.message = "the connection is lost: asked whether it is alive, the driver says that it is not";
    record.function = "SQLGetConnectAttr";
    record.session = session_state::broken;
    return error(std::move(record));
}

// Our own question changes nothing, whatever becomes of it.
error of_question(const error& e, const std::string& own_sql) {
    if (!own_sql.empty()) return e;
    error_record record = e.record();
    record.outcome = outcome::none;
    return error(std::move(record));
}

}  // namespace

std::string_view alive_question(std::string_view dbms_name) noexcept {
    for (const auto& one : questions)
        if (has_text(dbms_name, one.dbms)) return one.sql;
    return "SELECT 1";
}

result<std::vector<diagnostic>> connection::impl::ping(const std::string& sql) {
    using warnings = std::vector<diagnostic>;
    const auto worth = state.profile->dead;
    if (sql.empty() && worth == dead_attribute::no_server && !state.broken) return warnings();
    if (sql.empty() && worth != dead_attribute::local && !state.broken) {
        const said heard = ask_attribute(state);
        if (heard == said::dead) {
            state.broken = true;
            return is_lost();
        }
        if (heard == said::alive && worth == dead_attribute::asks) return warnings();
    }
    auto asked = execute(sql.empty() ? std::string(alive_question(facts.dbms_name)) : sql, {}, {});
    if (!asked) return of_question(asked.error(), sql);
    auto closed = asked->rows.close();
    if (!closed) return of_question(closed.error(), sql);
    return std::move(asked->warnings);
}

}  // namespace sluice::odbc
