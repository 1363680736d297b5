// What a reading in partitions does, one thing after the other.

#include "partition_reader.hpp"
#include "pool_core.hpp"
#include "sure_completion.hpp"

#include <sluice/protocol/limits.hpp>

#include <utility>

namespace sluice::runtime {

void partition_reader::act() noexcept {
    lock_type lock(mutex_);
    again_ = true;
    if (busy_) return;
    busy_ = true;
    while (std::exchange(again_, false)) {
        while (interrupt(lock) || drop_retired(lock) || hand_out(lock) || tell_start(lock) || close_one(lock) ||
               ask_one(lock) || begin_one(lock) || tell_end(lock)) {
        }
    }
    busy_ = false;
}

// What is being opened or fetched need not be waited for.
bool partition_reader::interrupt(lock_type& lock) {
    const bool ends = error_ || (course_ && course_->is_stopping());
    if (!ends || std::exchange(interrupted_, true)) return false;
    lock.unlock();
    streams_stop_.request_stop();
    lock.lock();
    return true;
}

// Sessions are given back before anybody hears of the end.
bool partition_reader::drop_retired(lock_type& lock) {
    if (retired_.empty()) return false;
    std::vector<part> dropped = std::exchange(retired_, {});
    lock.unlock();
    dropped.clear();
    lock.lock();
    return true;
}

bool partition_reader::hand_out(lock_type& lock) {
    if (!reader_.done || !course_) return false;
    const auto partition = course_->take();
    if (!partition) return false;
    partition_batch made(std::move(*parts_[*partition].held), *partition);
    parts_[*partition].held.reset();
    progress_.rows += made.rows();
    auto done = std::move(reader_.done);
    lock.unlock();
    done(std::optional<partition_batch>(std::move(made)));
    lock.lock();
    return true;
}

bool partition_reader::tell_start(lock_type& lock) {
    if (!start_ || error_ || !columns_) return false;
    auto done = std::move(start_);
    lock.unlock();
    done(handle());
    lock.lock();
    return true;
}

bool partition_reader::tell_end(lock_type& lock) {
    if (!is_over() || !(start_ || reader_.done || closer_)) return false;
    auto starter = std::move(start_);
    auto done = std::move(reader_.done);
    auto closer = std::move(closer_);
    const auto why = error_;
    const auto not_closed = close_error_;
    lock.unlock();
    if (starter) starter(*why);
    if (done && why) done(*why);
    if (done && !why) done(std::optional<partition_batch>());
    if (closer && not_closed) closer(*not_closed);
    if (closer && !not_closed) closer(protocol::done());
    lock.lock();
    return true;
}

bool partition_reader::close_one(lock_type& lock) {
    const auto partition = course_ ? course_->close() : std::nullopt;
    if (!partition) return false;
    const auto stream = parts_[*partition].stream;
    lock.unlock();
    stream->close(pool_->core().time().now() + limits::cursor_close_max,
                  surely<protocol::done>([self = shared_from_this(), at = *partition](
                                             const result<protocol::done>& r) noexcept { self->closed(at, r); }));
    lock.lock();
    return true;
}

// Nobody may be waiting, so it has no deadline: the reader has one.
bool partition_reader::ask_one(lock_type& lock) {
    const auto partition = course_ ? course_->ask() : std::nullopt;
    if (!partition) return false;
    const auto stream = parts_[*partition].stream;
    lock.unlock();
    stream->next(clock::time_point::max(), surely<std::optional<batch>>([self = shared_from_this(), at = *partition](
                                                                            result<std::optional<batch>> r) noexcept {
                     self->brought(at, std::move(r));
                 }));
    lock.lock();
    return true;
}

bool partition_reader::begin_one(lock_type& lock) {
    const auto partition = course_ ? course_->begin() : std::nullopt;
    if (!partition) return false;
    stream_options how = options_.each();
    if (start_) how.deadline(first_deadline_);
    lock.unlock();
    how.stop(streams_stop_.get_token());
    const bool pages = options_.is_unique() && plan_->has_keys(*partition);
    if (pages) how.by_key(plan_->key());
    auto statement = plan_->statement(*partition, options_.is_in_order() && !pages);
    pool_->start(protocol::stream_start(std::move(statement.sql), std::move(statement.with)), std::move(how),
                 surely<row_stream>([self = shared_from_this(), at = *partition](result<row_stream> r) noexcept {
                     self->opened(at, std::move(r));
                 }));
    lock.lock();
    return true;
}

}  // namespace sluice::runtime
