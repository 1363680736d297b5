#pragma once
// The database server: whether it answers, and the weather that changes it.
//
// Threads: one.

#include <cstdint>

namespace sluice::sim {

class world;
struct worker;

class server {
public:
    explicit server(world& in) noexcept : in_(in) {}

    enum class state : std::uint8_t { up, refusing, black_hole };

    // Something happens to it, or it is as it was.
    void change();
    void heal() noexcept { now_ = state::up, frozen_until_ = 0; }
    [[nodiscard]] state now() const noexcept { return now_; }
    [[nodiscard]] std::int64_t frozen_until() const noexcept { return frozen_until_; }

private:
    void kill(worker&);
    void kill_all();

    world& in_;
    state now_ = state::up;
    std::int64_t frozen_until_ = 0;
};

}  // namespace sluice::sim
