#include "worker_thread.hpp"

#include <exception>
#include <memory>
#include <system_error>

namespace sluice::runtime {

namespace {

void* run(void* body) {
    const std::unique_ptr<detail::task> mine(static_cast<detail::task*>(body));
    (*mine)();
    return nullptr;
}

class attributes {
public:
    attributes() {
        if (const int failed = pthread_attr_init(&of_); failed != 0)
            throw std::system_error(failed, std::generic_category());
    }
    ~attributes() { pthread_attr_destroy(&of_); }
    attributes(const attributes&) = delete;
    attributes& operator=(const attributes&) = delete;
    [[nodiscard]] pthread_attr_t* get() noexcept { return &of_; }

private:
    pthread_attr_t of_{};
};

}  // namespace

worker_thread::worker_thread(std::size_t stack_bytes, detail::task body) {
    auto mine = std::make_unique<detail::task>(std::move(body));
    attributes how;
    int failed = stack_bytes == 0 ? 0 : pthread_attr_setstacksize(how.get(), stack_bytes);
    if (failed == 0) failed = pthread_create(&thread_, how.get(), &run, mine.get());
    if (failed != 0) throw std::system_error(failed, std::generic_category());
    (void)mine.release();
    runs_ = true;
}

worker_thread& worker_thread::operator=(worker_thread&& other) noexcept {
    if (runs_) std::terminate();
    thread_ = other.thread_;
    runs_ = std::exchange(other.runs_, false);
    return *this;
}

worker_thread::~worker_thread() {
    if (runs_) std::terminate();
}

void worker_thread::join() noexcept {
    if (std::exchange(runs_, false)) (void)pthread_join(thread_, nullptr);
}

void worker_thread::detach() noexcept {
    if (std::exchange(runs_, false)) (void)pthread_detach(thread_);
}

}  // namespace sluice::runtime
