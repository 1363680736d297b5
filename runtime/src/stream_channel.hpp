#pragma once
// One stream between its worker and its reader: the batches fetched ahead, the reader who waits for one or for the next
// result, the way it ended.
//
// Threads: the worker's functions on the worker, the rest from any thread. The window is stepped under one small mutex;
// completions are called outside of it. Never calls ODBC.

#include "policy/stream_window.hpp"

#include <sluice/protocol/batch.hpp>
#include <sluice/protocol/request.hpp>
#include <sluice/runtime/completion.hpp>
#include <sluice/runtime/options.hpp>

#include <boost/lockfree/policies.hpp>
#include <boost/lockfree/spsc_queue.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

namespace sluice::runtime {

class session_core;

class stream_channel final : public detail::cancel_target, public std::enable_shared_from_this<stream_channel> {
public:
    using next_completion = detail::completion<std::optional<batch>>;
    using result_reply = protocol::stream_next_result::reply;
    using result_completion = detail::completion<result_reply>;
    using close_completion = detail::completion<protocol::done>;

    stream_channel(protocol::stream_start::reply opened, std::size_t prefetch, std::weak_ptr<session_core>);
    ~stream_channel();

    [[nodiscard]] const protocol::stream_start::reply& opened() const noexcept { return opened_; }

    // Worker.
    // scarce: only where none is there for its reader.
    [[nodiscard]] bool wants(bool scarce = false) const noexcept;
    [[nodiscard]] bool close_requested() const noexcept;
    void push(batch) noexcept;
    // The present result is over and another one follows. Then: whether a reader wants that, and that it is open.
    void result_ended() noexcept;
    [[nodiscard]] bool wants_next_result() const noexcept;
    void opened_next(result_reply) noexcept;
    // The cursor is gone: at its end, by an error, or closed as requested (then with what closing said).
    void ended() noexcept;
    void failed(error) noexcept;
    void closed(result<protocol::done>) noexcept;

    // Reader.
    void next(clock::time_point deadline, std::stop_token, next_completion);
    void next_result(clock::time_point deadline, std::stop_token, result_completion);
    void close(clock::time_point deadline, close_completion);
    void abandon() noexcept;  // as close(), nobody waits
    void cancel(std::uint64_t key, cancel_strength) noexcept override;

    // Control thread.
    [[nodiscard]] clock::time_point next_deadline() const noexcept;
    void expire(clock::time_point now) noexcept;

private:
    struct reader;
    [[nodiscard]] std::unique_ptr<reader> take_reader() noexcept;  // REQUIRES: mutex_ held
    [[nodiscard]] std::unique_ptr<reader> make_reader(clock::time_point deadline, const std::stop_token&);
    void stand_in_line(clock::time_point deadline, const std::stop_token&, std::uint64_t number);
    void drop_buffered() noexcept;  // REQUIRES: mutex_ held
    void wake_worker() const noexcept;
    void finish(stream_window::finish, std::optional<error>) noexcept;
    void withdraw(std::uint64_t number, errc, const char* message) noexcept;
    [[nodiscard]] error closed_error() const;
    [[nodiscard]] result<std::optional<batch>> answer_of(stream_window::answer, batch taken) const;
    [[nodiscard]] result<result_reply> answer_of(stream_window::next_answer, result_reply opened) const;
    [[nodiscard]] error failed_error() const;

    const protocol::stream_start::reply opened_;
    const std::weak_ptr<session_core> session_;
    mutable std::mutex mutex_;
    stream_window window_;                                          // guarded by mutex_
    std::unique_ptr<reader> reader_;                                // guarded by mutex_
    std::optional<error> error_;                                    // guarded by mutex_
    result_reply untold_;                                           // guarded by mutex_: open, and nobody waited
    close_completion closer_;                                       // guarded by mutex_
    clock::time_point closer_deadline_ = clock::time_point::max();  // guarded by mutex_
    bool cursor_gone_ = false;                                      // guarded by mutex_
    std::atomic<std::uint64_t> readers_{0};                         // numbers of readers
    // The worker pushes, the reader pops under mutex_. One more than the window lets in.
    boost::lockfree::spsc_queue<batch, boost::lockfree::capacity<limits::prefetch_batches_max + 1>> buffer_;
};

}  // namespace sluice::runtime
