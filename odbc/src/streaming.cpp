// psqlodbc's cursor fetch, switched on a live connection.

#include "statement.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>

namespace sluice::odbc {
namespace {

// Connection attributes of psqlodbc: SQL_ATTR_PGOPT_USEDECLAREFETCH and SQL_ATTR_PGOPT_FETCH.
constexpr SQLINTEGER use_declare_fetch = 65'539;
constexpr SQLINTEGER fetch_count = 65'541;

result<void> set(connection_state& c, SQLINTEGER attribute, SQLULEN value) {
    const SQLRETURN rc = SQLSetConnectAttr(c.dbc.get(), attribute, api::number(value), SQL_IS_UINTEGER);
    if (!api::succeeded(rc)) return to_error(c, phase::preparing, failed_call(rc, "SQLSetConnectAttr", c.dbc));
    return {};
}

}  // namespace

result<void> start_streaming(connection_state& c, std::size_t fetch_rows) {
    if (c.profile->streams != streaming::declare_fetch) return {};
    const auto rows = std::clamp<std::size_t>(fetch_rows, 1, limits::batch_rows_max);
    if (auto done = set(c, fetch_count, rows); !done) return done;
    if (c.declare_fetch) return {};
    if (auto done = set(c, use_declare_fetch, 1); !done) return done;
    c.declare_fetch = true;
    return {};
}

result<void> stop_streaming(connection_state& c) {
    if (!c.declare_fetch || c.declare_fetch_always) return {};
    if (auto done = set(c, use_declare_fetch, 0); !done) return done;
    c.declare_fetch = false;
    return {};
}

}  // namespace sluice::odbc
