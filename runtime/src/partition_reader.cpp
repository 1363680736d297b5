#include "partition_reader.hpp"

#include "failure.hpp"
#include "pool_core.hpp"
#include "sure_completion.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <utility>

namespace sluice::runtime {

namespace {

constexpr std::uint64_t whole = 0;  // the key of a cancellation that is not about one next

[[nodiscard]] error of_partition(std::size_t partition, std::size_t of, const error& e) {
    error_record record = e.record();
    record.message = "partition " + std::to_string(partition) + " of " + std::to_string(of) + ": " + record.message;
    return error(std::move(record));
}

// Apart from the types of what has none of its own.
[[nodiscard]] bool are_same(const schema& a, const schema& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const column& one, const column& other) {
        return one.name == other.name && (one.type == other.type || one.dynamic || other.dynamic);
    });
}

}  // namespace

partition_reader::partition_reader(std::shared_ptr<pool_owner> pool, const partition_options& options,
                                   std::size_t at_once)
    : pool_(std::move(pool)), options_(options), at_once_(at_once) {}

engine_executor partition_reader::executor() const noexcept {
    return pool_->executor();
}

bool partition_reader::is_foreign() const noexcept {
    return pool_->core().is_foreign();
}

partition_progress partition_reader::progress() const noexcept {
    if (is_foreign()) return {};
    const std::lock_guard lock(mutex_);
    return progress_;
}

void partition_reader::start(std::string sql, args with, start_completion done) {
    const detail::cancel_handle handle{weak_from_this(), whole};
    done.accepted(handle);
    {
        const std::lock_guard lock(mutex_);  // it may be cancelled already
        start_ = std::move(done);
        first_deadline_ = options_.each().deadline().from(pool_->core().time().now());
    }
    pool_->core().watch(weak_from_this());
    if (options_.stop().stop_possible()) stopped_.emplace(options_.stop(), handle);
    request_options how;
    how.deadline(first_deadline_).stop(streams_stop_.get_token());
    survey_partitions(pool_, std::move(sql), std::move(with), options_, how,
                      surely<partition_plan>([self = shared_from_this()](result<partition_plan> r) noexcept {
                          self->surveyed(std::move(r));
                      }));
}

// The handle's last copy gives it up, whatever is under way on its behalf.
partitioned_stream partition_reader::handle() {
    auto self = shared_from_this();
    partition_reader* const at = self.get();
    return partitioned_stream(std::shared_ptr<partition_reader>(at, [of = std::move(self)](partition_reader*) {
        if (of->is_foreign())
            (void)new std::shared_ptr(of);  // left as it is: its lock may be held by a thread that is not here
        else
            of->abandon();
    }));
}

void partition_reader::surveyed(result<partition_plan> r) noexcept {
    {
        const std::lock_guard lock(mutex_);
        if (r) {
            plan_.emplace(std::move(*r));
            course_.emplace(plan_->partitions(), at_once_, options_.is_in_order());
            progress_.partitions = plan_->partitions();
            if (error_) stop_course();
        } else {
            unplanned_ = true;
            if (!error_) error_ = r.error();
        }
    }
    act();
}

void partition_reader::fail(std::size_t partition, const error& e) {
    if (course_->failed(partition)) error_ = of_partition(partition, plan_->partitions(), e);
    stop_course();
}

void partition_reader::opened(std::size_t partition, result<row_stream> r) noexcept {
    {
        const std::lock_guard lock(mutex_);
        if (r) {
            parts_[partition].stream = std::move(r->owner_);
            course_->opened(partition);
            const auto& columns = parts_[partition].stream->opened().columns;
            if (!columns_) columns_ = columns ? columns : std::make_shared<const schema>();
            if (!columns || !are_same(*columns_, *columns))
                fail(partition, failure(errc::type_mismatch,
                                        "it has other columns than those before: the table was changed meanwhile"));
        } else {
            const errc code = r.error().code();
            const bool lacks = code == errc::pool_exhausted || code == errc::queue_full;
            if (!lacks || !course_->lacks_session(partition)) fail(partition, r.error());
        }
    }
    act();
}

void partition_reader::brought(std::size_t partition, result<std::optional<batch>> r) noexcept {
    {
        const std::lock_guard lock(mutex_);
        if (!r) {
            fail(partition, r.error());
        } else if (!*r) {
            course_->ended(partition);
            ++progress_.done;
            retire(partition);
        } else if (course_->brought(partition)) {
            parts_[partition].held = std::move(*r);
        }
    }
    act();
}

void partition_reader::closed(std::size_t partition, const result<protocol::done>& r) noexcept {
    {
        const std::lock_guard lock(mutex_);
        course_->closed(partition);
        if (!r && !close_error_) close_error_ = of_partition(partition, plan_->partitions(), r.error());
        retire(partition);
    }
    act();
}

void partition_reader::retire(std::size_t partition) {
    retired_.push_back(std::move(parts_[partition]));
    parts_.erase(partition);
}

void partition_reader::stop_course() {
    course_->stop();
    for (auto& [partition, each] : parts_) {
        if (!each.held) continue;
        retired_.emplace_back().held = std::move(each.held);
        each.held.reset();
    }
}

void partition_reader::give_up(error why) noexcept {
    {
        const std::lock_guard lock(mutex_);
        if (is_over() || closed_) return;
        if (!error_) error_ = std::move(why);
        if (course_) stop_course();
    }
    act();
}

void partition_reader::next(next_completion done) {
    if (is_foreign()) return done(of_another_process());
    std::optional<error> wrong;
    std::vector<stream_ptr> awaited_again;
    clock::time_point deadline;
    std::uint64_t number = 0;
    {
        const std::lock_guard lock(mutex_);
        number = ++readers_;
    }
    done.accepted({weak_from_this(), number});
    {
        const std::lock_guard lock(mutex_);
        deadline = std::exchange(first_, false) ? first_deadline_
                                                : options_.each().deadline().from(pool_->core().time().now());
        if (closed_)
            wrong = failure(errc::closed, "the stream was closed: start a new one");
        else if (reader_.done)
            wrong = failure(errc::operation_in_progress,
                            "the previous next of this stream is not complete: await it first");
        else
            reader_ = {std::move(done), deadline, number};
        if (std::exchange(late_, false)) awaited_again = awaited();
    }
    if (wrong) return done(std::move(*wrong));
    for (const auto& stream : awaited_again) stream->awaited();
    act();
    pool_->core().deadline_changed(next_deadline());
}

void partition_reader::close(close_completion done) {
    if (is_foreign()) return done(of_another_process());
    next_completion waiting;
    bool twice = false;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        waiting = std::move(reader_.done);
        twice = static_cast<bool>(closer_);
        stop_course();
        if (!twice) closer_ = std::move(done);
    }
    if (waiting) waiting(failure(errc::closed, "the stream was closed: start a new one"));
    if (twice) done(failure(errc::operation_in_progress, "the stream is being closed: await the first close"));
    act();
}

void partition_reader::abandon() noexcept {
    next_completion waiting;
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        waiting = std::move(reader_.done);
        if (course_) stop_course();
    }
    if (waiting) waiting(failure(errc::closed, "the stream was closed: start a new one"));
    act();
}

void partition_reader::cancel(std::uint64_t key, cancel_strength) noexcept {
    if (key == whole) return give_up(failure(errc::cancelled, "the reading in partitions was cancelled"));
    next_completion waiting;
    {
        const std::lock_guard lock(mutex_);
        if (reader_.number == key) waiting = std::move(reader_.done);
    }
    if (waiting) waiting(failure(errc::cancelled, "cancelled while waiting for a batch"));
}

clock::time_point partition_reader::next_deadline() const noexcept {
    const std::lock_guard lock(mutex_);
    return reader_.done ? reader_.deadline : clock::time_point::max();
}

// Those that the reader waits for.
std::vector<partition_reader::stream_ptr> partition_reader::awaited() const {
    std::vector<stream_ptr> made;
    for (const auto& [partition, each] : parts_)
        if (course_->is_awaited(partition)) made.push_back(each.stream);
    return made;
}

void partition_reader::expire(clock::time_point now) noexcept {
    next_completion waiting;
    std::vector<stream_ptr> late;
    {
        const std::lock_guard lock(mutex_);
        if (!reader_.done || reader_.deadline > now) return;
        waiting = std::move(reader_.done);
        late_ = true;
        late = awaited();
    }
    for (const auto& stream : late) stream->late();
    waiting(failure(errc::deadline, "nothing came in time; the stream is still open"));
}

}  // namespace sluice::runtime
