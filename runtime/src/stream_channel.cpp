#include "stream_channel.hpp"

#include "failure.hpp"
#include "session_core.hpp"

#include <algorithm>

namespace sluice::runtime {

struct stream_channel::reader {
    next_completion done;            // of one who waits for a batch
    result_completion another_done;  // of one who waits for the next result
    clock::time_point deadline;
    std::uint64_t number = 0;
    std::optional<std::stop_callback<detail::cancel_handle>> stop;

    void end() {
        if (done) done(std::optional<batch>());
        if (another_done) another_done(result_reply());
    }
    void fail(const error& e) {
        if (done) done(e);
        if (another_done) another_done(e);
    }
};

stream_channel::stream_channel(protocol::stream_start::reply opened, std::size_t prefetch,
                               std::weak_ptr<session_core> session)
    : opened_(std::move(opened)), session_(std::move(session)), window_(prefetch) {}

stream_channel::~stream_channel() = default;

error stream_channel::closed_error() const {
    return failure(errc::closed, "the stream was closed: start a new one");
}

void stream_channel::wake_worker() const noexcept {
    if (const auto core = session_.lock()) core->wake();
}

std::unique_ptr<stream_channel::reader> stream_channel::take_reader() noexcept {
    return std::move(reader_);
}

void stream_channel::drop_buffered() noexcept {
    batch dropped;
    while (buffer_.pop(dropped)) dropped = batch();
}

bool stream_channel::wants(bool scarce) const noexcept {
    const std::lock_guard lock(mutex_);
    return window_.wants() && !(scarce && window_.buffered() != 0);
}

bool stream_channel::close_requested() const noexcept {
    const std::lock_guard lock(mutex_);
    return window_.is_closed() && !cursor_gone_;
}

void stream_channel::push(batch b) noexcept {
    std::unique_ptr<reader> waiting;
    {
        const std::lock_guard lock(mutex_);
        const auto to = window_.fetched();
        if (to == stream_window::delivery::reader) waiting = take_reader();
        if (to == stream_window::delivery::buffer) buffer_.push(b);
    }
    if (waiting) waiting->done(std::optional<batch>(std::move(b)));
}

void stream_channel::result_ended() noexcept {
    std::unique_ptr<reader> waiting;
    {
        const std::lock_guard lock(mutex_);
        if (window_.result_ended()) waiting = take_reader();
    }
    if (waiting) waiting->end();
}

bool stream_channel::wants_next_result() const noexcept {
    const std::lock_guard lock(mutex_);
    return window_.wants_next();
}

void stream_channel::opened_next(result_reply reply) noexcept {
    std::unique_ptr<reader> waiting;
    {
        const std::lock_guard lock(mutex_);
        if (window_.opened_next())
            waiting = take_reader();
        else
            untold_ = std::move(reply);
    }
    if (waiting) waiting->another_done(std::move(reply));
}

void stream_channel::finish(stream_window::finish how, std::optional<error> e) noexcept {
    std::unique_ptr<reader> waiting;
    close_completion closer;
    {
        const std::lock_guard lock(mutex_);
        cursor_gone_ = true;
        if (!window_.is_finished()) error_ = e;  // the first end counts
        if (window_.finished(how)) waiting = take_reader();
        closer = std::move(closer_);
    }
    if (waiting && e) waiting->fail(*e);
    if (waiting && !e) waiting->end();
    if (closer) closer(protocol::done());
}

void stream_channel::ended() noexcept {
    finish(stream_window::finish::end, std::nullopt);
}

void stream_channel::failed(error e) noexcept {
    finish(stream_window::finish::failed, std::move(e));
}

void stream_channel::closed(result<protocol::done> r) noexcept {
    close_completion closer;
    {
        const std::lock_guard lock(mutex_);
        cursor_gone_ = true;
        closer = std::move(closer_);
    }
    if (closer) closer(std::move(r));
}

void stream_channel::next(clock::time_point deadline, std::stop_token stop, next_completion done) {
    auto asker = make_reader(deadline, stop);
    const auto number = asker->number;
    done.accepted({weak_from_this(), number});

    batch taken;
    auto what = stream_window::answer::wait;
    {
        const std::lock_guard lock(mutex_);
        what = window_.ask();
        if (what == stream_window::answer::batch) buffer_.pop(taken);
        if (what == stream_window::answer::wait) {
            asker->done = std::move(done);
            reader_ = std::move(asker);
        }
    }
    if (what == stream_window::answer::wait) return stand_in_line(deadline, stop, number);
    if (what == stream_window::answer::batch) wake_worker();
    done(answer_of(what, std::move(taken)));
}

// Everything that may call back is made before the mutex is held; a call back that comes early finds nothing to
// withdraw, and is made good when the reader stands in line.
std::unique_ptr<stream_channel::reader> stream_channel::make_reader(clock::time_point deadline,
                                                                    const std::stop_token& stop) {
    const detail::cancel_handle handle{weak_from_this(), readers_.fetch_add(1) + 1};
    auto asker = std::make_unique<reader>();
    asker->deadline = deadline;
    asker->number = handle.key;
    if (stop.stop_possible()) asker->stop.emplace(stop, handle);
    return asker;
}

void stream_channel::stand_in_line(clock::time_point deadline, const std::stop_token& stop, std::uint64_t number) {
    if (const auto core = session_.lock()) {
        core->reader_waits();
        core->deadline_changed(deadline);
    }
    if (stop.stop_requested()) cancel(number, cancel_strength::terminal);
}

void stream_channel::next_result(clock::time_point deadline, std::stop_token stop, result_completion done) {
    auto asker = make_reader(deadline, stop);
    const auto number = asker->number;
    done.accepted({weak_from_this(), number});

    result_reply opened;
    auto what = stream_window::next_answer::wait;
    {
        const std::lock_guard lock(mutex_);
        what = window_.ask_next();
        if (what == stream_window::next_answer::opened) opened = std::move(untold_);
        if (what == stream_window::next_answer::wait) {
            asker->another_done = std::move(done);
            reader_ = std::move(asker);
        }
    }
    if (what != stream_window::next_answer::wait) return done(answer_of(what, std::move(opened)));
    wake_worker();
    stand_in_line(deadline, stop, number);
}

error stream_channel::failed_error() const {
    const std::lock_guard lock(mutex_);
    return *error_;
}

result<stream_channel::result_reply> stream_channel::answer_of(stream_window::next_answer what,
                                                               result_reply opened) const {
    using answer = stream_window::next_answer;
    switch (what) {
        case answer::opened:
            return opened;
        case answer::none:
            return result_reply();
        case answer::unread:
            return failure(errc::invalid_argument,
                           "the present result of this stream has not been read to its end: read on until next gives "
                           "nothing, or close the stream");
        case answer::busy:
            return failure(errc::operation_in_progress,
                           "the previous next of this stream is not complete: await it first");
        case answer::failed:
            return failed_error();
        default:
            return closed_error();
    }
}

result<std::optional<batch>> stream_channel::answer_of(stream_window::answer what, batch taken) const {
    using answer = stream_window::answer;
    switch (what) {
        case answer::batch:
            return std::optional<batch>(std::move(taken));
        case answer::end:
            return std::optional<batch>();
        case answer::busy:
            return failure(errc::operation_in_progress,
                           "the previous next of this stream is not complete: await it first");
        case answer::failed:
            return failed_error();
        default:
            return closed_error();
    }
}

void stream_channel::close(clock::time_point deadline, close_completion done) {
    std::unique_ptr<reader> waiting;
    bool gone = false;
    bool twice = false;
    {
        const std::lock_guard lock(mutex_);
        if (window_.close()) waiting = take_reader();
        drop_buffered();
        gone = cursor_gone_;
        twice = static_cast<bool>(closer_);
        if (done && !gone && !twice) {
            closer_ = std::move(done);
            closer_deadline_ = deadline;
        }
    }
    if (waiting) waiting->fail(closed_error());
    if (done && gone) done(protocol::done());
    if (done && twice) done(failure(errc::operation_in_progress, "the stream is being closed: await the first close"));
    if (gone) return;
    wake_worker();
    if (const auto core = session_.lock()) {
        core->reader_gone();
        core->deadline_changed(deadline);
    }
}

void stream_channel::abandon() noexcept {
    close(clock::time_point::max(), close_completion());
}

void stream_channel::withdraw(std::uint64_t number, errc code, const char* message) noexcept {
    std::unique_ptr<reader> waiting;
    {
        const std::lock_guard lock(mutex_);
        if (reader_ && reader_->number == number && window_.withdraw()) waiting = take_reader();
    }
    if (waiting) waiting->fail(failure(code, message));
}

// Whatever the strength: who waits no longer has lost nothing, the batch stays to come.
void stream_channel::cancel(std::uint64_t key, cancel_strength) noexcept {
    withdraw(key, errc::cancelled, "cancelled while waiting for a batch or a result");
}

clock::time_point stream_channel::next_deadline() const noexcept {
    const std::lock_guard lock(mutex_);
    auto soonest = clock::time_point::max();
    if (reader_) soonest = std::min(soonest, reader_->deadline);
    if (closer_) soonest = std::min(soonest, closer_deadline_);
    return soonest;
}

void stream_channel::expire(clock::time_point now) noexcept {
    std::uint64_t late_reader = 0;
    close_completion closer;
    {
        const std::lock_guard lock(mutex_);
        if (reader_ && reader_->deadline <= now) late_reader = reader_->number;
        if (closer_ && closer_deadline_ <= now) closer = std::move(closer_);
    }
    if (late_reader != 0) {
        if (const auto core = session_.lock()) core->reader_late();
        withdraw(late_reader, errc::deadline, "nothing came in time; the stream is still open");
    }
    if (closer)
        closer(
            failure(errc::deadline, "the driver has not closed the cursor in time; it is closed when it comes back"));
}

}  // namespace sluice::runtime
