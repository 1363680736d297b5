#include "failure.hpp"

#include <sluice/runtime/bulk_load_options.hpp>
#include <sluice/runtime/lease_options.hpp>
#include <sluice/runtime/options.hpp>
#include <sluice/runtime/partition_options.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>

namespace sluice {

namespace {

// Collects what is out of range.
class checker {
public:
    void range(std::string_view name, std::size_t value, std::size_t least, std::size_t most,
               std::string_view unit = "") {
        if (value >= least && value <= most) return;
        add(std::string(name) + " is " + std::to_string(value) + ", possible are " + std::to_string(least) + " to " +
            std::to_string(most) + std::string(unit));
    }
    // Nothing, or within the lengths that a pool can keep.
    void age(std::string_view name, clock::duration value) {
        if (value == clock::duration::zero()) return;
        if (value < limits::pool_duration_least || value > limits::pool_duration_most)
            add(std::string(name) + " is not 0 and not within 1 s to 30 days");
    }
    void within(std::string_view name, clock::duration value, clock::duration least, clock::duration most,
                std::string_view text) {
        if (value < least || value > most) add(std::string(name) + " is not within " + std::string(text));
    }
    void statements(const std::string& name, const std::vector<std::string>& all) {
        that(all.size() <= limits::on_connect_statements_max,
             name + " has more than " + std::to_string(limits::on_connect_statements_max) + " statements");
        that(std::all_of(all.begin(), all.end(),
                         [](const std::string& sql) { return sql.size() <= limits::on_connect_bytes_max; }),
             "a statement of " + name + " is longer than 64 KiB");
    }
    void deadline(const deadline_option& d) {
        if (!d.is_valid()) add("the timeout is negative");
    }
    void that(bool good, std::string problem) {
        if (!good) add(std::move(problem));
    }
    void also(const std::optional<error>& other) {
        if (other) add(other->message());
    }
    [[nodiscard]] std::optional<error> answer() const {
        if (problems_.empty()) return std::nullopt;
        return runtime::failure(errc::invalid_argument, problems_, outcome::none, session_state::none);
    }

private:
    void add(std::string problem) {
        if (!problems_.empty()) problems_ += "; ";
        problems_ += problem;
    }
    std::string problems_;
};

// Each key is below it or not.
bool can_be_boundary(const value& v) noexcept {
    if (const auto* number = std::get_if<double>(&v)) return std::isfinite(*number);
    if (const auto* number = std::get_if<float>(&v)) return std::isfinite(*number);
    if (const auto* number = std::get_if<decimal>(&v)) return std::isfinite(number->to_double());
    return !std::holds_alternative<null_value>(v);
}

constexpr std::size_t result_bytes_most = std::size_t{1} << 40;
constexpr std::chrono::seconds login_timeout_most{3600};

}  // namespace

clock::time_point deadline_option::from(clock::time_point now) const noexcept {
    if (at_) return *at_;
    if (!timeout_ || *timeout_ > clock::time_point::max() - now) return clock::time_point::max();
    return now + *timeout_;
}

std::chrono::seconds deadline_option::server_limit(clock::time_point now) const noexcept {
    constexpr std::chrono::seconds most = std::chrono::hours(24 * 20);  // PostgreSQL counts milliseconds in an int
    const auto left = at_ ? *at_ - now : timeout_ ? *timeout_ : clock::duration::max();
    if (left > most) return std::chrono::seconds(0);
    const auto whole = std::chrono::ceil<std::chrono::seconds>(std::max(left, clock::duration::zero())).count() + 1;
    if (!at_) return std::chrono::seconds(whole);
    return std::chrono::seconds(std::bit_ceil(static_cast<std::uint64_t>(whole)));
}

std::optional<error> bulk_load_options::problems() const {
    checker c;
    c.range("parallelism", parallelism_, 1, limits::bulk_parallelism_max);
    c.range("chunk_rows", chunk_rows_, 1, limits::bulk_rows_max);
    c.range("refused_max", refused_max_, 1, limits::bulk_refused_max);
    c.also(each_.problems());
    return c.answer();
}

std::optional<error> partition_options::problems() const {
    checker c;
    c.that(!key_.empty(), "by, the column whose ranges are the partitions, is empty");
    c.range("partitions", partitions_, 1, limits::partitions_max);
    c.range("at_once", at_once_, 1, limits::partitions_at_once_max, " partitions");
    c.that(boundaries_.size() < limits::partitions_max, "there are " + std::to_string(boundaries_.size()) +
                                                            " boundaries, possible are 0 to " +
                                                            std::to_string(limits::partitions_max - 1));
    c.that(std::all_of(boundaries_.begin(), boundaries_.end(), can_be_boundary),
           "a boundary is NULL or no number that could be compared");
    c.also(each_.problems());
    return c.answer();
}

std::optional<error> request_options::problems() const {
    checker check;
    check.deadline(deadline_);
    check.range("result_bytes_max", result_bytes_max_, 1, result_bytes_most, " bytes");
    check.range("result_rows_max", result_rows_max_, 1, limits::result_rows_max, " rows");
    return check.answer();
}

std::optional<error> stream_options::problems() const {
    checker check;
    check.deadline(deadline_);
    check.range("batch_rows", batch_rows_, 1, limits::batch_rows_max);
    check.range("batch_bytes", batch_bytes_, 1, limits::batch_bytes_max, " bytes");
    check.range("prefetch", prefetch_, 1, limits::prefetch_batches_max, " batches");
    check.range("page_rows", page_rows_, 1, limits::page_rows_max);
    return check.answer();
}

std::optional<error> connect_options::problems() const {
    checker check;
    check.deadline(deadline_);
    check.range("mailbox_slots", mailbox_slots_, 1, limits::mailbox_slots_max);
    check.range("statement_cache", statement_cache_, 0, limits::statement_cache_max, " statements");
    check.statements("on_connect", on_connect_);
    check.that(login_timeout_ >= std::chrono::seconds(0) && login_timeout_ <= login_timeout_most,
               "login_timeout is not within 0 to 3600 s");
    return check.answer();
}

std::optional<error> pool_options::problems() const {
    checker check;
    check.range("max_size", max_size_, 1, limits::pool_size_max, " sessions");
    check.that(min_idle_ <= max_size_,
               "min_idle is " + std::to_string(min_idle_) + ", more than max_size (" + std::to_string(max_size_) + ")");
    check.range("max_connecting", max_connecting_, 1, limits::pool_connecting_max, " sessions");
    check.range("waiters_max", waiters_max_, 0, limits::waiters_max);
    check.age("max_lifetime", max_lifetime_);
    check.age("idle_timeout", idle_timeout_);
    check.within("test_if_idle_for", test_if_idle_for_, clock::duration::zero(), limits::pool_duration_most,
                 "0 to 30 days");
    check.within("test_within", test_within_, limits::pool_check_within_least, limits::pool_check_within_most,
                 "10 ms to 5 min");
    check.age("keepalive", keepalive_);
    check.age("leak_threshold", leak_threshold_);
    check.statements("on_return", on_return_);
    check.that(health_check_query_.size() <= limits::health_check_query_bytes_max,
               "health_check_query is longer than 64 KiB");
    check.that(test_on_checkout_ <= checkout_test::always, "test_on_checkout is none of never, when_idle, always");
    check.that(order_ == idle_order::lifo || order_ == idle_order::fifo, "order is neither lifo nor fifo");
    check.range("catalog_cache entries", catalog_entries_, 0, limits::catalog_cache_entries_max);
    check.that(catalog_ttl_ > clock::duration::zero() && catalog_ttl_ <= limits::catalog_cache_ttl_max,
               "the ttl of catalog_cache is not above 0 and at most 24 h");
    check.range("catalog_cache bytes", catalog_bytes_, 1, limits::catalog_cache_bytes_max);
    check.also(connect_.problems());
    return check.answer();
}

std::optional<error> lease_options::problems() const {
    checker check;
    check.also(request_.problems());
    check.also(problems_of(settings_));
    return check.answer();
}

std::optional<error> engine_options::problems() const {
    checker check;
    check.range("sessions_max", sessions_max_, 1, limits::sessions_max);
    check.range("quarantined_max", quarantined_max_, 0, limits::quarantined_max);
    check.range("cancels_per_second", cancels_per_second_, 1, limits::cancels_per_second_max);
    check.range("memory_max", memory_max_, limits::memory_least, limits::memory_max, " bytes");
    if (worker_stack_bytes_ != 0)
        check.range("worker_stack_bytes", worker_stack_bytes_, limits::worker_stack_bytes_least,
                    limits::worker_stack_bytes_max, " bytes, or 0");
    check.that(shutdown_grace_ >= clock::duration::zero() && shutdown_grace_ <= limits::shutdown_grace_max,
               "shutdown_grace is not within 0 to 600 s");
    return check.answer();
}

}  // namespace sluice
