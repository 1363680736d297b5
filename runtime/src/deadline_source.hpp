#pragma once
// Something whose requests have deadlines: a session or a pool. The control thread asks for the next and tells when it
// has come.
//
// Threads: both functions are called by the control thread, without a lock of its own held.

#include <sluice/runtime/options.hpp>

namespace sluice::runtime {

class deadline_source {
public:
    // A lower bound; clock::time_point::max() for none. Never blocks.
    [[nodiscard]] virtual clock::time_point next_deadline() const noexcept = 0;
    // Completes what is due.
    virtual void expire(clock::time_point now) noexcept = 0;

protected:
    ~deadline_source() = default;
};

}  // namespace sluice::runtime
