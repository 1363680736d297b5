#pragma once
// Whether a transaction is done again, and after which pause. For conflicts with other transactions only: SQLSTATE
// 40001 and 40P01 (PostgreSQL's serialization failures and deadlocks; MariaDB's deadlocks, 1213, have 40001). Never
// after commit_unknown, nor for a lock timeout, a lost connection or anything else.
//
//   for (sluice::tx_retry retry;;) {
//       sluice::result<sluice::protocol::done> moved = co_await move_money(db, 1, 2, 5);    // begins, works, commits
//       if (moved || !co_await retry.async_again(db, moved.error(), sluice::use_awaitable)) break;
//   }
//
// The pause is a random time between the half and the whole of a length that doubles from one attempt to the next.
//
// Threads: a value; one thread at a time.

#include <sluice/protocol/error.hpp>
#include <sluice/protocol/limits.hpp>
#include <sluice/runtime/query_face.hpp>

#include <chrono>
#include <cstdint>
#include <future>
#include <optional>

namespace sluice {

class SLUICE_EXPORT tx_retry {
public:
    tx_retry() noexcept;
    // How often in all, the first time included; 1 to 100. Default 5.
    tx_retry& attempts(unsigned most) noexcept;
    // The length of the first pause, and the longest; 0 to 10 min. Default 10 ms and 1 s.
    tx_retry& pause(std::chrono::milliseconds least, std::chrono::milliseconds most) noexcept;

    // Whether an error may be repeated at all.
    [[nodiscard]] static bool may_repeat(const error&) noexcept;
    // The attempt has failed. The pause before the next one; nothing: give up. `chance` is from 0 to 1; without it, by
    // chance. Values out of range count as the nearest that is possible.
    [[nodiscard]] std::optional<std::chrono::nanoseconds> next(const error&, double chance) noexcept;
    [[nodiscard]] std::optional<std::chrono::nanoseconds> next(const error&) noexcept;
    // How many attempts have failed.
    [[nodiscard]] unsigned failed() const noexcept { return failed_; }

    // next(), and true when its pause is over, false at once where there is none. `db` is a session or a pool: whose
    // engine counts the time. Errors: shutting_down, queue_full (65,536 rest already), of a token cancelled.
    template <class Db>
    [[nodiscard]] std::future<bool> again(const Db& db, const error& why) {
        return again_at(db.request_target(), why);
    }
    template <class Db, class Token = boost::asio::deferred_t>
    [[nodiscard]] auto async_again(const Db& db, const error& why, Token&& token = Token());
    [[nodiscard]] std::future<bool> again_at(const detail::target_ptr&, const error& why);

private:
    unsigned attempts_ = limits::transaction_attempts_default;
    std::chrono::milliseconds least_ = limits::transaction_pause_least;
    std::chrono::milliseconds most_ = limits::transaction_pause_most;
    unsigned failed_ = 0;
};

namespace detail {
// True after the pause; false at once where there is none.
SLUICE_EXPORT void start_pause(const target_ptr&, std::optional<std::chrono::nanoseconds>, completion<bool>);
}  // namespace detail

}  // namespace sluice
