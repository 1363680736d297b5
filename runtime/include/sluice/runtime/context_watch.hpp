#pragma once
// What waits for an execution context (an io_context, a thread_pool) is let go of when that context is destroyed before
// the answer came. Not for users.
//
// Threads: any. A context is destroyed by one thread; answers that are on their way to it at that moment either get in
// before, which its destruction waits for, or find nobody there.

#include <sluice/runtime/completion.hpp>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/context_as.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

namespace sluice::detail {

class context_watch {
public:
    // Somebody who uses the context. Joins when it begins to, leaves when it is through.
    class member {
    public:
        member() = default;
        member(const member&) = delete;
        member& operator=(const member&) = delete;

    protected:
        ~member() = default;

    private:
        friend context_watch;
        // The context goes away: called once, with the lock held, which has to be free while user code is destroyed.
        // The member has left already; it may be gone when the lock has been free.
        virtual void context_gone(std::unique_lock<std::mutex>&) noexcept = 0;
        member* previous_ = nullptr;
        member* next_ = nullptr;
    };

    // While it lives the context is not destroyed, or is known to be gone, without the lock: whom a post has woken
    // finds that free. Made and dropped while it is not held.
    class posting {
    public:
        explicit posting(context_watch& watch) noexcept : watch_(watch) {
            const std::lock_guard held(watch_.mutex_);
            ++watch_.posting_;
        }
        posting(const posting&) = delete;
        posting& operator=(const posting&) = delete;
        ~posting() {
            const std::lock_guard held(watch_.mutex_);
            if (--watch_.posting_ == 0 && watch_.gone_) watch_.none_posting_.notify_all();
        }

    private:
        context_watch& watch_;
    };

    // The watch of this context, made when it is first asked for.
    [[nodiscard]] static std::shared_ptr<context_watch> of(boost::asio::execution_context& context) {
        return boost::asio::use_service<service>(context).watch;
    }

    // While it is held, the context is there or known to be gone.
    [[nodiscard]] std::unique_lock<std::mutex> lock() { return std::unique_lock(mutex_); }

    // REQUIRES, of all of these: locked.
    [[nodiscard]] bool is_gone() const noexcept { return gone_; }
    void join(member& m) noexcept {
        m.next_ = first_;
        if (first_) first_->previous_ = &m;
        first_ = &m;
    }
    void leave(member& m) noexcept {
        if (m.next_) m.next_->previous_ = m.previous_;
        if (m.previous_)
            m.previous_->next_ = m.next_;
        else if (first_ == &m)
            first_ = m.next_;
        m.previous_ = m.next_ = nullptr;
    }

private:
    struct service final : boost::asio::execution_context::service {
        explicit service(boost::asio::execution_context& context) : boost::asio::execution_context::service(context) {}
        void shutdown() noexcept override { watch->shut_down(); }
        inline static boost::asio::execution_context::id id;
        const std::shared_ptr<context_watch> watch = std::make_shared<context_watch>();
    };

    void shut_down() noexcept {
        auto held = lock();
        gone_ = true;
        while (member* m = first_) {
            leave(*m);
            m->context_gone(held);
            if (!held.owns_lock()) held.lock();
        }
        none_posting_.wait(held, [this] { return posting_ == 0; });
    }

    std::mutex mutex_;
    std::condition_variable none_posting_;
    bool gone_ = false;        // guarded by mutex_
    std::size_t posting_ = 0;  // guarded by mutex_
    member* first_ = nullptr;  // guarded by mutex_
};

template <class Executor>
inline constexpr bool has_context =
    boost::asio::can_query_v<Executor, boost::asio::execution::context_as_t<boost::asio::execution_context&>>;

template <class Executor>
[[nodiscard]] boost::asio::execution_context& context_of(const Executor& executor) {
    return boost::asio::query(executor, boost::asio::execution::context_as<boost::asio::execution_context&>);
}

// A completion whose handler runs on a context: gone with it, the answer is dropped.
template <class T>
class watched_completion final : public completion_node<T>, private context_watch::member {
public:
    [[nodiscard]] static completion<T> make(boost::asio::execution_context& context, completion<T> inner) {
        return completion<T>(new watched_completion(context_watch::of(context), std::move(inner)));
    }

    void complete(result<T> r) noexcept override {
        {
            const context_watch::posting under_way(*watch_);
            if (leave()) inner_(std::move(r));  // posts
        }
        delete this;
    }
    void accepted(const cancel_handle& handle) noexcept override {
        if (inner_) inner_.accepted(handle);
    }
    void destroy() noexcept override {
        completion<T> undelivered;
        {
            const auto held = watch_->lock();
            if (inner_) watch_->leave(*this);
            undelivered = std::move(inner_);
        }
        delete this;
    }

private:
    watched_completion(std::shared_ptr<context_watch> watch, completion<T> inner)
        : watch_(std::move(watch)), inner_(std::move(inner)) {
        auto held = watch_->lock();
        if (watch_->is_gone())
            context_gone(held);
        else
            watch_->join(*this);
    }
    ~watched_completion() = default;

    // False where the context is gone.
    [[nodiscard]] bool leave() noexcept {
        const auto held = watch_->lock();
        if (!inner_) return false;
        watch_->leave(*this);
        return true;
    }

    void context_gone(std::unique_lock<std::mutex>& held) noexcept override {
        const auto undelivered = std::move(inner_);
        held.unlock();
    }

    const std::shared_ptr<context_watch> watch_;
    completion<T> inner_;  // guarded by the watch, except in the initiating function
};

}  // namespace sluice::detail
