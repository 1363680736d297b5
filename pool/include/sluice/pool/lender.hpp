#pragma once
// Who gets the session of a pool, and when one has to be connected: a pure machine for one session and a line of
// waiters, first come, first served.
//
//   absent -> connecting -> idle <-> lent -> absent (returned unusable)
//
// Threads: a value; one at a time. Never blocks, calls nothing, knows no clock: who withdraws a waiter at its deadline
// is the caller.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace sluice::lending {

using waiter_id = std::uint64_t;

class lender {
public:
    enum class entry : std::uint8_t {
        granted,  // take the session
        waits,    // stand in line
        connect,  // stand in line, and a connection has to be made
        full,     // the line is full
        closed,   // no one gets in any more
    };
    // What follows when a session comes or goes.
    struct handover {
        std::optional<waiter_id> to;  // lend it to this one
        bool connect = false;         // a connection has to be made
    };
    enum class state : std::uint8_t { absent, connecting, idle, lent };

    explicit lender(std::size_t waiters_max) : waiters_max_(waiters_max) {}

    [[nodiscard]] entry want(waiter_id);
    // The connection is there. REQUIRES: connecting.
    [[nodiscard]] handover connected();
    // It failed: everyone in line is told. REQUIRES: connecting.
    [[nodiscard]] std::vector<waiter_id> connect_failed();
    // The session came back. REQUIRES: lent.
    [[nodiscard]] handover returned(bool usable);
    // The idle session was found to be lost.
    void lost() noexcept;
    // False: no longer in line.
    [[nodiscard]] bool withdraw(waiter_id);
    // Nobody gets in any more. Those in line stay, unless everyone is sent away.
    void close() noexcept { closed_ = true; }
    [[nodiscard]] std::vector<waiter_id> send_away();

    [[nodiscard]] state now() const noexcept { return state_; }
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    [[nodiscard]] std::size_t waiting() const noexcept { return line_.size(); }

private:
    [[nodiscard]] handover next();

    std::size_t waiters_max_;
    std::deque<waiter_id> line_;
    state state_ = state::absent;
    bool closed_ = false;
};

}  // namespace sluice::lending
