// What a worker does with whole results: the one of a statement, or all of them.

#include "failure.hpp"
#include "memory_budget.hpp"
#include "session_core.hpp"
#include "worker.hpp"
#include "worker_answers.hpp"

#include <sluice/protocol/catalog_rows.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <type_traits>
#include <utility>

namespace sluice::runtime {

namespace {

[[nodiscard]] error too_large(const std::string& bound, std::size_t most, const char* unit, std::uint64_t rows,
                              outcome effect) {
    return failure(errc::too_large,
                   "the result is larger than " + bound + " (" + std::to_string(most) + unit + ") after " +
                       std::to_string(rows) + " rows: stream it, or raise the limit",
                   effect);
}

[[nodiscard]] diagnostic results_not_read(std::size_t more) {
    diagnostic made;
    made.sqlstate = "01000";
    made.message = "the statement has given " + std::to_string(more) +
                   " more results, which were not read: query_all or a stream gives them";
    return made;
}

// What comes back in parameters is the row of the last result that has rows: it is taken out and goes with the first
// result, which is one without columns where there is no other. REQUIRES: all were read to their end.
[[nodiscard]] result<void> take_outputs(std::vector<row_set>& all, std::size_t wanted) {
    auto last = std::find_if(all.rbegin(), all.rend(), [](const row_set& r) { return r.columns().size() != 0; });
    if (last == all.rend() || last->size() != 1 || last->columns().size() != wanted)
        return failure(errc::type_mismatch,
                       "the statement was executed, and has not brought back one value for each of its " +
                           std::to_string(wanted) +
                           " parameters that are out or in_out: it has to be the CALL of a procedure, and each OUT and "
                           "INOUT of the procedure such a parameter",
                       outcome::applied);
    const row_view values = (*last)[0];
    if (all.size() == 1) {
        row_set first;
        first.warnings({last->warnings().begin(), last->warnings().end()});
        first.timings(last->timings());
        all.front() = std::move(first);
    } else {
        all.erase(std::next(last).base());
    }
    all.front().outputs(values);
    return {};
}

[[nodiscard]] error too_many_results(const odbc::cursor& at) {
    return failure(errc::too_large,
                   "the statement gives more results than limits::results_max (" + std::to_string(limits::results_max) +
                       "): stream it",
                   at.given_up());
}

}  // namespace

template <class Request>
result<odbc::execution> worker::execute(const Request& request, const odbc::cursor_options& options) {
    if constexpr (requires { request.expected; })
        if (request.parameters.outputs() != 0 &&
            (std::is_same_v<Request, protocol::stream_start> || !request.expected.empty()))
            return failure(errc::invalid_argument,
                           "parameters that are out or in_out bring their values back to query and query_all only");
    auto executed = request.statement ? execute_prepared(request.statement, request.parameters, options)
                                      : connection_.execute(request.sql, request.parameters, options);
    if (!executed) return note(executed.error());
    if constexpr (requires { request.expected; }) {
        if (request.expected.empty()) return executed;
        if (auto wrong = detail::check_fields(*executed->rows.columns(), request.expected)) {
            (void)executed->rows.close();
            error_record record = wrong->record();
            record.session = session_state::usable;
            return note(error(std::move(record)));
        }
    }
    return executed;
}

std::optional<error> worker::read_all(odbc::cursor& cursor, most allowed, row_set& rows) {
    batch_free_list memory(1);
    while (true) {
        auto block = cursor.fetch(memory);
        if (!block) return note(block.error());
        if (!*block) return std::nullopt;
        rows.append(batch(core_.memory().counted(protocol::compact(**block)), rows.size()));
        const std::size_t all = allowed.rows_before + rows.size();
        if (all > allowed.rows) return too_large("result_rows_max", allowed.rows, " rows", all, cursor.given_up());
        if (allowed.bytes_before + rows.bytes() > allowed.bytes)
            return too_large("result_bytes_max", allowed.bytes, " bytes", all, cursor.given_up());
    }
}

result<row_set> worker::handle(protocol::execute& request) {
    if (auto no = refuse(request)) return *no;
    const auto started = clock::now();
    odbc::cursor_options options;
    options.query_timeout = request.query_timeout;
    auto executed = execute(request, options);
    if (request.parameters.outputs() == 0)
        return read_whole(std::move(executed), {request.result_bytes_max, request.result_rows_max}, started);
    auto all = read_with_outputs(std::move(executed), request, started);
    if (!all) return all.error();
    if (all->size() > 1) {
        std::vector<diagnostic> warnings(all->front().warnings().begin(), all->front().warnings().end());
        warnings.push_back(results_not_read(all->size() - 1));
        all->front().warnings(std::move(warnings));
    }
    return std::move(all->front());
}

result<row_set> worker::handle(protocol::catalog& request) {
    if (auto no = refuse(request)) return *no;
    const auto started = clock::now();
    odbc::cursor_options options;
    options.query_timeout = request.query_timeout;
    auto asked = connection_.catalog(request.what, options);
    if (!asked) return note(asked.error());
    auto rows = read_whole(std::move(asked), {request.result_bytes_max, request.result_rows_max}, started);
    if (!rows) return rows;
    return protocol::exact_rows(std::move(*rows), request.what);
}

result<row_set> worker::read_whole(result<odbc::execution> executed, most allowed, clock::time_point started) {
    if (!executed) return executed.error();
    const auto fetching = clock::now();
    row_set rows(executed->rows.columns());
    if (executed->rows.is_open()) {
        if (auto wrong = read_all(executed->rows, allowed, rows)) return close_after(executed->rows, std::move(*wrong));
        const auto more = skip_results(executed->rows);
        if (!more) return close_after(executed->rows, more.error());
        if (*more > 0) executed->warnings.push_back(results_not_read(*more));
        if (auto closed = executed->rows.close(); !closed) return note(closed.error());
    }
    rows.affected_rows(executed->affected_rows);
    rows.warnings(std::move(executed->warnings));
    sluice::timings spent;
    spent.executing = fetching - started;
    spent.fetching = clock::now() - fetching;
    rows.timings(spent);
    return rows;
}

error worker::close_after(odbc::cursor& cursor, error why) {
    (void)cursor.close();
    return note(std::move(why));
}

// What comes behind the first result is not wanted, but what goes wrong there is told.
result<std::size_t> worker::skip_results(odbc::cursor& cursor) {
    for (std::size_t skipped = 0;; ++skipped) {
        auto next = cursor.next_result();
        if (!next) return next.error();
        if (!*next) return skipped;
        if (skipped + 1 == limits::results_max) return too_many_results(cursor);
    }
}

result<std::vector<row_set>> worker::handle(protocol::execute_all& request) {
    if (auto no = refuse(request)) return *no;
    const auto started = clock::now();
    odbc::cursor_options options;
    options.query_timeout = request.query_timeout;
    return read_with_outputs(execute(request, options), request, started);
}

template <class Request>
result<std::vector<row_set>> worker::read_with_outputs(result<odbc::execution> executed, const Request& request,
                                                       clock::time_point started) {
    if (!executed) return executed.error();
    auto all = read_results(*executed, {request.result_bytes_max, request.result_rows_max}, started);
    if (!all) return close_after(executed->rows, all.error());
    if (auto closed = executed->rows.close(); !closed) return note(closed.error());
    if (const auto wanted = request.parameters.outputs(); wanted != 0)
        if (auto taken = take_outputs(*all, wanted); !taken) return note(taken.error());
    return all;
}

result<std::vector<row_set>> worker::read_results(odbc::execution& executed, most allowed, clock::time_point started) {
    std::vector<row_set> all;
    odbc::another_result present{executed.affected_rows, std::move(executed.warnings)};
    while (true) {
        const auto fetching = clock::now();
        row_set& rows = all.emplace_back(executed.rows.columns());
        if (executed.rows.is_open())
            if (auto wrong = read_all(executed.rows, allowed, rows)) return *wrong;
        rows.affected_rows(present.affected_rows);
        rows.warnings(std::move(present.warnings));
        sluice::timings spent;
        spent.executing = fetching - started;
        spent.fetching = clock::now() - fetching;
        rows.timings(spent);
        if (!executed.rows.is_open()) return all;
        allowed.rows_before += rows.size();
        allowed.bytes_before += rows.bytes();
        started = clock::now();
        auto next = executed.rows.next_result();
        if (!next) return next.error();
        if (!*next) return all;
        if (all.size() == limits::results_max) return too_many_results(executed.rows);
        present = std::move(**next);
    }
}

// For worker.cpp.
template result<odbc::execution> worker::execute(const protocol::stream_start&, const odbc::cursor_options&);

}  // namespace sluice::runtime
