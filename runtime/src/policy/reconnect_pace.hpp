#pragma once
// When the next attempt to connect to one endpoint may begin: a circuit breaker with probes, as a pure machine.
//
//   up       nobody has failed: everyone may
//   doubtful a connection was lost: one may, the others wait for what comes of it
//   down     an attempt failed: one at a time. From one start to the next 250 to 400 ms in the first 5 minutes, then
//            doubling to 10 s; 60 s where the server refused the user, or the driver cannot be loaded
//
// A success makes it up.
//
// Threads: a value; one at a time. Times are nanoseconds of the caller's clock; `random` is 0 to 1, the caller's.

#include <cstdint>
#include <limits>

namespace sluice::runtime {

class reconnect_pace {
public:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
    enum class state : std::uint8_t { up, doubtful, down };
    enum class failure : std::uint8_t {
        transient,  // it may pass by itself
        permanent,  // wrong credentials, no such driver: somebody has to do something first
    };

    // When an attempt may begin: not after `now` for at once, `never` while it has to wait for another one.
    [[nodiscard]] std::int64_t may_begin(std::int64_t now) const noexcept;
    // As may_begin, for somebody who asked for this very connection: no later than the shortest pace.
    [[nodiscard]] std::int64_t may_begin_asked(std::int64_t now) const noexcept;

    // REQUIRES: may_begin() says so.
    void begun(std::int64_t now) noexcept;
    void succeeded() noexcept;
    void failed(std::int64_t now, failure, double random) noexcept;
    // The attempt was given up by whoever began it, without an answer.
    void withdrawn(std::int64_t now) noexcept;
    // No attempt was made of the last leave: as if it had not been given.
    void unused() noexcept;
    // A connection that was there broke.
    void lost() noexcept;

    [[nodiscard]] state now() const noexcept { return state_; }
    [[nodiscard]] std::uint32_t failures() const noexcept { return failures_; }  // since the last success
    [[nodiscard]] bool is_permanent() const noexcept { return last_ == failure::permanent && state_ == state::down; }

private:
    [[nodiscard]] std::int64_t pause(std::int64_t now, double random) const noexcept;

    state state_ = state::up;
    failure last_ = failure::transient;
    std::uint32_t under_way_ = 0;
    std::uint32_t failures_ = 0;
    std::int64_t down_since_ = 0;
    std::int64_t last_begin_ = 0;
    std::int64_t begin_before_ = 0;
    std::int64_t pause_ = 0;       // from the last begin to the next
    std::int64_t long_pause_ = 0;  // the last one beyond the first 5 minutes
};

}  // namespace sluice::runtime
