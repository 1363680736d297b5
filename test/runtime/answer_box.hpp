#pragma once
// Where the answer to one request arrives, how often, and through what it can be cancelled.
//
// Threads: any. The box outlives its completion.

#include <sluice/runtime/completion.hpp>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace sluice::test {

template <class T>
class answer_box {
public:
    // To be made once. `when_accepted` is called with the cancel handle, in the initiating function.
    [[nodiscard]] detail::completion<T> completion(
        std::function<void(const detail::cancel_handle&)> when_accepted = {}) {
        return detail::completion<T>(new node(*this, std::move(when_accepted)));
    }

    [[nodiscard]] result<T> wait() {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [this] { return answer_.has_value(); });
        return *answer_;
    }
    [[nodiscard]] errc code() {
        const auto r = wait();
        return r ? errc::ok : r.error().code();
    }
    // How often it was answered: 0 or 1 where all is well.
    [[nodiscard]] int count() const {
        const std::lock_guard lock(mutex_);
        return count_;
    }
    [[nodiscard]] bool dropped() const {
        const std::lock_guard lock(mutex_);
        return dropped_;
    }
    void cancel() const {
        detail::cancel_handle handle;
        {
            const std::lock_guard lock(mutex_);
            handle = handle_;
        }
        handle();
    }

private:
    class node final : public detail::completion_node<T> {
    public:
        node(answer_box& box, std::function<void(const detail::cancel_handle&)> when_accepted)
            : box_(box), when_accepted_(std::move(when_accepted)) {}
        void complete(result<T> r) noexcept override {
            {
                const std::lock_guard lock(box_.mutex_);
                ++box_.count_;
                box_.answer_.emplace(std::move(r));
                box_.arrived_.notify_all();
            }
            delete this;
        }
        void accepted(const detail::cancel_handle& handle) noexcept override {
            {
                const std::lock_guard lock(box_.mutex_);
                box_.handle_ = handle;
            }
            if (when_accepted_) when_accepted_(handle);
        }
        void destroy() noexcept override {
            {
                const std::lock_guard lock(box_.mutex_);
                box_.dropped_ = true;
            }
            delete this;
        }

    private:
        answer_box& box_;
        std::function<void(const detail::cancel_handle&)> when_accepted_;
    };

    mutable std::mutex mutex_;  // guards all
    std::condition_variable arrived_;
    std::optional<result<T>> answer_;
    detail::cancel_handle handle_;
    int count_ = 0;
    bool dropped_ = false;
};

}  // namespace sluice::test
