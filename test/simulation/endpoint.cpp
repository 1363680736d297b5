#include "endpoint.hpp"

#include "world.hpp"

namespace sluice::sim {

namespace {

using failure = runtime::reconnect_pace::failure;
using test::said;

constexpr std::uint64_t line_of(bool asked) noexcept {
    return asked ? 2 : 1;
}

}  // namespace

endpoint::endpoint(world& in) : in_(in), cancels_(in.weather.cancels_per_second, in.weather.cancels_burst) {}

void endpoint::want(session& who, bool asked) {
    if (!asked_.emplace(who.id, asked).second) in_.wrong("a session stands in line twice");
    in_.say(said::waits, 0, line_of(asked), who.id);
    queue_.want(who.id, asked);
    arm();
}

void endpoint::withdraw(session& who) {
    queue_.withdraw(who.id);
    const auto it = asked_.find(who.id);
    if (it == asked_.end()) return;
    in_.say(said::withdrew, 0, line_of(it->second), who.id);
    asked_.erase(it);
    arm();
}

// The line is looked at by an event of its own, so that nobody is called in the middle of something.
void endpoint::arm() {
    const std::int64_t at = queue_.next_event(in_.now());
    if (at == runtime::connect_queue::never || at >= armed_for_) return;
    armed_for_ = at;
    in_.time.plan(at, {event::kind::endpoint_alarm, 0, static_cast<std::uint64_t>(at)});
}

void endpoint::admit() {
    armed_for_ = runtime::connect_queue::never;
    const bool probing = queue_.pace().now() == runtime::reconnect_pace::state::doubtful && queue_.waiting() > 1;
    const auto admitted = queue_.admit(in_.now());
    if (probing && admitted.size() == 1) in_.reach(mark::admitted_behind_probe);
    for (const auto who : admitted) {
        const auto it = asked_.find(who);
        if (it == asked_.end()) {
            in_.wrong("somebody is admitted who does not stand in line");
            queue_.unused();
            continue;
        }
        const bool asked = it->second;
        if (asked && asked_.begin()->first != who) {
            for (const auto& [other, its] : asked_) {
                if (!its) in_.reach(mark::asked_overtook);
            }
        }
        asked_.erase(it);
        in_.say(said::served, 0, line_of(asked), static_cast<std::int64_t>(who));
        in_.sessions[who]->permitted(asked);
    }
    arm();
}

void endpoint::begun(std::uint32_t worker, bool asked) {
    in_.say(said::connect_begun, 0, worker, 0, asked ? 1 : 0);
}

void endpoint::succeeded(std::uint32_t worker) {
    in_.say(said::connected, 0, worker);
    queue_.succeeded();
    arm();
}

void endpoint::failed(std::uint32_t worker, bool permanent) {
    in_.say(said::connect_failed, 0, worker, permanent ? 1 : 0);
    if (permanent) in_.reach(mark::permanent_failure);
    queue_.failed(in_.now(), permanent ? failure::permanent : failure::transient, in_.luck.fraction());
    arm();
}

void endpoint::withdrawn(std::uint32_t worker) {
    in_.say(said::connect_withdrawn, 0, worker);
    queue_.withdrawn(in_.now());
    arm();
}

void endpoint::give_back() {
    in_.reach(mark::leave_given_back);
    queue_.unused();
    arm();
}

void endpoint::lost(std::uint32_t worker) {
    in_.say(said::lost, 0, worker);
    queue_.lost();
}

}  // namespace sluice::sim
