#pragma once
// Those who wait for a while and for nothing else.
//
// Threads: any; they are answered on the control thread, by whoever cancels, or by end(). No lock is held meanwhile.

#include "deadline_source.hpp"

#include <sluice/protocol/error.hpp>
#include <sluice/runtime/completion.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace sluice::runtime {

class pauses final : public detail::cancel_target, public deadline_source, public std::enable_shared_from_this<pauses> {
public:
    // Answers true at `until`, or at once with queue_full or shutting_down. True: the control thread has to hear of it.
    [[nodiscard]] bool add(clock::time_point until, detail::completion<bool>);
    // Who waits is answered with shutting_down, and who comes later.
    void end() noexcept;

    void cancel(std::uint64_t key, cancel_strength) noexcept override;
    [[nodiscard]] clock::time_point next_deadline() const noexcept override;
    void expire(clock::time_point now) noexcept override;

private:
    struct waiting {
        clock::time_point until;
        detail::completion<bool> done;
    };

    mutable std::mutex mutex_;
    std::map<std::uint64_t, waiting> waiting_;  // guarded by mutex_
    std::uint64_t last_ = 0;                    // guarded by mutex_
    bool ended_ = false;                        // guarded by mutex_
};

}  // namespace sluice::runtime
