// One statement: checked, bound, executed, its answer read.

#include "connection_impl.hpp"
#include "interrupt.hpp"
#include "next_result.hpp"
#include "parameters.hpp"
#include "prepared_use.hpp"
#include "query_timeout.hpp"
#include "sql_text.hpp"
#include "transaction.hpp"
#include "utf8.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
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
    if (parameters.size() > limits::parameters_max)
        return refused(errc::too_large, std::to_string(parameters.size()) + " parameters: the limit is " +
                                            std::to_string(limits::parameters_max));
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

// One execution in the making.
class execution_attempt {
public:
    // `number`: of the prepared statement that is executed; 0: of none.
    // `rows`: executed with arrays of their values, in place of `parameters`; null: with those.
    execution_attempt(connection_state& c, const std::string& sql, const args& parameters, std::uint64_t number,
                      bool despite_stop, const rows_part* rows)
        : c_(c),
          sql_(sql),
          parameters_(parameters),
          rows_(rows),
          // A '?' may be a parameter that nobody passed: MariaDB's driver would send junk for it.
          prepared_(number != 0 || rows != nullptr || !parameters.empty() || sql.find('?') != std::string::npos),
          despite_stop_(despite_stop) {
        kept_.number = number;
        // sqliteodbc streams only one statement, without parameters and outside of a transaction.
        const bool would_step =
            c.steps && parameters.empty() && !c.in_transaction && c.open_cursors == 0 && steps_through_rows(sql);
        at_once_ = would_step && must_run_at_once(sql);
        steps_ = would_step && !at_once_;
    }
    execution_attempt(const execution_attempt&) = delete;
    execution_attempt& operator=(const execution_attempt&) = delete;
    ~execution_attempt() { free_statement(c_, statement_); }

    // Of what stays prepared nothing is used.
    void anew() noexcept { anew_ = true; }

    // `streaming`: psqlodbc's cursor fetch is on.
    [[nodiscard]] result<void> run(bool streaming, std::chrono::seconds query_timeout);
    [[nodiscard]] std::optional<std::int64_t> affected_rows() const noexcept { return affected_; }
    [[nodiscard]] bool has_result() const noexcept { return columns_ > 0; }
    [[nodiscard]] bool interrupted() const noexcept { return interrupted_; }
    [[nodiscard]] bool prepared() const noexcept { return prepared_; }
    [[nodiscard]] bool reused() const noexcept { return reused_; }
    // Without a result, or after an error that says nothing of the statement: it stays prepared, or is freed.
    void rest() noexcept;
    [[nodiscard]] executed_statement take(bool streaming);

    std::vector<diagnostic> warnings;

private:
    [[nodiscard]] error failed(phase p, SQLRETURN rc, const char* function) {
        failure seen = failed_call(rc, function, statement_);
        seen.interrupted = interrupted_;
        return to_error(c_, p, std::move(seen), effects_);
    }
    [[nodiscard]] result<void> ready(bool streaming, std::chrono::seconds query_timeout);
    [[nodiscard]] result<void> take_kept(bool streaming);
    void judge_keeping() noexcept;
    [[nodiscard]] result<void> prepare();
    [[nodiscard]] result<SQLRETURN> enter();
    [[nodiscard]] result<void> bind();
    void tell_timeout(std::chrono::seconds) noexcept;
    [[nodiscard]] result<void> read_answer(SQLRETURN rc, bool streaming);
    [[nodiscard]] stream_mode mode(bool streaming) const noexcept;

    connection_state& c_;
    const std::string& sql_;
    const args& parameters_;
    const rows_part* rows_;
    statement_effects effects_;
    stmt_handle statement_;
    std::vector<bound_parameter> bound_;
    std::optional<std::int64_t> affected_;
    SQLSMALLINT columns_ = 0;
    kept_statement kept_;  // as what it stays prepared; its handle is statement_
    bool prepared_;        // SQLPrepare and SQLExecute, not SQLExecDirect
    bool despite_stop_;    // as in cursor_options
    bool anew_ = false;
    bool reused_ = false;  // it was prepared before
    bool interrupted_ = false;
    bool steps_ = false;    // sqliteodbc reads the rows one by one
    bool at_once_ = false;  // it would, and would never run a statement whose rows nobody reads
};

result<void> execution_attempt::bind() {
    if (!kept_.parameters.empty() && kept_.parameters.size() == bound_.size()) {
        put_values(bound_, kept_.parameters);
        bound_ = std::move(kept_.parameters);
    }
    kept_.parameters.clear();
    // Of one's own are few, and they may be large: that of a bulk insert.
    if (!kept_.key.empty() && c_.profile->kind != driver_kind::other)
        give_room(bound_, kept_.number != 0 ? limits::bulk_statement_bytes_max : limits::kept_rows_bytes_max);
    SQLRETURN rc = bind_parameters(statement_, bound_);
    if (!api::succeeded(rc)) return failed(phase::preparing, rc, "SQLBindParameter");
    if (rows_ == nullptr) return {};
    rc = SQLSetStmtAttr(statement_.get(), SQL_ATTR_PARAMSET_SIZE, api::number(rows_->count), 0);
    if (!api::succeeded(rc)) return failed(phase::preparing, rc, "SQLSetStmtAttr");
    return {};
}

// The handle of the execution before, where the statement stays prepared.
result<void> execution_attempt::take_kept(bool streaming) {
    auto made = rows_ ? make_columns(*c_.profile, *rows_) : make_parameters(*c_.profile, parameters_);
    if (!made) return std::move(made).error();
    bound_ = std::move(*made);
    // psqlodbc's cursor fetch prepares nothing on the server.
    const bool asked_for = kept_.number != 0;
    // It goes on to take so many rows: only for whoever says each time how many.
    if (rows_ != nullptr && !asked_for) return {};
    if (c_.pooler || streaming ||
        (!asked_for && (!c_.statements.keeps() || sql_.size() > limits::cached_sql_bytes_max)))
        return {};
    kept_.key = prepared_key(sql_, bound_);
    kept_.epoch = c_.statements.epoch();
    stmt_handle outdated;
    if (auto found = anew_ ? std::nullopt : c_.statements.take(kept_.key, kept_.number, outdated)) {
        kept_ = std::move(*found);
        statement_ = std::move(kept_.handle);
        reused_ = true;
        ++c_.statements.counts.hits;
        return {};
    }
    free_statement(c_, outdated);
    return {};
}

// Of one that was not prepared before: may it stay so?
void execution_attempt::judge_keeping() noexcept {
    if (kept_.key.empty()) return;
    if (!may_stay_prepared(*c_.profile, effects_, sql_)) return kept_.key.clear();
    kept_.effects = effects_;
    if (!anew_) ++c_.statements.counts.misses;
}

// A round trip on some drivers.
result<void> execution_attempt::prepare() {
    SQLSMALLINT count = 0;
    {
        const watched_call call(c_, {}, outcome::none);
        ++c_.statements.counts.prepares;
        SQLRETURN rc = SQLPrepare(statement_.get(), api::text(sql_), static_cast<SQLINTEGER>(sql_.size()));
        if (!api::succeeded(rc)) return failed(phase::preparing, rc, "SQLPrepare");
        collect_warnings(rc, statement_, warnings);
        rc = SQLNumParams(statement_.get(), &count);
        if (!api::succeeded(rc)) return failed(phase::preparing, rc, "SQLNumParams");
    }
    if (count < 0 || static_cast<std::size_t>(count) != bound_.size())
        return refused(errc::invalid_argument, "the statement has " + std::to_string(count) + " parameters, " +
                                                   std::to_string(bound_.size()) + " were passed");
    return {};
}

// Told only where it is another one than the handle has: psqlodbc pays for a change with a statement of its own, which
// behind a pooler would stay with a server process of others.
void execution_attempt::tell_timeout(std::chrono::seconds limit) noexcept {
    const auto wanted = c_.pooler || limit.count() < 0 ? 0 : static_cast<std::uint64_t>(limit.count());
    if (wanted == kept_.timeout) return;
    if (wanted == 0)
        (void)SQLSetStmtAttr(statement_.get(), SQL_ATTR_QUERY_TIMEOUT, api::number(0), 0);
    else
        tell_query_timeout(c_, statement_, limit);
    kept_.timeout = wanted;
}

result<SQLRETURN> execution_attempt::enter() {
    watched_call call(c_, despite_stop_ ? interruption() : way_in_execute(c_, statement_),
                      outcome_unheard(c_, effects_));
    // Looked at after the watch knows what the call may do: who gives the request up sees that, or is seen here.
    if (!despite_stop_ && c_.watch->stop_asked()) {
        interrupted_ = call.leave();
        return refused(errc::cancelled, "the statement was stopped before it was executed");
    }
    const SQLRETURN rc = prepared_
                             ? SQLExecute(statement_.get())
                             : SQLExecDirect(statement_.get(), api::text(sql_), static_cast<SQLINTEGER>(sql_.size()));
    interrupted_ = call.leave();
    return rc;
}

// Everything before the execution.
result<void> execution_attempt::ready(bool streaming, std::chrono::seconds query_timeout) {
    if (prepared_)
        if (auto taken = take_kept(streaming); !taken) return taken;
    effects_ = reused_ ? kept_.effects : effects_of(c_, sql_);
    effects_.changes_nothing = c_.asks_catalog;
    if (!reused_) judge_keeping();
    if (!reused_) {
        SQLRETURN rc = statement_.allocate(c_.dbc.get());
        if (!api::succeeded(rc)) return to_error(c_, phase::preparing, failed_call(rc, "SQLAllocHandle", c_.dbc));
        if (at_once_) {
            rc = SQLSetStmtAttr(statement_.get(), SQL_ATTR_CURSOR_TYPE, api::number(SQL_CURSOR_STATIC), 0);
            if (!api::succeeded(rc)) return failed(phase::preparing, rc, "SQLSetStmtAttr");
        }
    }
    tell_timeout(query_timeout);
    if (!prepared_) return {};
    if (!reused_)
        if (auto done = prepare(); !done) return done;
    return bind();
}

result<void> execution_attempt::run(bool streaming, std::chrono::seconds query_timeout) {
    if (auto done = ready(streaming, query_timeout); !done) return done;
    const auto entered = enter();
    if (!entered) return entered.error();
    const SQLRETURN rc = true_answer(c_, *entered, statement_);
    if (!api::succeeded(rc) && rc != SQL_NO_DATA)
        return failed(phase::executing, rc, prepared_ ? "SQLExecute" : "SQLExecDirect");
    collect_warnings(rc, statement_, warnings);
    effects_.executed_whole = !streaming && is_over_when_executed(c_, effects_, stream_mode::buffered_by_driver);
    tell_outcome(c_, outcome_so_far(effects_));
    if (c_.in_transaction) note_successful_statement(c_, is_rollback(sql_));
    return read_answer(rc, streaming);
}

// SQL_NO_DATA: a statement that changed no rows.
result<void> execution_attempt::read_answer(SQLRETURN rc, bool streaming) {
    // Some drivers succeed without writing it.
    SQLLEN rows = rc == SQL_NO_DATA ? 0 : -1;
    if (rc != SQL_NO_DATA) {
        rc = SQLNumResultCols(statement_.get(), &columns_);
        if (!api::succeeded(rc)) return failed(phase::describing, rc, "SQLNumResultCols");
        // Of a result it says at most how many rows the driver has.
        if (columns_ <= 0 || streaming) rc = SQLRowCount(statement_.get(), &rows);
        if (!api::succeeded(rc)) rows = -1;
    }
    const bool lost = c_.profile->kind == driver_kind::sqlite && has_lost_count(sql_);
    if (rows >= 0 && !lost) affected_ = rows;
    // The values are over; the statement must not point to them any more.
    if (!kept_.key.empty() && may_stay_bound(bound_)) {
        kept_.parameters = std::move(bound_);
    } else if (!bound_.empty()) {
        rc = SQLFreeStmt(statement_.get(), SQL_RESET_PARAMS);
        if (!api::succeeded(rc)) return failed(phase::describing, rc, "SQLFreeStmt");
    }
    return {};
}

// What this statement does, whatever was asked for.
stream_mode execution_attempt::mode(bool streaming) const noexcept {
    bool incremental = false;
    switch (c_.profile->streams) {
        case streaming::declare_fetch:
            // The driver knows the number of rows only of a result that it holds.
            incremental = streaming && !affected_;
            break;
        case streaming::step_api:
            incremental = steps_;
            break;
        case streaming::none:
        case streaming::unknown:
            break;
    }
    return incremental ? stream_mode::incremental : stream_mode::buffered_by_driver;
}

executed_statement execution_attempt::take(bool streaming) {
    executed_statement made;
    made.mode = mode(streaming);
    made.handle = std::move(statement_);
    made.connection = &c_;
    made.interrupted = interrupted_;
    made.had_parameters = !parameters_.empty();
    made.declare_fetch = streaming;
    made.effects = effects_;
    made.kept = std::move(kept_);
    made.effects.executed_whole = is_over_when_executed(c_, effects_, made.mode);
    return made;
}

void execution_attempt::rest() noexcept {
    rest_statement(c_, std::move(kept_), statement_, !interrupted_);
}

// DECLARE CURSOR takes no statement that changes data: refused before anything ran, so it may be executed without.
bool refused_by_cursor(const connection_state& c, const error& e) noexcept {
    const bool state = e.sqlstate() == "0A000" || e.sqlstate() == "42601";
    return state && e.outcome() == outcome::none && !c.broken && c.transaction_failed == errc::ok;
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
    for (int times = 0; times < 2 && !ran && attempt->prepared() && ran_nothing(state, ran.error(), attempt->reused());
         ++times) {
        if (auto noted = note_outdated(state, ran.error()); !noted) return std::move(noted).error();
        again();
    }
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
