// One statement: checked, bound, executed, its answer read.

#include "connection_impl.hpp"
#include "interrupt.hpp"
#include "parameters.hpp"
#include "query_timeout.hpp"
#include "sql_text.hpp"
#include "transaction.hpp"
#include "utf8.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::odbc {
namespace {

result<void> check(const connection_state& c, const std::string& sql, const args& parameters) {
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
    if (c.profile->kind == driver_kind::postgresql && copies_to_client(sql))
        return refused(errc::unsupported, "psqlodbc never returns from COPY FROM STDIN and COPY TO STDOUT");
    return {};
}

// One execution in the making.
class execution_attempt {
public:
    execution_attempt(connection_state& c, const std::string& sql, const args& parameters)
        : c_(c), sql_(sql), parameters_(parameters), effects_(effects_of(c, sql)) {
        // sqliteodbc streams only one statement, without parameters and outside of a transaction.
        const bool would_step =
            c.steps && parameters.empty() && !c.in_transaction && c.open_cursors == 0 && steps_through_rows(sql);
        at_once_ = would_step && must_run_at_once(sql);
        steps_ = would_step && !at_once_;
    }
    execution_attempt(const execution_attempt&) = delete;
    execution_attempt& operator=(const execution_attempt&) = delete;
    ~execution_attempt() { free_statement(c_, statement_); }

    // `streaming`: psqlodbc's cursor fetch is on.
    [[nodiscard]] result<void> run(bool streaming, std::chrono::seconds query_timeout);
    [[nodiscard]] std::optional<std::int64_t> affected_rows() const noexcept { return affected_; }
    [[nodiscard]] bool has_result() const noexcept { return columns_ > 0; }
    [[nodiscard]] bool interrupted() const noexcept { return interrupted_; }
    [[nodiscard]] executed_statement take(bool streaming);

    std::vector<diagnostic> warnings;

private:
    [[nodiscard]] error failed(phase p, SQLRETURN rc, const char* function) {
        failure seen = failed_call(rc, function, statement_);
        seen.interrupted = interrupted_;
        return to_error(c_, p, std::move(seen), effects_);
    }
    [[nodiscard]] result<void> prepare();
    [[nodiscard]] result<SQLRETURN> enter(bool prepared);
    [[nodiscard]] result<void> bind();
    [[nodiscard]] result<void> read_answer(SQLRETURN rc);
    [[nodiscard]] stream_mode mode(bool streaming) const noexcept;

    connection_state& c_;
    const std::string& sql_;
    const args& parameters_;
    statement_effects effects_;
    stmt_handle statement_;
    std::vector<bound_parameter> bound_;
    std::optional<std::int64_t> affected_;
    SQLSMALLINT columns_ = 0;
    bool interrupted_ = false;
    bool steps_ = false;    // sqliteodbc reads the rows one by one
    bool at_once_ = false;  // it would, and would never run a statement whose rows nobody reads
};

result<void> execution_attempt::bind() {
    SQLSMALLINT count = 0;
    SQLRETURN rc = SQLNumParams(statement_.get(), &count);
    if (!api::succeeded(rc)) return failed(phase::preparing, rc, "SQLNumParams");
    if (count < 0 || static_cast<std::size_t>(count) != parameters_.size())
        return refused(errc::invalid_argument, "the statement has " + std::to_string(count) + " parameters, " +
                                                   std::to_string(parameters_.size()) + " were passed");
    auto made = make_parameters(*c_.profile, parameters_);
    if (!made) return std::move(made).error();
    bound_ = std::move(*made);
    rc = bind_parameters(statement_, bound_);
    if (!api::succeeded(rc)) return failed(phase::preparing, rc, "SQLBindParameter");
    return {};
}

// A round trip on some drivers.
result<void> execution_attempt::prepare() {
    const watched_call call(c_, {}, outcome::none);
    const SQLRETURN rc = SQLPrepare(statement_.get(), api::text(sql_), static_cast<SQLINTEGER>(sql_.size()));
    if (!api::succeeded(rc)) return failed(phase::preparing, rc, "SQLPrepare");
    collect_warnings(rc, statement_, warnings);
    return bind();
}

result<SQLRETURN> execution_attempt::enter(bool prepared) {
    watched_call call(c_, way_in_execute(c_, statement_), outcome_unheard(c_, effects_));
    // Looked at after the watch knows what the call may do: who gives the request up sees that, or is seen here.
    if (c_.watch->stop_asked()) {
        interrupted_ = call.leave();
        return refused(errc::cancelled, "the statement was stopped before it was executed");
    }
    const SQLRETURN rc = prepared
                             ? SQLExecute(statement_.get())
                             : SQLExecDirect(statement_.get(), api::text(sql_), static_cast<SQLINTEGER>(sql_.size()));
    interrupted_ = call.leave();
    return rc;
}

result<void> execution_attempt::run(bool streaming, std::chrono::seconds query_timeout) {
    SQLRETURN rc = statement_.allocate(c_.dbc.get());
    if (!api::succeeded(rc)) return to_error(c_, phase::preparing, failed_call(rc, "SQLAllocHandle", c_.dbc));
    if (at_once_) {
        rc = SQLSetStmtAttr(statement_.get(), SQL_ATTR_CURSOR_TYPE, api::number(SQL_CURSOR_STATIC), 0);
        if (!api::succeeded(rc)) return failed(phase::preparing, rc, "SQLSetStmtAttr");
    }
    tell_query_timeout(c_, statement_, query_timeout);
    // A '?' may be a parameter that nobody passed: MariaDB's driver would send junk for it.
    const bool prepared = !parameters_.empty() || sql_.find('?') != std::string::npos;
    if (prepared)
        if (auto ready = prepare(); !ready) return ready;
    const auto entered = enter(prepared);
    if (!entered) return entered.error();
    rc = *entered;
    const char* function = prepared ? "SQLExecute" : "SQLExecDirect";
    if (!api::succeeded(rc) && rc != SQL_NO_DATA) return failed(phase::executing, rc, function);
    collect_warnings(rc, statement_, warnings);
    effects_.executed_whole = !streaming && c_.profile->kind != driver_kind::other;
    tell_outcome(c_, outcome_so_far(effects_));
    if (c_.in_transaction) note_successful_statement(c_, is_rollback(sql_));
    return read_answer(rc);
}

// SQL_NO_DATA: a statement that changed no rows.
result<void> execution_attempt::read_answer(SQLRETURN rc) {
    // Some drivers succeed without writing it.
    SQLLEN rows = rc == SQL_NO_DATA ? 0 : -1;
    if (rc != SQL_NO_DATA) {
        rc = SQLNumResultCols(statement_.get(), &columns_);
        if (!api::succeeded(rc)) return failed(phase::describing, rc, "SQLNumResultCols");
        rc = SQLRowCount(statement_.get(), &rows);
        if (!api::succeeded(rc)) rows = -1;
    }
    const bool lost = c_.profile->kind == driver_kind::sqlite && has_lost_count(sql_);
    if (rows >= 0 && !lost) affected_ = rows;
    // The values are over; the statement must not point to them any more.
    if (!bound_.empty()) {
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
    made.effects.executed_whole =
        made.mode == stream_mode::buffered_by_driver && c_.profile->kind != driver_kind::other;
    return made;
}

// DECLARE CURSOR takes no statement that changes data: refused before anything ran, so it may be executed without.
bool refused_by_cursor(const connection_state& c, const error& e) noexcept {
    const bool state = e.sqlstate() == "0A000" || e.sqlstate() == "42601";
    return state && e.outcome() == outcome::none && !c.broken && c.transaction_failed == errc::ok;
}

}  // namespace

result<execution> connection::impl::execute(const std::string& sql, const args& parameters,
                                            const cursor_options& options) {
    if (parameters.is_named()) return execute_named(sql, parameters, options);
    if (auto fine = check(state, sql, parameters); !fine) return std::move(fine).error();
    state.effect = outcome::none;
    bool streaming = state.profile->streams == streaming::declare_fetch &&
                     (options.how == cursor_options::reading::stream || state.declare_fetch_always);
    if (streaming)
        if (auto known = learn_backend(state); !known) return std::move(known).error();
    if (streaming)
        if (auto started = start_streaming(state, options.batch_rows); !started) return std::move(started).error();

    auto attempt = std::make_unique<execution_attempt>(state, sql, parameters);
    auto ran = attempt->run(streaming, options.query_timeout);
    if (!ran && streaming && refused_by_cursor(state, ran.error())) {
        if (attempt->interrupted() || state.watch->stop_asked()) {
            ran = refused(errc::cancelled, "the statement was interrupted before it ran");
        } else {
            streaming = false;
            attempt = std::make_unique<execution_attempt>(state, sql, parameters);
            if (auto stopped = stop_streaming(state); !stopped) return std::move(stopped).error();
            ran = attempt->run(streaming, options.query_timeout);
        }
    }
    execution made;
    made.affected_rows = attempt->affected_rows();
    made.warnings = std::move(attempt->warnings);
    if (ran && attempt->has_result()) {
        auto executed = attempt->take(streaming);
        tell_outcome(state, outcome_so_far(executed.effects));
        auto rows = open_cursor(std::move(executed), options);
        if (!rows) {
            tell_outcome(state, rows.error().outcome());
            return std::move(rows).error();
        }
        made.rows = std::move(*rows);
        made.affected_rows.reset();
        return made;
    }
    tell_outcome(state, ran ? outcome::applied : ran.error().outcome());
    attempt.reset();  // frees the statement
    if (streaming && !state.broken) (void)stop_streaming(state);
    if (!ran) return std::move(ran).error();
    return made;
}

}  // namespace sluice::odbc
