#include "stream.hpp"

#include "world.hpp"

#include <algorithm>

namespace sluice::sim {

using answer = runtime::stream_window::answer;
using delivery = runtime::stream_window::delivery;
using test::said;

stream::stream(world& in, session& of, std::uint32_t number, std::int64_t rows, std::uint32_t prefetch)
    : id(number), in_(in), of_(of), window_(prefetch), rows_(rows) {
    in_.say(said::stream_opened, 0, id, prefetch);
}

void stream::push() {
    const std::int64_t many = std::min<std::int64_t>(rows_ - fetched_, in_.luck.between(1, 1'024));
    const std::pair<std::int64_t, std::int64_t> rows{fetched_, many};
    fetched_ += many;
    switch (window_.fetched()) {
        case delivery::reader:
            return deliver(std::exchange(reader_, 0), rows);
        case delivery::buffer:
            buffer_.push_back(rows);
            if (!window_.wants()) in_.reach(mark::window_full);
            in_.say(said::ahead, 0, id, static_cast<std::int64_t>(buffer_.size()));
            return;
        default:
            return;
    }
}

void stream::deliver(std::uint32_t request, std::pair<std::int64_t, std::int64_t> rows) {
    in_.say(said::rows, 0, id, rows.first, rows.second);
    in_.promises[request].batch = true;
    in_.complete(request, errc::ok, outcome::none);
}

// Told to the reader once, when he comes to it.
void stream::say_end(errc how) {
    if (std::exchange(end_said_, true)) return;
    if (how == errc::ok) in_.reach(mark::stream_read_to_its_end);
    in_.say(said::stream_ended, 0, id, rows_, 0, how);
}

void stream::finish(runtime::stream_window::finish how, errc why) {
    cursor_gone_ = true;
    if (!window_.is_finished()) error_ = why;
    if (window_.finished(how)) {
        say_end(error_);
        in_.complete(std::exchange(reader_, 0), error_, outcome::none);
    }
    if (closer_ != 0) in_.complete(std::exchange(closer_, 0), errc::ok, outcome::none);
}

void stream::closed(errc how) {
    cursor_gone_ = true;
    if (closer_ != 0) in_.complete(std::exchange(closer_, 0), how, outcome::none);
}

void stream::next(std::uint32_t request, std::int64_t deadline) {
    const auto what = window_.ask();
    switch (what) {
        case answer::batch: {
            const auto rows = buffer_.front();
            buffer_.pop_front();
            of_.wake();
            in_.say(said::rows, 0, id, rows.first, rows.second);
            in_.promises[request].batch = true;
            return in_.answer_at_once(request, errc::ok);
        }
        case answer::wait:
            in_.accept(request);
            reader_ = request;
            reader_deadline_ = deadline;
            return of_.arm();
        case answer::busy:
            in_.reach(mark::reader_second);
            return in_.answer_at_once(request, errc::operation_in_progress);
        case answer::end:
            say_end(errc::ok);
            return in_.answer_at_once(request, errc::ok);
        case answer::failed:
            say_end(error_);
            return in_.answer_at_once(request, error_);
        default:
            return in_.answer_at_once(request, errc::closed);
    }
}

void stream::close(std::uint32_t request, std::int64_t deadline) {
    if (window_.close()) in_.complete(std::exchange(reader_, 0), errc::closed, outcome::none);
    buffer_.clear();
    say_end(errc::closed);
    if (request != 0 && cursor_gone_) return in_.answer_at_once(request, errc::ok);
    if (request != 0 && closer_ != 0) return in_.answer_at_once(request, errc::operation_in_progress);
    if (request != 0) {
        in_.accept(request);
        closer_ = request;
        closer_deadline_ = deadline;
    }
    if (cursor_gone_) return;
    in_.reach(mark::stream_closed_early);
    of_.reader_late();  // the worker may be stuck in a fetch that nobody wants any more
    of_.wake();
    of_.arm();
}

void stream::cancel(std::uint32_t request) {
    if (reader_ != request || reader_ == 0 || !window_.withdraw()) return;
    in_.reach(mark::reader_cancelled);
    in_.complete(std::exchange(reader_, 0), errc::cancelled, outcome::none);
}

bool stream::last_look() {
    if (!is_over() || reader_ != 0 || closer_ != 0) return false;
    say_end(window_.is_closed() ? errc::closed : buffer_.empty() ? error_ : errc::closed);
    return true;
}

std::int64_t stream::next_deadline() const noexcept {
    std::int64_t soonest = runtime::supervisor::never;
    if (reader_ != 0) soonest = std::min(soonest, reader_deadline_);
    if (closer_ != 0) soonest = std::min(soonest, closer_deadline_);
    return soonest;
}

void stream::expire(std::int64_t now) {
    if (reader_ != 0 && reader_deadline_ <= now && window_.withdraw()) {
        in_.reach(mark::reader_late);
        in_.complete(std::exchange(reader_, 0), errc::deadline, outcome::none);
        of_.reader_late();
    }
    if (closer_ != 0 && closer_deadline_ <= now) in_.complete(std::exchange(closer_, 0), errc::deadline, outcome::none);
}

}  // namespace sluice::sim
