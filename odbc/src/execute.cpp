// One statement: checked, executed as often as it takes, its result opened.

#include "connection_impl.hpp"
#include "execution_attempt.hpp"
#include "next_result.hpp"
#include "prepared_use.hpp"
#include "sql_text.hpp"
#include "utf8.hpp"

#include <sluice/protocol/limits.hpp>

#include <memory>
#include <string>
#include <utility>

namespace sluice::odbc {

result<void> check_statement(const connection_state& c, const std::string& sql, const args& parameters) {
    if (auto no = refused_by_state(c)) return std::move(*no);
    if (is_empty(sql)) return refused(errc::invalid_argument, "the statement is empty");
    if (sql.size() > limits::sql_bytes_max)
        return refused(errc::too_large, "the statement has " + std::to_string(sql.size()) + " bytes, the limit is " +
                                            std::to_string(limits::sql_bytes_max));
    if (const auto at = sql.find('\0'); at != std::string::npos)
        return refused(errc::invalid_argument,
                       "the statement has a NUL at byte " + std::to_string(at) + ": pass such values as parameters");
    if (!is_utf8(sql)) return refused(errc::invalid_argument, "the statement is not UTF-8");
    if (const std::size_t most = parameters_max(c); parameters.size() > most)
        return refused(errc::too_large,
                       std::to_string(parameters.size()) + " parameters: the limit is " + std::to_string(most));
    if (parameters.outputs() != 0 && !c.profile->outputs_are_a_row)
        return refused(errc::unsupported,
                       "parameters that bring a value back are read with the profiles postgresql "
                       "and mariadb only, this one is " +
                           std::string(c.profile->name));
    if (c.profile->kind == driver_kind::postgresql && copies_to_client(sql))
        return refused(errc::unsupported, "psqlodbc never returns from COPY FROM STDIN and COPY TO STDOUT");
    return {};
}

namespace {

// DECLARE CURSOR takes no statement that changes data: refused before anything ran, so it may be executed without.
bool refused_by_cursor(const connection_state& c, const error& e) noexcept {
    const bool state = e.sqlstate() == "0A000" || e.sqlstate() == "42601";
    return state && e.outcome() == outcome::none && !c.broken && c.transaction_failed == errc::ok;
}

[[nodiscard]] error schema_changes_too_fast() {
    return refused(errc::serialization, "the schema was changed before each of " +
                                            std::to_string(limits::stale_executions_max) +
                                            " executions: nothing is given out");
}

}  // namespace

result<execution> connection::impl::execute(const std::string& sql, const args& parameters,
                                            const cursor_options& options, std::uint64_t number,
                                            const rows_part* rows) {
    if (parameters.is_named()) return execute_named(sql, parameters, options);
    if (auto fine = check_statement(state, sql, parameters); !fine) return std::move(fine).error();
    state.effect = outcome::none;
    bool streaming = state.profile->streams == streaming::declare_fetch &&
                     (options.how == cursor_options::reading::stream || state.declare_fetch_always);
    if (streaming)
        if (auto known = learn_backend(state); !known) return std::move(known).error();
    if (streaming)
        if (auto started = start_streaming(state, options.batch_rows); !started) return std::move(started).error();

    auto attempt = std::make_unique<execution_attempt>(state, sql, parameters, number, options.despite_stop, rows);
    auto ran = attempt->run(streaming, options.query_timeout);
    const auto again = [&] {
        const bool interrupted = attempt->interrupted() || state.watch->stop_asked();
        attempt = std::make_unique<execution_attempt>(state, sql, parameters, number, options.despite_stop, rows);
        attempt->anew();
        ran = streaming ? result<void>() : stop_streaming(state);
        if (ran && interrupted)
            ran = refused(errc::cancelled, "the statement was interrupted before it ran");
        else if (ran)
            ran = attempt->run(streaming, options.query_timeout);
    };
    if (!ran && streaming && refused_by_cursor(state, ran.error())) {
        streaming = false;
        again();
    }
    for (int times = 0;
         times < 2 && !ran && attempt->prepared() && ran_nothing(state, ran.error(), attempt->may_be_outdated());
         ++times) {
        if (auto noted = note_outdated(state, ran.error()); !noted) return std::move(noted).error();
        again();
    }
    for (unsigned times = 1; ran && attempt->stale(); ++times) {
        tell_outcome(state, outcome::none);
        if (times == limits::stale_executions_max)
            ran = schema_changes_too_fast();
        else
            again();
    }
    if (state.profile->kind == driver_kind::sqlite && !attempt->reused() &&
        state.schema.executed(schema_effect_of(sql), state.in_transaction, ran.has_value()))
        (void)odbc::clear_statements(state);
    if (state.several && (ran || ran.error().outcome() != outcome::none)) state.several_begun = true;
    execution made;
    made.affected_rows = attempt->affected_rows();
    made.warnings = std::move(attempt->warnings);
    if (ran && attempt->has_result()) {
        auto executed = attempt->take(streaming);
        tell_outcome(state, outcome_so_far(executed.effects));
        auto opened = open_cursor(std::move(executed), options);
        if (!opened) {
            tell_outcome(state, opened.error().outcome());
            return std::move(opened).error();
        }
        made.rows = std::move(*opened);
        made.affected_rows.reset();
        return made;
    }
    const bool outdates = ran && !attempt->prepared() && outdates_prepared(state, sql);
    if (ran) {
        auto executed = attempt->take(streaming);
        tell_outcome(state, outcome_between(executed.effects));
        auto found = go_on(executed);
        if (found && found->another) {
            executed.outdates = outdates;
            made.rows = open_between(std::move(executed), options, std::move(*found));
            return made;
        }
        if (found)
            rest_statement(state, std::move(executed.kept), executed.handle, !executed.interrupted);
        else
            ran = std::move(found).error();
        free_statement(state, executed.handle);
    } else if (leaves_prepared(state, ran.error())) {
        attempt->rest();
    }
    const outcome effect = ran ? outcome::applied : ran.error().outcome();
    if (!ran || state.effect != effect) tell_outcome(state, effect);
    attempt.reset();  // frees the statement
    if (outdates) (void)odbc::clear_statements(state);
    if (streaming && !state.broken) (void)stop_streaming(state);
    if (!ran) return std::move(ran).error();
    return made;
}

}  // namespace sluice::odbc
