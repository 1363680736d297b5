#pragma once
// Between the worker that calls the driver and the canceller that interrupts it: the worker makes no further call, and
// frees no handle, while an interruption of the present one is in progress; and an interruption finds the request it
// was meant for, or nothing.
//
// Threads: begin_request(), end_request() and what call_watch says, on the worker; the rest on any. left() blocks as
// long as an interruption does.

#include <sluice/odbc/call_watch.hpp>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

namespace sluice::runtime {

class cancel_gate final : public odbc::call_watch {
public:
    // What the worker calls for from now on is this request's. Numbers are never 0, and never used twice.
    void begin_request(std::uint64_t number) noexcept;
    void end_request() noexcept;

    void entering(const odbc::interruption&, outcome effect) noexcept override;
    [[nodiscard]] bool left() noexcept override;
    void answered(outcome effect) noexcept override { effect_.store(effect); }
    [[nodiscard]] bool stop_asked() const noexcept override;

    // The request is to stop where the driver is not asked: between two blocks of rows.
    void ask_to_stop(std::uint64_t number) noexcept { stop_.store(number); }
    // The present request makes no further call that executes or commits. Returns what the server can have done of it,
    // or may still do in the call under way.
    [[nodiscard]] outcome give_up_request() noexcept {
        stop_.store(at_.load());
        return effect_.load();
    }

    // How to interrupt the call that this request is in; then end_interruption() has to follow. Nothing: it is in no
    // call that can be interrupted, or over.
    [[nodiscard]] std::optional<odbc::interruption> begin_interruption(std::uint64_t number) noexcept;
    void end_interruption(bool sent) noexcept;
    // Whether begin_interruption() would have something; it may be otherwise a moment later.
    [[nodiscard]] bool has_interruptible(std::uint64_t number) noexcept;

private:
    std::mutex mutex_;
    std::condition_variable idle_;
    std::uint64_t request_ = 0;         // guarded by mutex_: 0: none
    odbc::interruption call_;           // guarded by mutex_
    bool in_call_ = false;              // guarded by mutex_
    bool interrupting_ = false;         // guarded by mutex_
    bool interrupted_ = false;          // guarded by mutex_: the present call was
    std::atomic<std::uint64_t> at_{0};  // request_, for stop_asked()
    std::atomic<std::uint64_t> stop_{0};
    std::atomic<outcome> effect_{outcome::none};
};

}  // namespace sluice::runtime
