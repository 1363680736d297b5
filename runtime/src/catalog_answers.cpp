#include "catalog_answers.hpp"

#include "operation.hpp"
#include "time_points.hpp"

#include <utility>

namespace sluice::runtime {

catalog_answers::catalog_answers(const pool_options& options, engine_time time, std::shared_ptr<catalog_counts> counts)
    : time_(std::move(time)),
      counts_(std::move(counts)),
      cache_({options.catalog_entries(), options.catalog_bytes(),
              std::chrono::nanoseconds(options.catalog_ttl()).count()}) {}

std::int64_t catalog_answers::now_ns() const noexcept {
    return nanoseconds_of(time_.now());
}

std::optional<row_set> catalog_answers::find(const catalog_query& asked, std::size_t bytes_max, std::size_t rows_max) {
    std::optional<row_set> found;
    {
        const std::lock_guard lock(mutex_);
        found = cache_.find(asked, now_ns());
    }
    if (found && (found->bytes() > bytes_max || found->size() > rows_max))
        found.reset();  // who asks for less gets the error of the asking
    (found ? counts_->hits : counts_->misses).fetch_add(1);
    return found;
}

detail::completion<row_set> catalog_answers::kept(const catalog_query& asked, detail::completion<row_set> done) {
    const auto epoch = [this] {
        const std::lock_guard lock(mutex_);
        return cache_.epoch();
    }();
    return adapt_completion<row_set>(
        std::move(done),
        [self = shared_from_this(), asked, epoch](detail::completion<row_set> caller, result<row_set> answer) noexcept {
            if (answer) self->put(asked, *answer, epoch);
            caller(std::move(answer));
        });
}

// Where there is no memory for it, it is not kept.
void catalog_answers::put(const catalog_query& asked, const row_set& rows, std::uint64_t asked_in) noexcept {
    try {
        const std::lock_guard lock(mutex_);
        cache_.put(asked, rows, asked_in, now_ns());
    } catch (...) {
    }
}

void catalog_answers::clear() noexcept {
    const std::lock_guard lock(mutex_);
    cache_.clear();
}

}  // namespace sluice::runtime
