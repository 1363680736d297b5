#pragma once
// A simulated user: opens a session of its own or goes through a pool, submits, cancels, reads or does not read, drops
// everything, and resets in storms.
//
// Threads: one.

#include "policy/supervisor.hpp"
#include "request.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace sluice::sim {

class pool;
class session;
class stream;
class world;

class user {
public:
    user(world&, std::uint32_t number, pool* through);

    void act();
    void hears(std::uint32_t request);
    // The storm is over: ends what nobody will answer by itself.
    void calm_down();
    // A request that has to be answered; 0 where none can be made.
    std::uint32_t probe(kind, std::int64_t within);
    [[nodiscard]] session* its_session() const noexcept { return session_; }
    void cancel(std::uint32_t request, cancel_strength);
    void drop();

private:
    void open();
    void submit_one();
    void use_pool();
    void use_lease();
    void return_lease();
    void cancel_something();
    void storm_of_triggers();
    void read_on();
    std::uint32_t send(kind, std::uint64_t transaction);
    [[nodiscard]] std::int64_t some_deadline();

    world& in_;
    const std::uint32_t number_;
    pool* const pool_;
    session* session_ = nullptr;  // of its own, or lent
    bool opening_ = false, broken_ = false;
    std::shared_ptr<stream> stream_;
    bool reads_ = true;
    std::uint64_t transaction_ = 0;
    std::vector<std::uint32_t> mine_;  // the latest requests
};

}  // namespace sluice::sim
