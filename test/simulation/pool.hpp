#pragma once
// A pool of several sessions: mirrors runtime/src/pool_core.cpp and pool_sessions.cpp around the real lender.
//
// Threads: one.

#include <sluice/pool/lender.hpp>
#include <sluice/protocol/error.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace sluice::sim {

class session;
class world;

class pool {
public:
    pool(world&, std::uint32_t number);

    // A request for a session, or (kind acquire) for a lease of one; answered now or later.
    void enter(std::uint32_t request);
    void cancel(std::uint32_t request);
    // A request of the pool on its session is complete; the first connect is answered.
    void over(std::uint32_t request);
    void connected(session&, errc);
    void give_back(session&);
    void reset_done(session&, errc);
    void ping_done(session&, errc);
    void resize();
    void evict_all();
    void shut_down();
    void expire(std::uint64_t set_to);

    // In line, or for the check of their session.
    [[nodiscard]] std::size_t waiting() const noexcept;

private:
    struct member {
        session* core;
        std::uint32_t lent_for = 0;  // the one request; 0: a lease, or nobody
        std::optional<lending::loan> checked_for;
        bool check_cancelled = false;
        std::uint64_t recoveries = 0;  // that the lender has heard of
    };
    void connect(lending::session_number);
    void act(lending::steps, errc why_away);
    void put_back(const lending::loan&, bool served_before);
    void check(const lending::loan&);
    void checked(session&, const lending::loan&, bool cancelled, errc);
    void ping(session&, std::int64_t deadline);
    void come_back(session&, bool dirty);
    void grant(std::uint32_t request, lending::session_number);
    void settle(session&, bool usable);
    void leave_line(std::uint32_t request, bool served);
    void withdraw(std::uint32_t request, errc);
    void arm();
    [[nodiscard]] lending::session_number number_of(const session&) const;

    world& in_;
    const std::uint32_t number_;
    lending::lender lender_;
    std::map<std::uint32_t, std::int64_t> waiting_;       // request, deadline
    std::map<lending::session_number, member> sessions_;  // also those that connect
    std::int64_t armed_for_;
};

}  // namespace sluice::sim
