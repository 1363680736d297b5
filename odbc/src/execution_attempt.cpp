#include "execution_attempt.hpp"

#include "next_result.hpp"
#include "prepared_use.hpp"
#include "query_timeout.hpp"
#include "transaction.hpp"

#include <sluice/protocol/limits.hpp>

#include <string>
#include <utility>

namespace sluice::odbc {

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
    if (c_.pooler || streaming || steps_ ||
        (!asked_for && (!c_.statements.keeps() || sql_.size() > limits::cached_sql_bytes_max)))
        return {};
    kept_.key = prepared_key(sql_, bound_);
    kept_.epoch = c_.statements.epoch();
    stmt_handle outdated;
    if (auto found = anew_ ? std::nullopt : c_.statements.take(kept_.key, kept_.number, outdated)) {
        const bool outdates = !c_.schema.tells() || (c_.schema.seen() && found->schema != c_.schema.seen());
        if (found->schema && outdates) {
            free_statement(c_, found->handle);
            return {};
        }
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
    const bool may =
        may_stay_prepared(*c_.profile, effects_, sql_) && (kept_.schema || !needs_same_schema(c_, effects_));
    if (!may) return kept_.key.clear();
    kept_.effects = effects_;
}

// Once it is prepared.
void execution_attempt::judge_columns() {
    if (!kept_.key.empty() && needs_same_schema(c_, effects_) && !has_declared_types(c_, statement_)) kept_.key.clear();
    if (!kept_.key.empty() && !anew_) ++c_.statements.counts.misses;
}

// A round trip on some drivers.
result<void> execution_attempt::prepare() {
    SQLSMALLINT count = 0;
    {
        const watched_call call(c_, {}, outcome::none);
        ++c_.statements.counts.prepares;
        SQLRETURN rc = SQLPrepare(statement_.get(), api::text(*sent_), static_cast<SQLINTEGER>(sent_->size()));
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
    const SQLRETURN rc =
        prepared_ ? SQLExecute(statement_.get())
                  : SQLExecDirect(statement_.get(), api::text(*sent_), static_cast<SQLINTEGER>(sent_->size()));
    interrupted_ = call.leave();
    return rc;
}

// Everything before the execution.
result<void> execution_attempt::ready(bool streaming, std::chrono::seconds query_timeout) {
    if (prepared_)
        if (auto taken = take_kept(streaming); !taken) return taken;
    effects_ = reused_ ? kept_.effects : effects_of(c_, sql_);
    effects_.changes_nothing = c_.asks_catalog;
    if (!reused_ && has_rows_of_schema(c_, sql_)) {
        auto loaded = load_schema(c_, despite_stop_);
        if (!loaded) return std::move(loaded).error();
        kept_.schema = *loaded;
    }
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
    if (!reused_) {
        if (auto done = prepare(); !done) return done;
        judge_columns();
    }
    return bind();
}

result<void> execution_attempt::run(bool streaming, std::chrono::seconds query_timeout) {
    // psqlodbc writes a statement of its own behind it, on the same line, which may be a comment's.
    if (streaming && sql_.find("--") != std::string::npos) {
        with_its_end_ = sql_ + '\n';
        sent_ = &with_its_end_;
    }
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
    if (asks_sqlite())
        if (auto checked = check_schema(); !checked || stale_) return checked;
    return read_answer(rc, streaming);
}

result<void> execution_attempt::check_schema() {
    if (!c_.sqlite.may_have_prepared_anew()) return {};
    auto same = has_schema(c_, *kept_.schema, despite_stop_);
    if (!same) return std::move(same).error();
    stale_ = !*same;
    return {};
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

}  // namespace sluice::odbc
