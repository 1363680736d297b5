#pragma once
// The thread on which handlers run that name no executor: an io_context of one thread.
//
// Threads: post() from any thread, also after stop(): then the task goes to orphan_queue(). stop() may be called on the
// completion thread itself: then it does not wait.

#include "process_mark.hpp"

#include <sluice/runtime/executor.hpp>
#include <sluice/runtime/options.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace sluice::runtime {

class completion_thread final : public detail::completion_queue {
public:
    completion_thread();
    ~completion_thread() override;

    void post(detail::task) override;
    // Runs what is posted, at most until `until`; the thread is left behind if a handler does not return by then.
    void stop(clock::time_point until) noexcept;

private:
    struct loop;
    const process_mark made_in_;
    std::shared_ptr<loop> loop_;  // the thread keeps it alive
    std::thread thread_;
};

}  // namespace sluice::runtime
