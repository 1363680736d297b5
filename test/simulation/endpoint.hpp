#pragma once
// The line before the server and its cancels a second: mirrors runtime/src/endpoint.cpp around the real connect_queue
// and token_bucket.
//
// Threads: one.

#include "policy/connect_queue.hpp"
#include "policy/token_bucket.hpp"

#include <cstdint>
#include <map>

namespace sluice::sim {

class session;
class world;

class endpoint {
public:
    explicit endpoint(world&);

    void want(session&, bool asked);
    void withdraw(session&);
    void begun(std::uint32_t worker, bool asked);
    void succeeded(std::uint32_t worker);
    void failed(std::uint32_t worker, bool permanent);
    void withdrawn(std::uint32_t worker);
    void lost(std::uint32_t worker);
    // Gives back a leave to connect that was not used.
    void give_back();

    [[nodiscard]] bool take_cancel(std::int64_t now) noexcept { return cancels_.take(now); }
    [[nodiscard]] std::int64_t cancel_ready_at() const noexcept { return cancels_.ready_at(); }
    [[nodiscard]] bool is_permanent(std::int64_t now) const noexcept {
        return queue_.pace().is_permanent() && queue_.pace().may_begin(now) > now;
    }
    [[nodiscard]] const runtime::connect_queue& line() const noexcept { return queue_; }

    // Time has passed.
    void admit();

private:
    void arm();

    world& in_;
    runtime::connect_queue queue_;
    runtime::token_bucket cancels_;
    std::map<std::uint64_t, bool> asked_;  // who stands in line, and how
    std::int64_t armed_for_ = runtime::connect_queue::never;
};

}  // namespace sluice::sim
