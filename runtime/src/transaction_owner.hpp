#pragma once
// What the handle of a transaction holds: the right to use its session until it is over. Its last copy gone - the
// handle's and those of its requests under way - a transaction that is still open is rolled back, without blocking.
//
// Threads: any thread.

#include "owners.hpp"

#include <sluice/runtime/transaction.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace sluice::runtime {

class transaction_owner final : public detail::request_target, public std::enable_shared_from_this<transaction_owner> {
public:
    // Of a transaction that is to be begun under that id.
    transaction_owner(std::shared_ptr<session_owner>, transaction_id) noexcept;
    ~transaction_owner() override;
    transaction_owner(const transaction_owner&) = delete;
    transaction_owner& operator=(const transaction_owner&) = delete;

    // It has begun.
    void begun() noexcept { state_.store(transaction_state::open); }
    [[nodiscard]] transaction_state state() const noexcept { return state_.load(); }
    [[nodiscard]] const connection_facts& facts() const noexcept { return core_->facts(); }
    [[nodiscard]] bool is_of(const session_core& session) const noexcept { return core_.get() == &session; }

    void start(protocol::execute, request_options, detail::completion<row_set>) override;
    void start(protocol::execute_all, request_options, detail::completion<std::vector<row_set>>) override;
    void start(protocol::catalog, request_options, detail::completion<row_set>) override;
    void start(protocol::pipeline, request_options, detail::completion<protocol::pipeline::reply>) override;
    void start(protocol::bulk_insert, request_options, detail::completion<bulk_inserted>) override;
    void start(protocol::stream_start, stream_options, detail::completion<row_stream>) override;
    void begin(transaction_options, request_options, detail::completion<transaction>) override;
    void pause(std::chrono::nanoseconds, detail::completion<bool>) override;
    // A request within it.
    template <class R>
    void submit(R request, const request_options&, detail::completion<protocol::done>);
    [[nodiscard]] engine_executor executor() const noexcept override { return engine_executor(core_->queue()); }

private:
    // Null where it is over: then `done` has been answered.
    template <class T>
    [[nodiscard]] std::shared_ptr<session_owner> lease_for(const std::optional<error>& wrong,
                                                           detail::completion<T>& done);
    template <class Request>
    void start_whole(Request, const request_options&, detail::completion<typename Request::reply>);
    [[nodiscard]] submission within(submission) const noexcept;
    template <class Request>
    void seen(const error*) noexcept;  // of a request that is answered; null: with success
    void finish() noexcept;

    const transaction_id id_;
    const std::shared_ptr<session_core> core_;
    std::atomic<transaction_state> state_{transaction_state::none};
    std::mutex mutex_;
    std::shared_ptr<session_owner> lease_;  // guarded by mutex_: null when it is over
};

}  // namespace sluice::runtime
