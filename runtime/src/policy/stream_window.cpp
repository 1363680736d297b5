#include "policy/stream_window.hpp"

#include <utility>

namespace sluice::runtime {

stream_window::answer stream_window::ask() noexcept {
    if (waiting_) return answer::busy;
    if (closed_) return answer::closed;
    if (buffered_ > 0) {
        --buffered_;
        return answer::batch;
    }
    if (phase_ == phase::end) return answer::end;
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

bool stream_window::finished(finish how) noexcept {
    if (phase_ == phase::open) phase_ = how == finish::end ? phase::end : phase::failed;
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
