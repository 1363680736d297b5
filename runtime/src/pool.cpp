// The handle of a pool.

#include "failure.hpp"
#include "pool_core.hpp"

#include <sluice/runtime/pool.hpp>

#include <utility>

namespace sluice {

pool::pool() noexcept = default;
pool::pool(std::shared_ptr<runtime::pool_owner> owner) noexcept : owner_(std::move(owner)) {}
pool::pool(pool&&) noexcept = default;
pool& pool::operator=(pool&&) noexcept = default;
pool::~pool() = default;

detail::target_ptr pool::request_target() const noexcept {
    return owner_;
}

std::future<session> pool::acquire(lease_options options, call_site from) {
    return detail::start_with_future<session>([&](detail::completion<session> done) {
        detail::start_acquire(owner_, std::move(options), from, std::move(done));
    });
}

std::future<bulk_loaded> pool::bulk_insert_parallel(bulk_source source, bulk_load_options options) {
    return detail::start_with_future<bulk_loaded>([&](detail::completion<bulk_loaded> done) {
        detail::start_load(request_target(), std::move(source), options, options.parallelism(), std::move(done));
    });
}

std::future<bulk_loaded> pool::bulk_insert_parallel(bulk_rows rows, bulk_load_options options) {
    auto source = chunks_of(std::move(rows), options.chunk_rows());
    return bulk_insert_parallel(std::move(source), std::move(options));
}

result<void> pool::resize(std::size_t min_idle, std::size_t max_size) {
    if (!owner_) return runtime::closed_handle();
    return owner_->resize(min_idle, max_size);
}

void pool::evict_all() {
    if (owner_) owner_->evict_all();
}

pool_metrics pool::metrics() const {
    return owner_ ? owner_->metrics() : pool_metrics();
}

void pool::clear_catalog_cache() noexcept {
    if (owner_) owner_->clear_catalog_cache();
}

namespace detail {

void start_acquire(const std::shared_ptr<runtime::pool_owner>& owner, lease_options options, call_site from,
                   completion<session> done) {
    if (!owner) return done(runtime::closed_handle());
    owner->acquire(std::move(options), from, std::move(done));
}

engine_executor executor_of(const std::shared_ptr<runtime::pool_owner>& owner) noexcept {
    return owner ? owner->executor() : engine_executor();
}

}  // namespace detail

}  // namespace sluice
