#include "completion_thread.hpp"

#include <boost/asio/post.hpp>

#include <atomic>

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
    if (!made_in_.is_foreign()) {
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

namespace {

struct orphanage {
    sluice::runtime::process_mark made_in;
    std::shared_ptr<sluice::detail::completion_queue> queue = std::make_shared<sluice::runtime::completion_thread>();
};

}  // namespace

const std::shared_ptr<sluice::detail::completion_queue>& sluice::detail::orphan_queue() {
    // Never destroyed: it may be used while statics are. A child of the process has another one: it has not the thread.
    static std::atomic<orphanage*> present{nullptr};
    orphanage* known = present.load();
    while (known == nullptr || known->made_in.is_foreign()) {
        auto* made = new orphanage;
        if (present.compare_exchange_strong(known, made)) return made->queue;
        delete made;
    }
    return known->queue;
}
