#pragma once
// One simulated world: the machines that ship, and everything around them that is made up - clock, threads, server,
// users. One seed gives one world.
//
// A world lives through a storm, in which faults happen and users do what they like. Then it is either shut down in the
// middle of it, or the faults stop and it has to recover: everything accepted is answered, every session serves again.
// At the end everything is shut down. test/support/history.hpp judges what happened.
//
// Threads: one.

#include "canceller.hpp"
#include "climate.hpp"
#include "dice.hpp"
#include "endpoint.hpp"
#include "history.hpp"
#include "marks.hpp"
#include "pool.hpp"
#include "request.hpp"
#include "server.hpp"
#include "session.hpp"
#include "timeline.hpp"
#include "user.hpp"
#include "worker.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sluice::sim {

// Memory that one world after the other uses.
struct workspace {
    std::vector<test::entry> history;
    timeline time;
};

class world {
public:
    world(std::uint64_t seed, workspace&);
    ~world();
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    void run();
    [[nodiscard]] std::vector<test::violation> judge() const;
    [[nodiscard]] std::uint64_t trace() const noexcept { return trace_; }
    // Those of users, and what pools make of them; not the tests of idle sessions.
    [[nodiscard]] std::uint64_t requests() const noexcept { return promises.size() - 1 - pings_; }
    [[nodiscard]] std::uint64_t faulted() const noexcept;

    // --- for what lives in it

    [[nodiscard]] std::int64_t now() const noexcept { return time.now(); }
    void plan(std::int64_t after, event e) { time.plan(now() + after, e); }
    void reach(mark m) noexcept { marks.reach(m); }
    void say(test::said, std::uint64_t request, std::uint64_t who = 0, std::int64_t a = 0, std::int64_t b = 0,
             errc = errc::ok, outcome = outcome::none);
    void wrong(std::string what) { found_.push_back({0, space_.history.size(), std::move(what)}); }

    std::uint32_t submit(kind, std::uint32_t user, session* at, std::uint64_t transaction, std::int64_t deadline);
    void accept(std::uint32_t request);
    void refuse(std::uint32_t request, errc);  // also after it was accepted by a pool
    void complete(std::uint32_t request, errc, outcome);
    // Answered in the very call that asks, not accepted.
    void answer_at_once(std::uint32_t request, errc code) { refuse(request, code); }
    void touch(std::uint32_t request) noexcept {
        if (request != 0) promises[request].faulted = true;
    }

    session& open_session(std::uint32_t user, pool* of, bool asked);
    worker& start_worker(session&, std::uint64_t generation);
    // A thread is stuck and given up. False: the budget is used up.
    [[nodiscard]] bool quarantine(std::uint32_t thread);
    void back_from_quarantine();
    [[nodiscard]] std::uint32_t new_thread() noexcept { return ++threads_; }
    [[nodiscard]] bool has_budget() const noexcept { return given_up_ < weather.quarantined; }
    [[nodiscard]] std::uint64_t new_transaction() noexcept { return ++transactions_; }
    [[nodiscard]] bool storming() const noexcept { return storming_; }
    [[nodiscard]] bool shutting_down() const noexcept { return shutting_down_; }
    [[nodiscard]] bool wants_more() const noexcept { return storming_ && !shutting_down_ && requests() < quota_; }
    // A fault with that probability; never after the storm.
    [[nodiscard]] bool happens(double p) noexcept { return p > 0 && storming_ && luck.chance(p); }

    dice luck;
    const climate weather;
    timeline& time;
    mark_counts marks;
    std::deque<promise> promises;  // by number, from 1
    server backend;
    endpoint where;
    canceller cancels;
    std::vector<std::unique_ptr<session>> sessions;  // by number, from 1
    std::vector<std::unique_ptr<worker>> workers;    // by number, from 0
    std::vector<std::unique_ptr<pool>> pools;
    std::vector<std::unique_ptr<user>> users;  // by number, from 0
    std::vector<std::shared_ptr<stream>> streams;

private:
    void happen(const event&);
    [[nodiscard]] bool goes_on() noexcept;
    void tell_pool(std::uint32_t request);
    void count_in_flight();
    void heal();
    void demand(std::uint64_t which);
    void begin_shutdown();
    void look_whether_all_ended();
    void end_shutdown(bool gave_up);
    [[nodiscard]] bool all_ended() const noexcept;

    workspace& space_;
    std::vector<test::violation> found_;
    std::uint64_t trace_ = 0xcbf29ce484222325U;
    std::uint32_t quota_ = 0;
    std::uint64_t pings_ = 0;
    std::uint32_t threads_ = 0, given_up_ = 0;
    std::uint64_t transactions_ = 0, events_ = 0;
    bool storming_ = true, shutting_down_ = false, shut_down_ = false, ending_planned_ = false;
    std::vector<std::uint32_t> probes_;
};

}  // namespace sluice::sim
