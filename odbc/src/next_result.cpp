#include "next_result.hpp"

#include <utility>

namespace sluice::odbc {
namespace {

[[nodiscard]] error failed(executed_statement& s, SQLRETURN rc, const char* function) {
    failure seen = failed_call(rc, function, s.handle);
    seen.interrupted = s.interrupted;
    return to_error(*s.connection, phase::fetching, std::move(seen), s.effects);
}

[[nodiscard]] error stopped(const executed_statement& s) {
    error_record made;
    made.code = errc::cancelled;
    made.message = "the statement was stopped between two of its results";
    made.outcome = outcome_so_far(s.effects);
    made.session = session_state::usable;
    return error(std::move(made));
}

// A single statement has ended with its result, and is not interrupted any more; several may run yet.
// `interrupted`: during this call. MariaDB's driver answers that with SQL_NO_DATA, whatever became of the procedure.
SQLRETURN more_results(executed_statement& s, bool& interrupted) {
    if (!s.effects.may_apply_partly) return SQLMoreResults(s.handle.get());
    watched_call call(*s.connection, way_in_execute(*s.connection, s.handle), outcome_between(s.effects));
    const SQLRETURN rc = SQLMoreResults(s.handle.get());
    interrupted = call.leave();
    if (interrupted) s.interrupted = true;
    return rc;
}

}  // namespace

outcome outcome_between(statement_effects effects) noexcept {
    return effects.may_apply_partly ? outcome_so_far(effects) : outcome::applied;
}

bool is_over_when_executed(const connection_state& c, statement_effects effects, stream_mode mode) noexcept {
    return mode == stream_mode::buffered_by_driver && c.profile->kind != driver_kind::other &&
           (c.profile->runs_all_at_once || !effects.may_apply_partly);
}

result<following> go_on(executed_statement& s) {
    const connection_state& c = *s.connection;
    following made;
    // What stays prepared is a single statement, whose rows the driver has.
    if (!s.kept.key.empty() && s.mode == stream_mode::buffered_by_driver && c.profile->kind != driver_kind::other)
        return made;
    while (c.profile->has_several) {
        if (s.effects.may_apply_partly && c.watch->stop_asked()) return stopped(s);
        bool interrupted = false;
        SQLRETURN rc = true_answer(c, more_results(s, interrupted), s.handle);
        if (!api::succeeded(rc) && rc != SQL_NO_DATA) {
            auto why = failed(s, rc, "SQLMoreResults");
            const bool has_none = why.sqlstate() == "IM001" && c.profile->kind == driver_kind::other && !c.broken;
            if (has_none) return made;
            return why;
        }
        if (interrupted && s.effects.may_apply_partly) return stopped(s);
        if (rc == SQL_NO_DATA) return made;
        collect_warnings(rc, s.handle, made.warnings);
        s.kept.key.clear();
        SQLSMALLINT columns = 0;
        rc = SQLNumResultCols(s.handle.get(), &columns);
        if (!api::succeeded(rc)) return failed(s, rc, "SQLNumResultCols");
        if (columns <= 0 && c.profile->call_ends_with_status && s.effects.calls_procedure) continue;
        made.another = true;
        made.has_columns = columns > 0;
        SQLLEN rows = -1;
        if (!made.has_columns && api::succeeded(SQLRowCount(s.handle.get(), &rows)) && rows >= 0)
            made.affected_rows = rows;
        return made;
    }
    return made;
}

}  // namespace sluice::odbc
