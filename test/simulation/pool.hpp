#pragma once
// A pool of one session: mirrors runtime/src/pool_core.cpp around the real lender.
//
// Threads: one.

#include <sluice/pool/lender.hpp>
#include <sluice/protocol/error.hpp>

#include <cstdint>
#include <map>
#include <vector>

namespace sluice::sim {

class session;
class world;

class pool {
public:
    pool(world&, std::uint32_t number);

    // A request for the session, or (kind acquire) for a lease of it; answered now or later.
    void enter(std::uint32_t request);
    void cancel(std::uint32_t request);
    // A request of the pool on its session is complete; the first connect is answered.
    void over(std::uint32_t request);
    void connected(session&, errc);
    void give_back(session&);
    void reset_done(session&, errc);
    void shut_down();
    void expire(std::uint64_t set_to);

    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

private:
    void connect();
    void grant(std::uint32_t request, session&);
    void settle(session&, bool usable);
    void fail_all(const std::vector<lending::waiter_id>&, errc);
    void leave_line(std::uint32_t request, bool served);
    void withdraw(std::uint32_t request, errc);
    void arm();

    world& in_;
    const std::uint32_t number_;
    lending::lender lender_;
    std::map<std::uint32_t, std::int64_t> waiting_;  // request, deadline
    session* idle_ = nullptr;
    session* lent_ = nullptr;
    std::uint32_t lent_for_ = 0;  // the one request; 0: a lease
    std::int64_t armed_for_;
};

}  // namespace sluice::sim
