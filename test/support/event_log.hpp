#pragma once
// What an engine told of through engine_options::on_event, in its order; and waiting until it has.
//
//     event_log events;
//     sluice::engine engine(sluice::engine_options().on_event(events.handler()));
//     REQUIRE(events.wait_for(sluice::event_kind::recovered));
//
// Threads: any. The handler keeps what it writes to alive.

#include <sluice/runtime/events.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

namespace sluice::testing {

class event_log {
public:
    [[nodiscard]] event_handler handler() const {
        return [kept = kept_](const event& told) {
            const std::lock_guard lock(kept->mutex);
            kept->all.push_back(told);
            kept->changed.notify_all();
        };
    }

    // Until so many events of that kind have come. False: not within the limit.
    [[nodiscard]] bool wait_for(event_kind kind, std::size_t count = 1,
                                std::chrono::milliseconds limit = std::chrono::seconds(40)) const {
        std::unique_lock lock(kept_->mutex);
        return kept_->changed.wait_for(lock, limit, [&] { return kept_->count(kind) >= count; });
    }
    [[nodiscard]] std::size_t count(event_kind kind) const {
        const std::lock_guard lock(kept_->mutex);
        return kept_->count(kind);
    }
    [[nodiscard]] std::vector<event> all() const {
        const std::lock_guard lock(kept_->mutex);
        return kept_->all;
    }
    [[nodiscard]] std::vector<event_kind> kinds() const {
        std::vector<event_kind> made;
        for (const event& one : all()) made.push_back(one.kind);
        return made;
    }
    // The first of that kind; an empty event where there is none.
    [[nodiscard]] event first(event_kind kind) const {
        for (event& one : all())
            if (one.kind == kind) return one;
        return {};
    }

private:
    struct kept {
        std::mutex mutex;
        std::condition_variable changed;
        std::vector<event> all;  // guarded by mutex
        [[nodiscard]] std::size_t count(event_kind kind) const {
            return static_cast<std::size_t>(
                std::count_if(all.begin(), all.end(), [&](const event& one) { return one.kind == kind; }));
        }
    };
    std::shared_ptr<kept> kept_ = std::make_shared<kept>();
};

}  // namespace sluice::testing
