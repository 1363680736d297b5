// The handle of a reading in partitions, and its start.

#include "failure.hpp"
#include "partition_reader.hpp"
#include "pool_core.hpp"

#include <sluice/runtime/pool.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

partitioned_stream::partitioned_stream() noexcept = default;
partitioned_stream::partitioned_stream(std::shared_ptr<runtime::partition_reader> owner) noexcept
    : owner_(std::move(owner)) {}
partitioned_stream::partitioned_stream(partitioned_stream&&) noexcept = default;
partitioned_stream& partitioned_stream::operator=(partitioned_stream&&) noexcept = default;
partitioned_stream::~partitioned_stream() = default;

const schema& partitioned_stream::columns() const noexcept {
    static const auto* none = new schema();
    return owner_ ? owner_->columns() : *none;
}

partition_progress partitioned_stream::progress() const noexcept {
    return owner_ ? owner_->progress() : partition_progress();
}

std::future<std::optional<partition_batch>> partitioned_stream::next() {
    return detail::start_with_future<std::optional<partition_batch>>(
        [&](detail::completion<std::optional<partition_batch>> done) { detail::start_next(owner_, std::move(done)); });
}

std::future<void> partitioned_stream::close() {
    return detail::start_with_future<protocol::done, void>(
        [&](detail::completion<protocol::done> done) { detail::start_close(owner_, std::move(done)); });
}

std::future<partitioned_stream> pool::stream_partitioned(std::string sql, args with, partition_options options) {
    return detail::start_with_future<partitioned_stream>([&](detail::completion<partitioned_stream> done) {
        detail::start_partitioned(owner_, std::move(sql), std::move(with), options, std::move(done));
    });
}

std::future<partitioned_stream> pool::stream_partitioned(std::string sql, partition_options options) {
    return stream_partitioned(std::move(sql), args(), std::move(options));
}

namespace detail {

void start_partitioned(const std::shared_ptr<runtime::pool_owner>& owner, std::string sql, args with,
                       const partition_options& options, completion<partitioned_stream> done) {
    if (!owner) return done(runtime::closed_handle());
    if (owner->core().is_foreign()) return done(runtime::of_another_process());
    if (auto wrong = options.problems()) return done(*wrong);
    if (with.outputs() != 0)
        return done(runtime::failure(errc::invalid_argument,
                                     "a parameter of a reading in partitions brings no value back", outcome::none,
                                     session_state::none));
    const std::size_t sessions = std::max<std::size_t>(owner->metrics().max_size, 1);
    const std::size_t at_once = std::min(options.at_once(), sessions);
    std::make_shared<runtime::partition_reader>(owner, options, at_once)
        ->start(std::move(sql), std::move(with), std::move(done));
}

void start_next(const std::shared_ptr<runtime::partition_reader>& owner,
                completion<std::optional<partition_batch>> done) {
    if (!owner) return done(runtime::closed_handle());
    owner->next(std::move(done));
}

void start_close(const std::shared_ptr<runtime::partition_reader>& owner, completion<protocol::done> done) {
    if (!owner) return done(runtime::closed_handle());
    owner->close(std::move(done));
}

engine_executor executor_of(const std::shared_ptr<runtime::partition_reader>& owner) noexcept {
    return owner ? owner->executor() : engine_executor();
}

}  // namespace detail

}  // namespace sluice
