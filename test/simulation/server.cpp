#include "server.hpp"

#include "world.hpp"

namespace sluice::sim {

void server::change() {
    const climate& c = in_.weather;
    if (now_ != state::up) {
        if (in_.luck.chance(0.6)) now_ = state::up;
        return;
    }
    if (in_.happens(c.restarts)) return kill_all();
    if (in_.happens(c.goes_down)) {
        now_ = state::refusing;
        return kill_all();
    }
    if (in_.happens(c.black_hole)) {
        now_ = state::black_hole;
        return;
    }
    if (in_.happens(c.freezes)) frozen_until_ = in_.now() + in_.luck.about(500 * ms);
    if (in_.happens(c.kills_one) && !in_.workers.empty()) kill(*in_.workers[in_.luck.below(in_.workers.size())]);
}

void server::kill_all() {
    for (const auto& w : in_.workers) kill(*w);
}

void server::kill(worker& w) {
    if (w.is_linked()) w.cut();
}

}  // namespace sluice::sim
