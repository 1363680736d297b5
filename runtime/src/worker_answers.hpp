#pragma once
// What the handlers of a worker share: the refusal of what may not be asked now, and a reply that says only "done".
//
// Threads: as the worker.

#include "failure.hpp"
#include "worker.hpp"

#include <type_traits>
#include <utility>
#include <vector>

namespace sluice::runtime {

[[nodiscard]] inline protocol::done done_with(std::vector<diagnostic> warnings, clock::time_point started) {
    protocol::done reply;
    reply.warnings = std::move(warnings);
    reply.timings.executing = clock::now() - started;
    return reply;
}

// Executes them in their order; rows are not read. An error names the statement by its number. (worker_connect.cpp)
[[nodiscard]] result<void> run_all(odbc::connection&, const std::vector<std::string>& statements, const char* option,
                                   std::vector<diagnostic>& warnings);

template <class Request>
std::optional<error> worker::refuse(const Request& request) {
    close_abandoned_stream();
    if (connected() && !lost()) free_closed();
    auto verdict = talk_.ask(request);
    if constexpr (!std::is_same_v<Request, protocol::begin>)
        if (const auto within = talk_.ask_within(of_); within.what == protocol::permission::refused) verdict = within;
    if (verdict.what != protocol::permission::refused) return std::nullopt;
    const bool of_lost_transaction = verdict.code == errc::connection_lost && !lost();
    const auto session = of_lost_transaction ? session_state::transaction_failed
                         : lost()            ? session_state::broken
                                             : session_state::usable;
    return failure(verdict.code, verdict.why, outcome::none, session);
}

}  // namespace sluice::runtime
