#include "climate.hpp"

#include "timeline.hpp"

#include <sstream>

namespace sluice::sim {

namespace {

// Off in about half of the worlds, else up to `most`.
double sometimes(dice& d, double most) {
    return d.chance(0.5) ? 0 : d.fraction() * most;
}

std::uint32_t size(dice& d, std::int64_t least, std::int64_t most) {
    return static_cast<std::uint32_t>(d.between(least, most));
}

runtime::patience patience_of(dice& d) {
    runtime::patience p = runtime::default_patience();
    if (d.chance(0.4)) return p;
    p.settle = d.about(20 * ms);
    p.cancel = d.about(500 * ms);
    p.fetch = d.about(500 * ms);
    p.connect = d.about(2 * second);
    p.leave = d.about(500 * ms);
    p.resend = d.about(15 * ms);
    p.cancels = size(d, 1, 10);
    p.retry = d.about(second);
    p.retry_permanent = d.about(20 * second);
    if (d.chance(0.25)) p.settle = p.cancel + d.about(100 * ms);  // the answer would come after the end
    return p;
}

}  // namespace

climate climate::chosen(dice& d) {
    climate c;
    c.users = size(d, 1, 6);
    c.pools = size(d, 0, 2);
    c.pool_users = size(d, 1, 5);
    c.pool_size = d.chance(0.3) ? 1 : size(d, 2, 5);
    c.pool_idle = d.chance(0.7) ? 0 : size(d, 1, c.pool_size);
    c.pool_connecting = size(d, 1, 3);
    c.pool_lifetime = d.chance(0.6) ? runtime::supervisor::never : d.about(500 * ms);
    c.pool_idle_timeout = d.chance(0.6) ? runtime::supervisor::never : d.about(100 * ms);
    c.pool_fifo = d.chance(0.3);
    c.requests = size(d, 205, 280);
    c.slots = d.chance(0.3) ? size(d, 1, 3) : size(d, 8, 64);
    c.waiters = d.chance(0.3) ? size(d, 0, 2) : size(d, 4, 16);
    c.prefetch = size(d, 1, 8);
    c.quarantined = d.chance(0.5) ? size(d, 0, 2) : size(d, 4, 16);
    c.cancels_per_second = d.chance(0.3) ? size(d, 1, 5) : 50;
    c.cancels_burst = d.chance(0.3) ? 1 : 10;
    c.grace = d.chance(0.5) ? 5 * second : d.about(200 * ms);
    c.shutdown_in_the_storm = d.chance(0.3);
    c.drains = d.chance(0.5);
    c.patient = patience_of(d);

    c.slow = sometimes(d, 0.5);
    c.stuck = sometimes(d, 0.15);
    c.stuck_for_good = d.chance(0.6) ? 0 : d.fraction() * 0.6;
    c.fails = sometimes(d, 0.2);
    c.breaks = sometimes(d, 0.2);
    c.throws = sometimes(d, 0.02);
    c.ignores_cancel = sometimes(d, 0.6);
    c.cancel_hangs = sometimes(d, 0.1);
    c.cancel_lost = sometimes(d, 0.5);
    c.cancel_late = sometimes(d, 0.5);
    c.connect_fails = sometimes(d, 0.4);
    c.connect_permanent = d.chance(0.8) ? 0 : d.fraction() * 0.3;
    c.connect_hangs = sometimes(d, 0.3);
    c.thread_refused = d.chance(0.7) ? 0 : d.fraction() * 0.2;
    c.leave_hangs = sometimes(d, 0.2);
    c.weather = d.about(300 * ms);
    c.kills_one = sometimes(d, 0.7);
    c.restarts = sometimes(d, 0.35);
    c.goes_down = sometimes(d, 0.3);
    c.black_hole = sometimes(d, 0.05);
    c.freezes = sometimes(d, 0.3);
    c.hurry = sometimes(d, 0.6);
    c.no_deadline = sometimes(d, 0.1);
    c.cancels = sometimes(d, 0.3);
    c.cancels_at_once = sometimes(d, 0.03);
    c.drops = sometimes(d, 0.05);
    c.triggers = sometimes(d, 0.1);
    c.never_reads = sometimes(d, 0.2);
    c.streams = sometimes(d, 0.4);
    c.transactions = sometimes(d, 0.4);
    c.bursts = sometimes(d, 0.3);
    c.resizes = sometimes(d, 0.05);
    c.evicts = sometimes(d, 0.05);
    c.pool_check_after = d.chance(0.4) ? runtime::supervisor::never : d.chance(0.2) ? 0 : d.about(20 * ms);
    c.pool_keepalive = d.chance(0.6) ? runtime::supervisor::never : d.about(2 * second);
    c.pool_overdue_after = d.chance(0.7) ? runtime::supervisor::never : d.about(50 * ms);
    c.pool_fails_fast = d.chance(0.3);
    return c;
}

std::string climate::to_string() const {
    std::ostringstream out;
    out << users << " users, " << pools << " pools of " << pool_size << " with " << pool_users << " users, " << slots
        << " slots, " << waiters << " waiters, prefetch " << prefetch << ", " << quarantined << " quarantined at most, "
        << cancels_per_second << " cancels a second, patience settle " << patient.settle / ms << " cancel "
        << patient.cancel / ms << " connect " << patient.connect / ms << " leave " << patient.leave / ms
        << " ms, grace " << grace / ms << " ms" << (shutdown_in_the_storm ? ", shutdown in the storm" : "")
        << (drains ? ", drains" : "");
    return out.str();
}

}  // namespace sluice::sim
