#pragma once
// One execution of one statement: prepared or taken from what stays prepared, bound, executed, its answer read. Whoever
// makes it decides whether there is another after it.
//
// Threads: as the connection.

#include "insert_columns.hpp"
#include "interrupt.hpp"
#include "parameters.hpp"
#include "sql_text.hpp"
#include "statement.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::odbc {

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
    // Executed again it may succeed where it has failed, because it was prepared before.
    [[nodiscard]] bool may_be_outdated() const noexcept {
        return reused_ && (c_.profile->kind != driver_kind::sqlite || effects_.reads_only);
    }
    // Executed, but the result is not to be described as it was prepared: nothing of it may be given out.
    [[nodiscard]] bool stale() const noexcept { return stale_; }
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
    void judge_columns();
    [[nodiscard]] bool asks_sqlite() const noexcept { return kept_.schema && effects_.reads_only; }
    [[nodiscard]] result<void> check_schema();
    [[nodiscard]] result<void> prepare();
    [[nodiscard]] result<SQLRETURN> enter();
    [[nodiscard]] result<void> bind();
    void tell_timeout(std::chrono::seconds) noexcept;
    [[nodiscard]] result<void> read_answer(SQLRETURN rc, bool streaming);
    [[nodiscard]] stream_mode mode(bool streaming) const noexcept;

    connection_state& c_;
    const std::string& sql_;
    const std::string* sent_ = &sql_;
    std::string with_its_end_;
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
    bool stale_ = false;
    bool interrupted_ = false;
    bool steps_ = false;    // sqliteodbc reads the rows one by one
    bool at_once_ = false;  // it would, and would never run a statement whose rows nobody reads
};

}  // namespace sluice::odbc
