#pragma once
// What the public handles hold: their last copy gone, the thing behind is given up, without blocking.
//
// Threads: any thread.

#include "session_core.hpp"

#include <sluice/pool/lending.hpp>
#include <sluice/runtime/query_face.hpp>
#include <sluice/runtime/row_stream.hpp>
#include <sluice/runtime/session.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace sluice::runtime {

class pool_core;

// The right to use one session: shared by its handle, its streams and its requests under way. Of a pool, it goes back
// there.
class session_owner final : public detail::request_target, public std::enable_shared_from_this<session_owner> {
public:
    // lent_as: which session of the pool it is.
    explicit session_owner(std::shared_ptr<session_core> core, std::shared_ptr<pool_core> pool = nullptr,
                           lending::session_number lent_as = 0) noexcept;
    ~session_owner() override;
    session_owner(const session_owner&) = delete;
    session_owner& operator=(const session_owner&) = delete;

    void start(protocol::execute, request_options, detail::completion<row_set>) override;
    void start(protocol::execute_all, request_options, detail::completion<std::vector<row_set>>) override;
    void start(protocol::stream_start, stream_options, detail::completion<row_stream>) override;
    void begin(transaction_options, request_options, detail::completion<transaction>) override;
    void pause(std::chrono::nanoseconds, detail::completion<bool>) override;
    void start(protocol::catalog, request_options, detail::completion<row_set>) override;
    void start(protocol::pipeline, request_options, detail::completion<protocol::pipeline::reply>) override;
    void start(protocol::bulk_insert, request_options, detail::completion<bulk_inserted>) override;
    [[nodiscard]] engine_executor executor() const noexcept override { return engine_executor(core_->queue()); }
    // As begin, the options checked before, at a time before.
    void begin_transaction(transaction_options, submission, detail::completion<transaction>);
    // As start, the options checked before, at a time before.
    void start_stream(protocol::stream_start, const stream_options&, submission, detail::completion<row_stream>);

    [[nodiscard]] session_core& core() const noexcept { return *core_; }
    [[nodiscard]] const std::shared_ptr<session_core>& shared_core() const noexcept { return core_; }

private:
    template <class Request>
    void start_whole(Request, const request_options&, detail::completion<typename Request::reply>);

    const std::shared_ptr<session_core> core_;
    const std::shared_ptr<pool_core> pool_;  // null: of no pool
    const lending::session_number lent_as_;
};

// One stream and the session that it runs on. Dropped, the stream is closed before the session is given up.
class stream_owner : public std::enable_shared_from_this<stream_owner> {
public:
    stream_owner(std::shared_ptr<session_owner>, std::shared_ptr<stream_channel>, const stream_options&,
                 clock::time_point first_deadline);
    ~stream_owner();
    stream_owner(const stream_owner&) = delete;
    stream_owner& operator=(const stream_owner&) = delete;

    void next(stream_channel::next_completion);
    void next_result(detail::completion<bool>);
    void close(stream_channel::close_completion);
    // The same, with a deadline that is not the stream's own.
    void next(clock::time_point deadline, stream_channel::next_completion);
    void close(clock::time_point deadline, stream_channel::close_completion);
    // Of who waits for a batch in another way than by next(): nothing came in time; and: somebody waits again.
    void late() const noexcept { session_->core().reader_late(); }
    void awaited() const noexcept { session_->core().reader_waits(); }
    [[nodiscard]] const protocol::stream_start::reply& opened() const noexcept { return channel_->opened(); }
    // Of the present result. What it points to lives until another one is the present one.
    [[nodiscard]] std::shared_ptr<const protocol::stream_next_result::reply> present() const;
    [[nodiscard]] engine_executor executor() const noexcept { return session_->executor(); }

private:
    const std::shared_ptr<session_owner> session_;
    const std::shared_ptr<stream_channel> channel_;
    const stream_options options_;
    const clock::time_point first_deadline_;
    std::atomic<bool> first_{true};
    mutable std::mutex mutex_;
    std::shared_ptr<const protocol::stream_next_result::reply> present_;  // guarded by mutex_
};

}  // namespace sluice::runtime
