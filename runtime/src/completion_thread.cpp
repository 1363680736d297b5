#include "completion_thread.hpp"

#include <boost/asio/post.hpp>

namespace sluice::runtime {

namespace asio = boost::asio;

struct completion_thread::loop {
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
    std::mutex mutex;
    std::condition_variable changed;
    bool stopped = false;  // guarded by mutex: takes no more tasks
    bool ended = false;    // guarded by mutex: the thread has run everything
};

completion_thread::completion_thread() : loop_(std::make_shared<loop>()) {
    thread_ = std::thread([loop = loop_] {
        loop->context.run();
        const std::lock_guard lock(loop->mutex);
        loop->ended = true;
        loop->changed.notify_all();
    });
}

completion_thread::~completion_thread() {
    stop(clock::now());
}

void completion_thread::post(detail::task t) {
    {
        const std::lock_guard lock(loop_->mutex);
        if (!loop_->stopped) {
            asio::post(loop_->context, std::move(t));
            return;
        }
    }
    detail::orphan_queue()->post(std::move(t));
}

void completion_thread::stop(clock::time_point until) noexcept {
    {
        const std::lock_guard lock(loop_->mutex);
        loop_->stopped = true;
        loop_->work.reset();
    }
    if (!thread_.joinable()) return;
    if (thread_.get_id() == std::this_thread::get_id()) return thread_.detach();
    std::unique_lock lock(loop_->mutex);
    if (loop_->changed.wait_until(lock, until, [this] { return loop_->ended; })) {
        lock.unlock();
        thread_.join();
    } else {
        thread_.detach();
    }
}

}  // namespace sluice::runtime

const std::shared_ptr<sluice::detail::completion_queue>& sluice::detail::orphan_queue() {
    // Never destroyed: it may be used while statics are.
    static const auto* queue = new std::shared_ptr<completion_queue>(std::make_shared<runtime::completion_thread>());
    return *queue;
}
