#include "policy/stream_window.hpp"

#include <utility>

namespace sluice::runtime {

stream_window::answer stream_window::ask() noexcept {
    if (waiting_) return answer::busy;
    if (closed_) return answer::closed;
    if (untold_) return answer::end;
    if (buffered_ > 0) {
        --buffered_;
        return answer::batch;
    }
    if (phase_ == phase::end || phase_ == phase::between) return answer::end;
    if (phase_ == phase::failed) return answer::failed;
    waiting_ = true;
    return answer::wait;
}

stream_window::delivery stream_window::fetched() noexcept {
    if (closed_ || phase_ != phase::open) return delivery::drop;
    if (std::exchange(waiting_, false)) return delivery::reader;
    ++buffered_;
    return delivery::buffer;
}

bool stream_window::result_ended() noexcept {
    if (phase_ != phase::open) return false;
    phase_ = phase::between;
    next_wanted_ = false;
    return std::exchange(waiting_, false);
}

stream_window::next_answer stream_window::ask_next() noexcept {
    if (waiting_) return next_answer::busy;
    if (closed_) return next_answer::closed;
    if (std::exchange(untold_, false)) return next_answer::opened;
    if (buffered_ > 0 || phase_ == phase::open) return next_answer::unread;
    if (phase_ == phase::end) return next_answer::none;
    if (phase_ == phase::failed) return next_answer::failed;
    next_wanted_ = true;
    waiting_ = true;
    return next_answer::wait;
}

bool stream_window::opened_next() noexcept {
    if (phase_ != phase::between || closed_) return false;
    phase_ = phase::open;
    next_wanted_ = false;
    const bool told = std::exchange(waiting_, false);
    untold_ = !told;
    return told;
}

bool stream_window::finished(finish how) noexcept {
    if (phase_ == phase::open || phase_ == phase::between) phase_ = how == finish::end ? phase::end : phase::failed;
    return std::exchange(waiting_, false);
}

bool stream_window::withdraw() noexcept {
    return std::exchange(waiting_, false);
}

bool stream_window::close() noexcept {
    closed_ = true;
    buffered_ = 0;
    return std::exchange(waiting_, false);
}

}  // namespace sluice::runtime
