#pragma once
// How an answer reaches its caller: a completion is called exactly once with a result<T>, from whichever thread made
// it, and sees to it that the caller's code runs where the caller wants it. Not for users.
//
// Threads: a completion is owned by one thread at a time; calling it never blocks and never runs a handler inline.

#include <sluice/protocol/cancellation.hpp>
#include <sluice/protocol/config.hpp>
#include <sluice/protocol/error.hpp>

#include <cstdint>
#include <future>
#include <memory>
#include <utility>

namespace sluice::detail {

// Something that can end an accepted request. cancel() may be called from any thread, at any time, for a key that is
// long complete: then it does nothing.
class cancel_target {
public:
    virtual void cancel(std::uint64_t key, cancel_strength) noexcept = 0;

protected:
    ~cancel_target() = default;
};

struct cancel_handle {
    std::weak_ptr<cancel_target> target;
    std::uint64_t key = 0;
    void operator()(cancel_strength strength) const noexcept {
        if (auto alive = target.lock()) alive->cancel(key, strength);
    }
    void operator()() const noexcept { (*this)(cancel_strength::terminal); }  // of a std::stop_token
};

template <class T>
class completion_node {
public:
    // Delivers and frees itself.
    virtual void complete(result<T>) noexcept = 0;
    // The request is accepted and can be withdrawn through the handle. Called at most once, before complete(), in the
    // initiating function.
    virtual void accepted(const cancel_handle&) noexcept {}
    // Frees itself undelivered.
    virtual void destroy() noexcept = 0;

protected:
    ~completion_node() = default;
};

template <class T>
class completion {
public:
    completion() noexcept = default;
    explicit completion(completion_node<T>* node) noexcept : node_(node) {}
    completion(completion&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
    completion& operator=(completion&& other) noexcept {
        if (this != &other) {
            reset();
            node_ = std::exchange(other.node_, nullptr);
        }
        return *this;
    }
    ~completion() { reset(); }

    [[nodiscard]] explicit operator bool() const noexcept { return node_ != nullptr; }
    // REQUIRES: not empty. Empty afterwards.
    void operator()(result<T> r) noexcept { std::exchange(node_, nullptr)->complete(std::move(r)); }
    void accepted(const cancel_handle& handle) noexcept { node_->accepted(handle); }

private:
    void reset() noexcept {
        if (node_) std::exchange(node_, nullptr)->destroy();
    }
    completion_node<T>* node_ = nullptr;
};

// Fulfils a std::promise where the result is made; `convert` turns result<T> into result<U> there.
template <class T, class U, class Convert>
class promise_completion final : public completion_node<T> {
public:
    explicit promise_completion(Convert convert) : convert_(std::move(convert)) {}
    [[nodiscard]] std::future<U> get_future() { return promise_.get_future(); }

    void complete(result<T> r) noexcept override {
        try {
            auto converted = convert_(std::move(r));
            if (!converted)
                promise_.set_exception(std::make_exception_ptr(database_error(converted.error())));
            else if constexpr (std::is_void_v<U>)
                promise_.set_value();
            else
                promise_.set_value(std::move(*converted));
        } catch (...) {
            promise_.set_exception(std::current_exception());
        }
        delete this;
    }
    void destroy() noexcept override { delete this; }

private:
    std::promise<U> promise_;
    Convert convert_;
};

struct as_it_is {
    template <class T>
    [[nodiscard]] T operator()(T r) const noexcept {
        return r;
    }
};

// Calls start(completion<T>) and answers with the future of what convert makes of its result.
template <class T, class U = T, class Convert = as_it_is, class Start>
[[nodiscard]] std::future<U> start_with_future(Start&& start, Convert convert = {}) {
    auto* node = new promise_completion<T, U, Convert>(std::move(convert));
    completion<T> done(node);
    auto future = node->get_future();
    std::forward<Start>(start)(std::move(done));
    return future;
}

}  // namespace sluice::detail
