#pragma once
// What happened in a run, as a list of plain values, and the rules that such a list obeys whatever happened. Shared by
// the suites: the simulator writes one for each world, tests with real threads may write theirs in the order of their
// own lock.
//
// R1  nothing is said of a request before it is accepted         R9  who waits is served in order
// R2  one terminal for each accepted, none for a refused         R10 leases do not overlap, what they leave is cleaned
// R3  nothing after the terminal, nothing after shutdown         R11 one connect at a time while an endpoint is down,
// at R4  rows without gap, the count at the end is true                 its pace R5  a cancel reaches only the request
// it names                 R12 what is held is within its bound R6  nothing is sent twice R14 at the end all counts
// balance R7  `none` was not applied, `ok` and `applied` were            R15 a transaction stays on the connection of
// its begin R8  a terminal comes by the deadline                           R16 a session serves in the order of
// acceptance
//
// (R13, about secrets, needs texts: no history has any.)
// Threads: values.

#include <sluice/protocol/error.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

// What `who`, `a` and `b` of an entry mean stands beside each; `request` is 0 where none is meant.
enum class said : std::uint8_t {
    submitted,  // who: session, 0: one of a pool; a: 1 where it changes something, 2: a commit, 3: a begin, 4: another
                // end of a transaction; b: its transaction, 0: none
    accepted,   // who: session; a: deadline
    refused,    // code
    sent,       // who: connection; handed to the server
    applied,    // the server has done it for good
    terminal,   // code, outcome
    cancel_wanted,       // somebody asked for its end
    call_begun,          // who: connection
    call_ended,          // who: connection
    cancel_met,          // who: connection; the driver was interrupted on behalf of the request
    stream_opened,       // who: stream; a: the bound of batches ahead
    rows,                // who: stream; a: first, b: how many
    ahead,               // who: stream; a: batches fetched and not taken
    stream_ended,        // who: stream; code, a: rows it has in truth, where code is ok
    dropped,             // who: session; its last handle
    generation_started,  // who: connection (a thread's), a: session, b: generation
    generation_ended,    // who: connection; its thread has ended
    quarantined,         // who: connection; a: threads given up now, b: their bound
    left_behind,         // who: connection; its thread is stuck, and there was no room for it in the budget
    connect_begun,       // who: connection; b: 1 where somebody asked for this very one
    connected,           // who: connection
    connect_failed,      // who: connection; a: 1 where it does not pass by itself
    connect_withdrawn,   // who: connection
    lost,                // who: connection; the endpoint knows
    waits,               // who: line, a: place
    served,              // who: line, a: place
    withdrew,            // who: line, a: place
    came_back,           // who: line, a: place; it was served with what turned out to be nothing
    lease_begun,         // who: session
    lease_ended,         // who: session; a: 1 where it has to be cleaned
    cleaned,             // who: session
    shutdown_returned,
    in_flight,  // a: requests that the tables hold now
};

struct entry {
    std::int64_t time = 0;
    std::uint64_t request = 0;
    std::uint64_t who = 0;
    std::int64_t a = 0;
    std::int64_t b = 0;
    said what = said::submitted;
    errc code = errc::ok;
    sluice::outcome outcome = sluice::outcome::none;
};

[[nodiscard]] std::string_view to_string(said) noexcept;
[[nodiscard]] std::string to_string(const entry&);

struct bounds {
    std::int64_t late = 0;                                                // R8: from a deadline to the terminal
    std::int64_t pause = 0;                                               // R11: from one connect to the next
    std::int64_t pause_permanent = 0;                                     // R11: after one that does not pass by itself
    std::int64_t quarantined = std::numeric_limits<std::int64_t>::max();  // R14
    bool is_over = true;  // the run came to its end: R2 and R14 ask for what is missing
};

struct violation {
    int rule = 0;
    std::size_t at = 0;  // index of the entry; its size where something is missing
    std::string what;
};

// Requests, connections, streams, sessions and lines are numbered from 1, without large gaps. Linear time.
[[nodiscard]] std::vector<violation> check(const std::vector<entry>& history, const bounds&);

}  // namespace sluice::test
