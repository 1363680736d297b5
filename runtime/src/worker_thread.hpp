#pragma once
// A thread with a stack of a chosen size. The file behind it is POSIX.
//
// Threads: as std::thread: one at a time, and joined or detached before it is destroyed.

#include <sluice/runtime/executor.hpp>

#include <cstddef>
#include <pthread.h>
#include <utility>

namespace sluice::runtime {

class worker_thread {
public:
    worker_thread() noexcept = default;
    // stack_bytes: 0: what the system gives. Throws std::system_error where it gives no thread. The body throws
    // nothing.
    worker_thread(std::size_t stack_bytes, detail::task body);
    worker_thread(worker_thread&& other) noexcept { *this = std::move(other); }
    worker_thread& operator=(worker_thread&& other) noexcept;
    ~worker_thread();

    void join() noexcept;
    void detach() noexcept;

private:
    pthread_t thread_{};
    bool runs_ = false;
};

}  // namespace sluice::runtime
