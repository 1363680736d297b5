#pragma once
// A watch for tests of the odbc room: keeps the rules of call_watch with one lock, remembers what it was told, and lets
// the test's other threads interrupt.
//
// Threads: any thread.

#include <sluice/odbc/call_watch.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::testing {

class interrupting_watch final : public odbc::call_watch {
public:
    using way = odbc::interruption::way;
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds limit{30};
    static constexpr std::size_t story_max = 1'000;

    struct told {
        bool entering = false;  // else an answer
        way how = way::none;
        sluice::outcome effect = outcome::none;
    };

    void entering(const odbc::interruption& how, outcome effect) noexcept override {
        const std::lock_guard hold(lock_);
        nested_ = nested_ || inside_;
        inside_ = how;
        leaving_ = false;
        ++entered_;
        effect_ = effect;
        if (story_.size() < story_max) story_.push_back({true, how.how, effect});
        changed_.notify_all();
    }

    bool left() noexcept override {
        std::unique_lock hold(lock_);
        leaving_ = true;
        changed_.notify_all();
        if (at_leaving && inside_->how != way::none) {
            const auto how = *inside_;
            const auto late = std::exchange(at_leaving, nullptr);
            hold.unlock();
            late(how);
            hold.lock();
            sent_ = true;
        }
        changed_.wait(hold, [this] { return !busy_; });
        inside_.reset();
        changed_.notify_all();
        return std::exchange(sent_, false);
    }

    void answered(outcome effect) noexcept override {
        const std::lock_guard hold(lock_);
        nested_ = nested_ || inside_;
        effect_ = effect;
        if (story_.size() < story_max) story_.push_back({false, way::none, effect});
    }

    bool stop_asked() const noexcept override {
        return stop_after != 0 && stop_questions_.fetch_add(1) + 1 >= stop_after;
    }

    // Until a call that can be interrupted in this way is under way, and is call number `from` or a later one.
    bool wait_until_in(way how, std::size_t from = 0) {
        std::unique_lock hold(lock_);
        return changed_.wait_for(hold, limit, [&] { return inside_ && inside_->how == how && entered_ > from; });
    }
    // Until the call in progress is back, waiting in left() if it is being interrupted.
    bool wait_until_leaving() {
        std::unique_lock hold(lock_);
        return changed_.wait_for(hold, limit, [&] { return !inside_ || leaving_; });
    }
    // At most until then; true: no call is under way.
    bool wait_until_left(clock::time_point until) {
        std::unique_lock hold(lock_);
        return changed_.wait_until(hold, until, [&] { return !inside_; });
    }

    // The call in progress cannot be left until end(); nullopt: there is none that can be interrupted.
    std::optional<odbc::interruption> begin() {
        const std::lock_guard hold(lock_);
        if (spared_ || !inside_ || inside_->how == way::none || busy_) return std::nullopt;
        busy_ = true;
        sent_ = true;
        return inside_;
    }
    void end() {
        const std::lock_guard hold(lock_);
        busy_ = false;
        changed_.notify_all();
    }
    // No call is interrupted until further notice.
    void spare(bool yes) {
        const std::lock_guard hold(lock_);
        spared_ = yes;
    }
    // Interrupts the call in progress, if there is one that can be.
    template <class Send>
    bool interrupt_with(Send send) {
        const auto how = begin();
        if (!how) return false;
        send(*how);
        end();
        return true;
    }
    bool interrupt() {
        return interrupt_with([](const odbc::interruption& how) { (void)odbc::interrupt(how); });
    }

    [[nodiscard]] std::size_t entered() const {
        const std::lock_guard hold(lock_);
        return entered_;
    }
    [[nodiscard]] outcome effect() const {
        const std::lock_guard hold(lock_);
        return effect_;
    }
    [[nodiscard]] std::vector<told> story() const {
        const std::lock_guard hold(lock_);
        return story_;
    }
    void forget() {
        const std::lock_guard hold(lock_);
        story_.clear();
    }
    // Something was told within a call.
    [[nodiscard]] bool nested() const {
        const std::lock_guard hold(lock_);
        return nested_;
    }

    // Set before the calls they are about.
    std::size_t stop_after = 0;                                 // the question that is answered with yes; 0: none
    std::function<void(const odbc::interruption&)> at_leaving;  // once, when an interruptible call is back

private:
    mutable std::mutex lock_;
    std::condition_variable changed_;
    std::optional<odbc::interruption> inside_;
    bool leaving_ = false;
    bool busy_ = false;
    bool sent_ = false;
    bool spared_ = false;
    bool nested_ = false;
    std::size_t entered_ = 0;
    outcome effect_ = outcome::none;
    std::vector<told> story_;
    mutable std::atomic<std::size_t> stop_questions_{0};
};

// "none:unknown" of a call, "=applied" of an answer.
inline std::string text_of(const std::vector<interrupting_watch::told>& story) {
    std::string text;
    for (const auto& one : story) {
        if (!text.empty()) text += ' ';
        if (one.entering)
            text += one.how == interrupting_watch::way::none        ? "none:"
                    : one.how == interrupting_watch::way::statement ? "statement:"
                                                                    : "side:";
        else
            text += '=';
        text += to_string(one.effect);
    }
    return text;
}

}  // namespace sluice::testing
