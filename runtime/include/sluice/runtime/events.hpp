#pragma once
// What an operator wants to hear of: set engine_options::on_event.
//
// Threads: a value. The function is called on the engine's completion thread (or the executor that the engine was made
// with), one event at a time, in order, never under a lock; a slow one costs events, never time: of more than
// limits::events_pending_max that wait the oldest are dropped and counted (metrics: events_dropped).

#include <sluice/protocol/config.hpp>
#include <sluice/protocol/error.hpp>
#include <sluice/protocol/ids.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sluice {

enum class event_kind : std::uint8_t {
    connected,           // a first connection was made
    connection_lost,     // a connection broke, or was given up: a recovery begins
    reconnect_failed,    // an attempt of the recovery failed; the next follows
    recovered,           // a new generation serves the session
    recovery_ended,      // no further attempt is made by itself: see `why`
    worker_quarantined,  // a thread is stuck in the driver; it was replaced, or `why` says that it was not
    worker_returned,     // such a thread came back and has cleaned up after itself
    cancel_stuck,        // a cancel does not come back from the driver
    check_failed,        // a session of a pool did not prove to be alive, and has left
    lease_overdue,       // what a pool lent was not given back within pool_options::leak_threshold
    calls_serialised,    // unixODBC's Threading=3: one lock for all ODBC calls of the process
    pooler_found,        // the server is behind a pooler of transactions: nothing stays prepared from here on
};
[[nodiscard]] SLUICE_EXPORT std::string_view to_string(event_kind) noexcept;

struct event {
    event_kind kind{};
    session_id session;            // of the session that it is about; 0: of none
    std::uint64_t generation = 0;  // of its worker
    error why;                     // errc::ok where nothing is wrong
    std::string text;              // what happened and, where something helps, what to do
};

using event_handler = std::function<void(const event&)>;

}  // namespace sluice
