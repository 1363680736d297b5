#pragma once
// The thread that asks drivers to stop. Mirrors runtime/src/canceller.cpp: one line, the cancels a second of the
// endpoint, a thread that hangs in a cancel is replaced as far as the budget goes. Its cancels may be late, lost or
// hang.
//
// Threads: one.

#include <cstdint>
#include <deque>
#include <vector>

namespace sluice::sim {

class session;
class world;
struct worker;

class canceller {
public:
    explicit canceller(world& in) noexcept : in_(in) {}

    void ask(session& by, worker& whom, std::uint64_t number);
    void work();
    void arrives(std::uint32_t cancel);
    void returns(std::uint32_t cancel);
    void is_overdue(std::uint32_t cancel);
    void stop();
    // The storm is over: those that hang come back.
    void heal();
    [[nodiscard]] bool is_busy() const noexcept { return busy_; }

private:
    struct asked {
        session* by;
        worker* whom;
        std::uint64_t number;
        std::uint32_t request;  // which one is meant, whatever it is called
    };
    struct under_way {
        asked what;
        std::uint32_t thread;
        bool hangs = false, given_up = false, over = false;
    };
    void plan_work(std::int64_t after);
    void finish_thread(std::uint32_t);

    world& in_;
    std::deque<asked> line_;
    std::vector<under_way> all_;
    std::uint32_t thread_ = 0;
    bool busy_ = false, planned_ = false, stopped_ = false;
};

}  // namespace sluice::sim
