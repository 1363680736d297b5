#include "world.hpp"

#include <algorithm>

namespace sluice::sim {

using test::said;

namespace {

// After this time every session has to serve again: long enough for the longest pauses of a failed one.
[[nodiscard]] std::int64_t recovery(const climate& c) noexcept {
    return std::max(c.patient.retry_permanent, c.patient.retry) + 2 * c.patient.connect + 3 * c.patient.cancel +
           80 * second;
}

constexpr std::int64_t probe_within = 5 * second;
constexpr std::uint64_t finds_most = 10;  // sessions of a pool, twice over
// Of one world: far more than any needs.
constexpr std::uint64_t events_max = 200'000;

}  // namespace

void sim_operation::end(errc code, outcome effect) noexcept {
    in_.complete(request, code, effect);
}

world::world(std::uint64_t seed, workspace& space)
    : luck(seed * 2 + 1),
      weather(climate::chosen(luck)),
      time(space.time),
      promises(1),
      backend(*this),
      where(*this),
      cancels(*this),
      space_(space) {
    space_.history.clear();
    time.clear();
    sessions.emplace_back();
}

world::~world() = default;

void world::say(said what, std::uint64_t request, std::uint64_t who, std::int64_t a, std::int64_t b, errc code,
                outcome effect) {
    space_.history.push_back({now(), request, who, a, b, what, code, effect});
    const auto mix = [this](std::uint64_t x) {
        trace_ = (trace_ ^ x) * 0x9e3779b97f4a7c15U, trace_ ^= trace_ >> 29;
    };
    mix(static_cast<std::uint64_t>(now()));
    mix(request << 32 | who);
    mix(static_cast<std::uint64_t>(a) * 31 + static_cast<std::uint64_t>(b));
    mix(static_cast<std::uint64_t>(what) << 16 | static_cast<std::uint64_t>(code) << 8 |
        static_cast<std::uint64_t>(effect));
}

std::uint64_t world::faulted() const noexcept {
    std::uint64_t n = 0;
    for (const promise& p : promises) n += p.faulted && p.what != kind::ping ? 1 : 0;
    return n;
}

std::uint32_t world::submit(kind what, std::uint32_t whose, session* at, std::uint64_t transaction,
                            std::int64_t deadline) {
    const auto request = static_cast<std::uint32_t>(promises.size());
    promise& p = promises.emplace_back();
    p.what = what;
    if (what == kind::ping) ++pings_;
    p.user = whose;
    p.at = at;
    p.transaction = transaction;
    p.deadline = deadline;
    const bool pooled = at == nullptr || at->of != nullptr;
    const std::int64_t does = what == kind::write                             ? 1
                              : what == kind::commit                          ? 2
                              : what == kind::begin                           ? 3
                              : what == kind::rollback || what == kind::reset ? 4
                                                                              : 0;
    say(said::submitted, request, pooled ? 0 : at->id, does, static_cast<std::int64_t>(transaction));
    return request;
}

void world::accept(std::uint32_t request) {
    promise& p = promises[request];
    if (std::exchange(p.accepted, true)) return;  // by its pool
    // It begins its life in the middle of a recovery.
    if (p.at != nullptr && p.at->of == nullptr && p.at->generation() > 0 &&
        p.at->watched().now() != runtime::supervisor::phase::ready)
        p.faulted = true;
    say(said::accepted, request, p.at != nullptr ? p.at->id : 0, p.deadline);
}

void world::refuse(std::uint32_t request, errc why) {
    promise& p = promises[request];
    if (p.accepted) return complete(request, why, outcome::none);
    say(said::refused, request, 0, 0, 0, why);
    p.done = true;
    p.code = why;
    plan(luck.between(0, 10 * us), {event::kind::user_hears, 0, request});
    tell_pool(request);
}

// A pool hears at once what became of the requests that it makes of its session.
void world::tell_pool(std::uint32_t request) {
    const promise& p = promises[request];
    if (p.at == nullptr || p.at->of == nullptr) return;
    session& at = *p.at;
    if (p.what == kind::connect) return at.of->connected(at, p.code);
    if (p.what == kind::reset) return at.of->reset_done(at, p.code);
    if (p.what == kind::ping) return at.of->ping_done(at, p.code);
    if (p.of_pool && p.what != kind::acquire) at.of->over(request);
}

void world::complete(std::uint32_t request, errc code, outcome effect) {
    promise& p = promises[request];
    p.done = true;
    p.code = code;
    switch (code) {
        case errc::deadline:
        case errc::pool_exhausted:
        case errc::connection_lost:
        case errc::worker_lost:
        case errc::unreachable:
        case errc::credentials:
        case errc::commit_unknown:
            p.faulted = true;
            break;
        default:
            break;
    }
    say(said::terminal, request, 0, 0, 0, code, effect);
    plan(luck.between(0, 10 * us), {event::kind::user_hears, 0, request});
    tell_pool(request);
}

session& world::open_session(std::uint32_t whose, pool* of, bool asked) {
    const auto number = static_cast<std::uint32_t>(sessions.size());
    return *sessions.emplace_back(std::make_unique<session>(*this, number, whose, of, asked));
}

worker& world::start_worker(session& of, std::uint64_t generation) {
    const auto number = static_cast<std::uint32_t>(workers.size());
    return *workers.emplace_back(std::make_unique<worker>(*this, of, number, generation));
}

bool world::quarantine(std::uint32_t thread) {
    if (!has_budget()) return false;
    say(said::quarantined, 0, thread, ++given_up_, weather.quarantined);
    return true;
}

void world::back_from_quarantine() {
    reach(mark::budget_returned);
    --given_up_;
}

void world::run() {
    quota_ = weather.requests;
    for (std::uint32_t i = 0; i < weather.pools; ++i) pools.push_back(std::make_unique<pool>(*this, i));
    for (std::uint32_t i = 0; i < weather.users; ++i) users.push_back(std::make_unique<user>(*this, i, nullptr));
    for (const auto& p : pools) {
        for (std::uint32_t i = 0; i < weather.pool_users; ++i)
            users.push_back(std::make_unique<user>(*this, static_cast<std::uint32_t>(users.size()), p.get()));
    }
    plan(weather.weather, {event::kind::weather_changes, 0, 0});
    while (!shut_down_ && goes_on()) happen(time.next());
    if (!shut_down_)
        wrong(time.is_over() ? "the world stands still before its shutdown has returned" : "the world runs in circles");
    storming_ = false;
    while (goes_on()) happen(time.next());  // what comes late
    for (const auto& u : users) u->drop();
    while (goes_on()) happen(time.next());
    for (const auto& s : streams) {
        if (!s->last_look()) wrong("a stream whose reader would wait for ever");
    }
    count_in_flight();
}

// Accepted and not answered, by those who hold it: what the metrics will say.
void world::count_in_flight() {
    std::size_t held = 0;
    for (std::size_t i = 1; i < sessions.size(); ++i) held += sessions[i]->unanswered();
    for (const auto& s : streams) held += s->waiting();
    for (const auto& p : pools) held += p->waiting();
    say(said::in_flight, 0, 0, static_cast<std::int64_t>(held));
}

bool world::goes_on() noexcept {
    return !time.is_over() && events_ < events_max && ++events_ > 0;
}

void world::happen(const event& e) {
    switch (e.is) {
        case event::kind::user_acts:
            users[e.who]->act();
            break;
        case event::kind::user_hears: {
            const promise& p = promises[e.what];
            if (p.user < users.size()) users[p.user]->hears(static_cast<std::uint32_t>(e.what));
            break;
        }
        case event::kind::session_alarm:
            sessions[e.who]->expire(e.what);
            break;
        case event::kind::worker_steps:
            workers[e.who]->step();
            break;
        case event::kind::call_ends:
            workers[e.who]->call_ends(e.what);
            break;
        case event::kind::leave_is_over:
            if (!shut_down_) workers[e.who]->leave_is_over();
            break;
        case event::kind::endpoint_alarm:
            where.admit();
            break;
        case event::kind::canceller_works:
            cancels.work();
            break;
        case event::kind::cancel_arrives:
            cancels.arrives(e.who);
            break;
        case event::kind::cancel_returns:
            cancels.returns(e.who);
            break;
        case event::kind::cancel_overdue:
            cancels.is_overdue(e.who);
            break;
        case event::kind::pool_alarm:
            pools[e.who]->expire(e.what);
            break;
        case event::kind::weather_changes:
            if (!storming_ || shut_down_) break;
            count_in_flight();
            backend.change();
            plan(luck.about(weather.weather), e);
            break;
        case event::kind::heals:
            heal();
            break;
        case event::kind::demands:
            demand(e.what);
            break;
        case event::kind::shutdown:
            begin_shutdown();
            break;
        case event::kind::grace_is_over:
            if (!shut_down_) end_shutdown(true);
            break;
    }
    if (!wants_more() && !std::exchange(ending_planned_, true)) {
        const bool now = weather.shutdown_in_the_storm;
        plan(luck.about(now ? 20 * ms : 200 * ms), {now ? event::kind::shutdown : event::kind::heals, 0, 0});
    }
    if (shutting_down_ && !shut_down_) look_whether_all_ended();
}

// The faults stop.
void world::heal() {
    storming_ = false;
    backend.heal();
    for (const auto& w : workers) w->heal();
    cancels.heal();
    for (std::uint32_t i = 1; i < promises.size(); ++i) {
        const promise& p = promises[i];
        if (p.accepted && !p.done && p.user < users.size()) users[p.user]->cancel(i, cancel_strength::terminal);
    }
    for (const auto& u : users) u->calm_down();
    plan(recovery(weather), {event::kind::demands, 0, 0});
}

void world::demand(std::uint64_t which) {
    if (which == 0) {
        for (std::size_t i = 1; i < promises.size(); ++i) {
            const promise& p = promises[i];
            if (p.user == ~0U && p.deadline > now()) continue;  // a pool's own: it connects as long as it lives
            if (p.accepted && !p.done) wrong("accepted and not answered long after the storm");
        }
    }
    // First what is left of a transaction is ended, then a connection that died unseen is found; then it counts.
    if (which < 4) {
        for (const auto& u : users) {
            const std::uint32_t made = u->probe(which < 2 ? kind::rollback : kind::write, probe_within);
            if (which == 3) probes_.push_back(made);
        }
        return plan(probe_within + ms, {event::kind::demands, 0, which + 1});
    }
    // A pool may have as many sessions that died unseen as it has sessions: who finds one asks again.
    bool again = false;
    for (std::size_t i = 0; i < probes_.size() && which < 4 + finds_most; ++i) {
        const promise& p = promises[probes_[i]];
        if (probes_[i] == 0 || !p.done || !p.of_pool || p.code != errc::connection_lost) continue;
        probes_[i] = users[i]->probe(kind::write, probe_within);
        again = true;
    }
    if (again) return plan(probe_within + ms, {event::kind::demands, 0, which + 1});
    for (const std::uint32_t probe : probes_) {
        if (probe == 0) continue;
        const promise& p = promises[probe];
        if (p.code == errc::ok && p.done) {
            reach(mark::served_again_after_healing);
            continue;
        }
        // What is stuck for good may keep a session from serving; then that is said at once. And a line may be shorter
        // than there are users.
        if (p.done && p.of_pool && p.code == errc::queue_full) continue;
        if (p.done && p.at != nullptr && p.at->is_full_of_stuck())
            reach(mark::slots_kept_by_stuck_threads);
        else if (!p.done || has_budget() || p.code == errc::deadline || p.code == errc::pool_exhausted)
            wrong("a session that does not serve again after the storm: request " + std::to_string(probe) + ' ' +
                  std::string(to_string(p.code)));
    }
    plan(luck.about(20 * ms), {event::kind::shutdown, 0, 0});
}

void world::begin_shutdown() {
    count_in_flight();
    shutting_down_ = true;
    reach(weather.drains ? mark::shutdown_drained : mark::shutdown_cancelled);
    for (const auto& p : pools) p->shut_down();
    for (std::size_t i = 1; i < sessions.size(); ++i) {
        sessions[i]->shut_down(!weather.drains);
        if (!weather.drains) sessions[i]->press(errc::shutting_down, cancel_strength::terminal);
    }
    plan(weather.grace, {event::kind::grace_is_over, 0, 0});
}

bool world::all_ended() const noexcept {
    return std::all_of(workers.begin(), workers.end(),
                       [](const auto& w) { return w->has_ended() || w->is_quarantined(); });
}

void world::look_whether_all_ended() {
    if (!all_ended()) return;
    end_shutdown(false);
}

void world::end_shutdown(bool gave_up) {
    if (gave_up) reach(mark::shutdown_gave_up);
    for (std::size_t i = 1; i < sessions.size(); ++i) sessions[i]->give_up();
    cancels.stop();
    for (const auto& w : workers) {
        if (!w->has_ended() && !w->is_quarantined()) say(said::left_behind, 0, w->id);
    }
    say(said::shutdown_returned, 0);
    shut_down_ = true;
}

std::vector<test::violation> world::judge() const {
    test::bounds within;
    within.late = std::min(weather.patient.settle, weather.patient.cancel);
    within.pause = 250 * ms;
    within.pause_permanent = 60 * second;
    within.quarantined = weather.quarantined;
    auto found = test::check(space_.history, within);
    found.insert(found.begin(), found_.begin(), found_.end());
    return found;
}

}  // namespace sluice::sim
