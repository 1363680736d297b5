#pragma once
// One accepted request with the completion that answers it.
//
// Threads: run() on the worker; answer() and fail() by whoever owns the completion (policy/request_table.hpp), once in
// all.

#include <sluice/protocol/request.hpp>
#include <sluice/runtime/completion.hpp>
#include <sluice/runtime/options.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice::runtime {

class worker;

// The same error, told how long its request had waited.
[[nodiscard]] error with_queued(const error&, std::chrono::nanoseconds queued);
// The same of one that is given up while its worker is at it.
[[nodiscard]] error with_times(const error&, std::chrono::nanoseconds queued, std::chrono::nanoseconds executing);

// The same error by another name: what the driver says of an interrupted call is not why it was interrupted.
[[nodiscard]] error with_code(const error&, errc);

class operation {
public:
    virtual ~operation() = default;
    virtual void run(worker&) noexcept = 0;
    virtual void answer() noexcept = 0;
    virtual void fail(const error&) noexcept = 0;
    // Tells the caller's side how to withdraw it. Once, in the initiating function.
    virtual void accepted(const detail::cancel_handle&) noexcept = 0;
    // What it has to do with the transaction of its session.
    enum class tie : std::uint8_t {
        within,  // it belongs to the one that is open
        limit,   // it begins one or ends one, or ends the session
        none,    // nothing
    };
    [[nodiscard]] virtual tie transaction() const noexcept = 0;
    [[nodiscard]] virtual bool begins() const noexcept = 0;  // a transaction
    [[nodiscard]] virtual bool commits() const noexcept = 0;
    [[nodiscard]] virtual bool opens_stream() const noexcept = 0;
    // Its answer takes memory of the engine's.
    [[nodiscard]] virtual bool brings_rows() const noexcept = 0;
    // Worker, after run(), where somebody else has answered: nobody will ever close what it has opened for its caller.
    virtual void unheard(worker&) noexcept {}
    // A session without a connection can be closed: answers and says so. Anything else: does nothing.
    [[nodiscard]] virtual bool close_unconnected() noexcept = 0;
    // Worker, after run(): what the answer will be; and the reason, where the driver was interrupted on somebody's
    // behalf.
    [[nodiscard]] virtual errc code() const noexcept = 0;
    virtual void interrupted(errc reason) noexcept = 0;

    std::uint64_t number = 0;  // in the order of acceptance
    transaction_id of;         // the transaction that it belongs to or begins; 0: of none that has a handle
    clock::time_point accepted_at;
    clock::time_point taken_at;  // set by the worker before run(); not set: no worker took it
    // Withdraws the request when its caller's stop_token says so.
    std::optional<std::stop_callback<detail::cancel_handle>> stop;

    [[nodiscard]] std::chrono::nanoseconds queued(clock::time_point until) const noexcept {
        return until - accepted_at;
    }
};

// Adds the time in the queue to what a reply says of its timings.
template <class Reply>
void add_queued(Reply& reply, std::chrono::nanoseconds queued) noexcept {
    if constexpr (std::is_same_v<Reply, std::vector<row_set>>) {
        for (row_set& each : reply) add_queued(each, queued);
    } else if constexpr (std::is_same_v<Reply, protocol::pipeline::reply>) {
        for (auto& each : reply)
            if (each) add_queued(*each, queued);
    } else if constexpr (requires { reply.timings.queued; }) {
        reply.timings.queued = queued;
    } else if constexpr (std::is_same_v<Reply, row_set>) {
        sluice::timings t = reply.timings();
        t.queued = queued;
        reply.timings(t);
    }
}

template <class R>
class request_operation final : public operation {
public:
    using reply = typename R::reply;
    request_operation(R request, detail::completion<reply> done)
        : request_(std::move(request)), done_(std::move(done)) {}

    void run(worker&) noexcept override;  // worker.cpp, which makes each of them
    void unheard(worker&) noexcept override;
    void answer() noexcept override {
        const auto waited = queued(taken_at);
        if (*reply_) {
            add_queued(**reply_, waited);
            done_(std::move(*reply_));
        } else {
            done_(with_queued(reply_->error(), waited));
        }
    }
    void fail(const error& e) noexcept override {
        const auto now = clock::now();
        if (taken_at == clock::time_point()) return done_(with_queued(e, queued(now)));
        done_(with_times(e, queued(taken_at), now - taken_at));
    }
    void accepted(const detail::cancel_handle& handle) noexcept override { done_.accepted(handle); }
    [[nodiscard]] tie transaction() const noexcept override {
        constexpr bool belongs = std::is_same_v<R, protocol::execute> || std::is_same_v<R, protocol::execute_all> ||
                                 std::is_same_v<R, protocol::stream_start> || std::is_same_v<R, protocol::commit> ||
                                 std::is_same_v<R, protocol::savepoint> || std::is_same_v<R, protocol::rollback_to> ||
                                 std::is_same_v<R, protocol::release> || std::is_same_v<R, protocol::catalog> ||
                                 std::is_same_v<R, protocol::bulk_insert> || std::is_same_v<R, protocol::pipeline>;
        constexpr bool stands_alone =
            std::is_same_v<R, protocol::prepare> || std::is_same_v<R, protocol::metrics> ||
            std::is_same_v<R, protocol::ping> || std::is_same_v<R, protocol::close_statement> ||
            std::is_same_v<R, protocol::clear_statements> || std::is_same_v<R, protocol::capabilities>;
        return belongs ? tie::within : stands_alone ? tie::none : tie::limit;
    }
    [[nodiscard]] bool begins() const noexcept override { return std::is_same_v<R, protocol::begin>; }
    [[nodiscard]] bool opens_stream() const noexcept override { return std::is_same_v<R, protocol::stream_start>; }
    [[nodiscard]] bool brings_rows() const noexcept override {
        return std::is_same_v<R, protocol::execute> || std::is_same_v<R, protocol::execute_all> ||
               std::is_same_v<R, protocol::catalog> || std::is_same_v<R, protocol::stream_start> ||
               std::is_same_v<R, protocol::pipeline>;
    }
    [[nodiscard]] bool commits() const noexcept override { return std::is_same_v<R, protocol::commit>; }
    [[nodiscard]] bool close_unconnected() noexcept override {
        if constexpr (std::is_same_v<R, protocol::disconnect>) {
            done_(protocol::done());
            return true;
        } else {
            return false;
        }
    }
    // Of a pipeline that of its first error.
    [[nodiscard]] errc code() const noexcept override {
        if (!*reply_) return reply_->error().code();
        if constexpr (std::is_same_v<R, protocol::pipeline>)
            for (const auto& each : **reply_)
                if (!each) return each.error().code();
        return errc::ok;
    }
    void interrupted(errc reason) noexcept override {
        if (reason == errc::cancelled) return;
        if (!*reply_) {
            if (code() == errc::cancelled) *reply_ = with_code(reply_->error(), reason);
        } else if constexpr (std::is_same_v<R, protocol::pipeline>) {
            const auto first = std::find_if((*reply_)->begin(), (*reply_)->end(),
                                            [](const auto& r) { return !r && r.error().code() == errc::cancelled; });
            if (first != (*reply_)->end()) *first = with_code(first->error(), reason);
        }
    }

private:
    R request_;
    detail::completion<reply> done_;
    std::optional<result<reply>> reply_;  // made by run()
};

// A completion that is a function object, for the room's own use. F: void(result<T>) noexcept.
template <class T, class F>
class function_completion final : public detail::completion_node<T> {
public:
    explicit function_completion(F f) : call_(std::move(f)) {}
    void complete(result<T> r) noexcept override {
        F call = std::move(call_);
        delete this;
        call(std::move(r));
    }
    void destroy() noexcept override { delete this; }

private:
    F call_;
};

template <class T, class F>
[[nodiscard]] detail::completion<T> make_completion(F f) {
    return detail::completion<T>(new function_completion<T, F>(std::move(f)));
}

// As make_completion, and the caller's cancellation goes through `inner` to it. F: void(completion<U>, result<T>)
// noexcept.
template <class T, class U, class F>
class adapted_completion final : public detail::completion_node<T> {
public:
    adapted_completion(detail::completion<U> inner, F f) : inner_(std::move(inner)), call_(std::move(f)) {}
    void complete(result<T> r) noexcept override {
        F call = std::move(call_);
        auto inner = std::move(inner_);
        delete this;
        call(std::move(inner), std::move(r));
    }
    void accepted(const detail::cancel_handle& handle) noexcept override { inner_.accepted(handle); }
    void destroy() noexcept override { delete this; }

private:
    detail::completion<U> inner_;
    F call_;
};

template <class T, class U, class F>
[[nodiscard]] detail::completion<T> adapt_completion(detail::completion<U> inner, F f) {
    return detail::completion<T>(new adapted_completion<T, U, F>(std::move(inner), std::move(f)));
}

}  // namespace sluice::runtime
