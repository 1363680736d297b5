#include "failure.hpp"

#include <sluice/runtime/transaction_face.hpp>

#include <algorithm>
#include <random>

namespace sluice {

tx_retry::tx_retry() noexcept = default;

tx_retry& tx_retry::attempts(unsigned most) noexcept {
    attempts_ = std::clamp(most, 1U, limits::transaction_attempts_max);
    return *this;
}

tx_retry& tx_retry::pause(std::chrono::milliseconds least, std::chrono::milliseconds most) noexcept {
    constexpr std::chrono::milliseconds longest = limits::transaction_pause_max;
    least_ = std::clamp(least, std::chrono::milliseconds(0), longest);
    most_ = std::clamp(most, least_, longest);
    return *this;
}

// The first record with a state that says so counts: drivers put warnings of their own before it.
bool tx_retry::may_repeat(const error& e) noexcept {
    if (e.code() != errc::serialization || e.outcome() == outcome::unknown) return false;
    const auto says = e.diagnostics();
    return std::any_of(says.begin(), says.end(), [](const diagnostic& record) {
        return record.sqlstate == "40001" || record.sqlstate == "40P01";
    });
}

std::optional<std::chrono::nanoseconds> tx_retry::next(const error& e, double chance) noexcept {
    ++failed_;
    if (failed_ >= attempts_ || !may_repeat(e)) return std::nullopt;
    std::chrono::nanoseconds length = least_;
    for (unsigned n = 1; n < failed_ && length < most_; ++n) length *= 2;
    length = std::min<std::chrono::nanoseconds>(length, most_);
    const double part = 0.5 + std::clamp(chance, 0.0, 1.0) / 2;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(length.count()) * part));
}

std::optional<std::chrono::nanoseconds> tx_retry::next(const error& e) noexcept {
    thread_local std::minstd_rand random(std::random_device{}());
    return next(e, static_cast<double>(random()) / static_cast<double>(std::minstd_rand::max()));
}

std::future<bool> tx_retry::again_at(const detail::target_ptr& at, const error& why) {
    const auto rest = next(why);
    return detail::start_with_future<bool>(
        [&](detail::completion<bool> done) { detail::start_pause(at, rest, std::move(done)); });
}

namespace detail {

bool answered_true(std::future<bool> from) {
    try {
        return from.get();
    } catch (const database_error&) {
        return false;
    }
}

void start_pause(const target_ptr& target, std::optional<std::chrono::nanoseconds> rest, completion<bool> done) {
    if (!rest) return done(false);
    if (!target) return done(runtime::closed_handle());
    target->pause(*rest, std::move(done));
}

}  // namespace detail

}  // namespace sluice
