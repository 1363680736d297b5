#pragma once
// Where completions run that name no executor of their own: the engine's completion thread, or the executor that the
// engine was made with. The smallest executor that Sluice and Asio accept has execute(f) and a noexcept ==:
//
//   struct gui_executor {
//       window* target;
//       void execute(std::function<void()> f) const { target->call_later(std::move(f)); }    // or template <class F>
//       friend bool operator==(gui_executor, gui_executor) noexcept = default;
//   };
//
// Threads: any.

#include <sluice/protocol/config.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace sluice {

namespace detail {

// A move-only void().
class task {
public:
    template <class F>
    requires(!std::is_same_v<std::decay_t<F>, task>) explicit task(F&& f)
        : call_(new model<std::decay_t<F>>(std::forward<F>(f))) {}
    // REQUIRES: called at most once.
    void operator()() { call_->run(); }

private:
    struct concept_ {
        virtual ~concept_() = default;
        virtual void run() = 0;
    };
    template <class F>
    struct model final : concept_ {
        explicit model(F&& f) : function(std::move(f)) {}
        explicit model(const F& f) : function(f) {}
        void run() override { std::move(function)(); }
        F function;
    };
    std::unique_ptr<concept_> call_;
};

class completion_queue {
public:
    virtual ~completion_queue() = default;
    // Runs the task later, never inline; drops it where the queue has stopped.
    virtual void post(task) = 0;
    // While it is held, the loop that runs the tasks has work to wait for. Null where it waits anyway.
    [[nodiscard]] virtual std::shared_ptr<void> work() { return nullptr; }
};

// For operations on handles that belong to no engine. Started when first used, never destroyed.
[[nodiscard]] SLUICE_EXPORT const std::shared_ptr<completion_queue>& orphan_queue();

template <class E>
concept executes = requires(const E& e, void (*f)()) {
    e == e;
    e.execute(f);
};
// Whether it can be copied is asked last: asked of an engine, whose constructor asks this, it would never be answered.
template <class E>
concept executor_like = executes<E> && std::copy_constructible<E>;

}  // namespace detail

class engine_executor {
public:
    explicit engine_executor(std::shared_ptr<detail::completion_queue> queue = nullptr) noexcept
        : queue_(std::move(queue)) {}
    template <class F>
    void execute(F&& f) const {
        (queue_ ? queue_ : detail::orphan_queue())->post(detail::task(std::forward<F>(f)));
    }
    // The same place, which counts on being told more as long as the copy lives: the run() of an io_context that the
    // engine was made with does not return.
    [[nodiscard]] engine_executor tracked() const {
        engine_executor made(queue_);
        if (queue_) made.work_ = queue_->work();
        return made;
    }
    [[nodiscard]] engine_executor untracked() const { return engine_executor(queue_); }

    friend bool operator==(const engine_executor& a, const engine_executor& b) noexcept { return a.queue_ == b.queue_; }

private:
    std::shared_ptr<detail::completion_queue> queue_;
    std::shared_ptr<void> work_;  // null: untracked
};

}  // namespace sluice
