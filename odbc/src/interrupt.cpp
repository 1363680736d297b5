// What another thread does to a call in progress; and what it needs to know for that.

#include "interrupt.hpp"

#include "watched_call.hpp"

#include <sluice/odbc/connection.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice::odbc {

bool interrupt(const interruption& at) noexcept {
    return at.how == interruption::way::statement && at.statement != nullptr && api::succeeded(SQLCancel(at.statement));
}

result<void> interrupt_from_side(const protocol::connect& to, const interruption& at) {
    if (at.how != interruption::way::side_session || at.backend <= 0)
        return error(errc::invalid_argument, "this call is not interrupted by a session of its own");
    std::vector<diagnostic> warnings;
    auto side = connection::open(to, warnings);
    if (!side) return std::move(side).error();
    const auto asked = side->execute("select pg_cancel_backend(" + std::to_string(at.backend) + ")", {}, {});
    if (!asked) return asked.error();
    return {};
}

result<void> learn_backend(connection_state& c) {
    // Behind a pooler the number would be that of a process which others use too.
    if (c.pooler) return {};
    if (c.profile->cancel_in_fetch != cancelling::side_session || c.backend != 0 || c.transaction_failed != errc::ok)
        return {};
    c.backend = -1;
    const watched_call call(c);
    stmt_handle statement;
    SQLRETURN rc = statement.allocate(c.dbc.get());
    if (!api::succeeded(rc)) return to_error(c, phase::preparing, failed_call(rc, "SQLAllocHandle", c.dbc));
    constexpr std::string_view sql = "select pg_backend_pid()";
    std::int64_t number = 0;
    SQLLEN length = 0;
    const char* function = "SQLExecDirect";
    rc = SQLExecDirect(statement.get(), api::text(sql), static_cast<SQLINTEGER>(sql.size()));
    if (api::succeeded(rc)) {
        function = "SQLFetch";
        rc = SQLFetch(statement.get());
    }
    if (api::succeeded(rc)) {
        function = "SQLGetData";
        rc = SQLGetData(statement.get(), 1, SQL_C_SBIGINT, &number, sizeof number, &length);
    }
    if (api::succeeded(rc) && number > 0) c.backend = number;
    // Without it a stream is as good; it ends between two blocks.
    if (!api::succeeded(rc) && rc != SQL_NO_DATA)
        if (auto failed = to_error(c, phase::preparing, failed_call(rc, function, statement)); c.broken) return failed;
    return {};
}

}  // namespace sluice::odbc
