// SQLPrepare, SQLNumParams, SQLBindParameter, SQLExecute, SQLExecDirect, SQLRowCount, SQLMoreResults, SQLCancel.
//
// Threads: as entry.hpp; SQLCancel may come from any thread at any time.

#include "connection_string.hpp"
#include "entry.hpp"
#include "limits.hpp"
#include "words.hpp"

#include <charconv>
#include <iterator>
#include <string>
#include <utility>

namespace sluice::fault_driver {
namespace {

// The script's own meaning of the SQL goes before the driver's.
prepared_text prepare(statement& on, std::string sql) {
    prepared_text made{.sql = std::move(sql), .meaning = {}, .mistake = {}};
    made.meaning = gate::instance().answer(*on.of, made.sql);
    if (made.meaning) return made;
    try {
        made.meaning = parse_form(made.sql);
    } catch (const text_error& mistake) {
        made.mistake = mistake.what();
    }
    return made;
}

// Leaves what follows.
void forget_present(statement& on) {
    on.cursor.reset();
    on.columns.clear();
    on.row_count = -1;
}

void forget_result(statement& on) {
    forget_present(on);
    on.following.clear();
}

// Makes it the present one.
SQLRETURN give_result(statement& on, form meaning, std::vector<cell> values) {
    on.columns = columns_of(meaning, values);
    if (meaning.what == form::verb::affect) on.row_count = static_cast<SQLLEN>(meaning.count);
    const SQLRETURN answered = meaning.no_data ? SQL_NO_DATA : SQL_SUCCESS;
    if (!on.columns.empty()) on.cursor.emplace().rows = {std::move(meaning), std::move(values)};
    return answered;
}

SQLRETURN refuse(statement& on) {
    const std::string mistake = on.prepared->mistake;
    on.prepared.reset();
    return on.diag.error("42000", mistake);
}

// The count of `rows ?` and `affect ?`.
SQLRETURN read_count(statement& on, const std::vector<cell>& values, std::uint64_t& count) {
    const cell& first = values.front();
    std::int64_t read = first.integer;
    if (first.what == cell::kind::text && first.stored) {
        const char* const last = first.stored->data() + first.stored->size();
        const auto [stopped, failure] = std::from_chars(first.stored->data(), last, read);
        if (failure != std::errc{} || stopped != last)
            return on.diag.error("22018", "the first parameter is no number");
    }
    if (first.null || read < 0 || static_cast<std::uint64_t>(read) > limits::row_count_max) {
        return on.diag.error("22003", "the first parameter is no count");
    }
    count = static_cast<std::uint64_t>(read);
    return SQL_SUCCESS;
}

// REQUIRES: on.prepared.
SQLRETURN execute(statement& on) {
    forget_result(on);
    if (on.parent->dead) return on.diag.error("08S01", "the connection is lost");
    if (!on.prepared->meaning) return refuse(on);
    form meaning = *on.prepared->meaning;
    auto values = read_parameters(on.parameters, meaning.parameters, on.diag);
    if (!values) return SQL_ERROR;
    if (meaning.count_is_parameter) {
        if (values->empty()) return on.diag.error("07001", "the count is a parameter, and the SQL has none");
        const SQLRETURN read = read_count(on, *values, meaning.count);
        if (read != SQL_SUCCESS) return read;
    }
    if (!on.parent->autocommit) on.parent->in_transaction = true;
    on.following.assign(std::make_move_iterator(meaning.then.rbegin()), std::make_move_iterator(meaning.then.rend()));
    meaning.then.clear();
    on.values = *values;
    return give_result(on, std::move(meaning), *std::move(values));
}

// What follows a result that fails does not come.
const fault* faults_in_next(const statement& on) {
    return on.following.empty() ? nullptr : &on.following.back().on_execute;
}

SQLRETURN more_results(statement& on) {
    forget_present(on);
    if (on.following.empty()) return SQL_NO_DATA;
    if (on.parent->dead) return on.diag.error("08S01", "the connection is lost");
    form next = std::move(on.following.back());
    on.following.pop_back();
    return give_result(on, std::move(next), on.values);
}

const fault* faults_in(const statement& on) {
    return on.prepared && on.prepared->meaning ? &on.prepared->meaning->on_execute : nullptr;
}

}  // namespace

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLPrepare(SQLHSTMT handle, SQLCHAR* sql, SQLINTEGER length) {
    return on_statement(
        function::SQLPrepare, handle,
        [=](statement& on) {
            on.prepared = prepare(on, text_of(sql, length));
            return call_text{on.prepared->sql, nullptr};
        },
        [](statement& on, visit&) -> SQLRETURN {
            forget_result(on);
            if (on.parent->dead) return on.diag.error("08S01", "the connection is lost");
            if (!on.prepared->meaning) return refuse(on);
            on.columns = columns_of(*on.prepared->meaning, {});
            return SQL_SUCCESS;
        });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLExecDirect(SQLHSTMT handle, SQLCHAR* sql, SQLINTEGER length) {
    return on_statement(
        function::SQLExecDirect, handle,
        [=](statement& on) {
            on.prepared = prepare(on, text_of(sql, length));
            return call_text{on.prepared->sql, faults_in(on)};
        },
        [](statement& on, visit&) { return execute(on); });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLExecute(SQLHSTMT handle) {
    return on_statement(
        function::SQLExecute, handle,
        [](statement& on) {
            return on.prepared ? call_text{on.prepared->sql, faults_in(on)} : call_text{};
        },
        [](statement& on, visit&) -> SQLRETURN {
            return on.prepared ? execute(on) : on.diag.error("HY010", "nothing is prepared");
        });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLNumParams(SQLHSTMT handle, SQLSMALLINT* count) {
    return on_statement(function::SQLNumParams, handle, [=](statement& on, visit&) -> SQLRETURN {
        if (!on.prepared || !on.prepared->meaning) return on.diag.error("HY010", "nothing is prepared");
        if (on.prepared->meaning->parameters > limits::parameters_max)
            return on.diag.error("HY000", "too many parameters");
        if (count != nullptr) *count = static_cast<SQLSMALLINT>(on.prepared->meaning->parameters);
        return SQL_SUCCESS;
    });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLBindParameter(SQLHSTMT handle, SQLUSMALLINT number, SQLSMALLINT direction,
                                                       SQLSMALLINT c_type, SQLSMALLINT, SQLULEN, SQLSMALLINT,
                                                       SQLPOINTER data, SQLLEN, SQLLEN* indicator) {
    return on_statement(function::SQLBindParameter, handle, [=](statement& on, visit&) -> SQLRETURN {
        if (number == 0 || number > limits::parameters_max) return on.diag.error("07009", "there is no such parameter");
        if (direction != SQL_PARAM_INPUT) return on.diag.not_implemented("an output parameter");
        if (on.parameters.size() < number) on.parameters.resize(number);
        on.parameters[number - 1U] = {.bound = true, .c_type = c_type, .data = data, .indicator = indicator};
        return SQL_SUCCESS;
    });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLRowCount(SQLHSTMT handle, SQLLEN* count) {
    return on_statement(function::SQLRowCount, handle, [=](statement& on, visit&) -> SQLRETURN {
        if (count != nullptr) *count = on.row_count;
        return SQL_SUCCESS;
    });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLMoreResults(SQLHSTMT handle) {
    return on_statement(
        function::SQLMoreResults, handle,
        [](statement& on) {
            return call_text{on.prepared ? std::string_view(on.prepared->sql) : std::string_view(), faults_in_next(on)};
        },
        [](statement& on, visit&) { return more_results(on); });
}

// Touches nothing of the statement but its watch: another thread may be inside.
SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLCancel(SQLHSTMT handle) {
    try {
        const auto on = handle_table::instance().find_statement(handle);
        if (!on) return unknown_handle(function::SQLCancel, handle);
        const call_site site{function::SQLCancel, on->handle, on->parent->handle, on->of, nullptr, nullptr};
        cancel_records& records = cancel_records::of_this_thread();
        records.diag.clear();
        const SQLRETURN answered = run_outside(site, records.diag, [&on](visit& call) {
            if (call.met().cancels_late) {
                gate::instance().cancel_later(on->parent->watch);
            } else {
                call.set_detail(gate::instance().cancel(on->watch));
            }
            return SQL_SUCCESS;
        });
        records.of = answered == SQL_SUCCESS ? 0 : on->handle;
        return answered;
    } catch (...) {
        return SQL_ERROR;
    }
}

}  // namespace sluice::fault_driver
