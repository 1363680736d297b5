#pragma once
// What the sessions of one connection string have in common: when the next one may connect, how many cancels a second,
// why the last connect failed.
//
// Threads: any thread. Sessions are told outside of the lock. Never calls ODBC.

#include "control.hpp"
#include "deadline_source.hpp"
#include "policy/connect_queue.hpp"
#include "policy/token_bucket.hpp"

#include <sluice/protocol/error.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <random>

namespace sluice::runtime {

class session_core;

class endpoint final : public deadline_source, public std::enable_shared_from_this<endpoint> {
public:
    endpoint(std::shared_ptr<control>, std::uint32_t cancels_per_second);

    // The session wants to connect: it hears permitted(), now or later. `asked`: see connect_queue.
    void want(const std::shared_ptr<session_core>&, bool asked) noexcept;
    void withdraw(session_id) noexcept;
    // What came of an attempt.
    void succeeded() noexcept;
    void failed(const error&) noexcept;
    void withdrawn() noexcept;
    // No attempt comes of the leave to connect.
    void unused() noexcept;
    // A connection broke.
    void lost() noexcept;

    // Why nobody gets in for a while, where somebody has to do something first: wrong credentials and the like.
    [[nodiscard]] std::optional<error> permanent_failure(clock::time_point now) const;
    // Of the attempts since the last success; errc::ok if there was none.
    [[nodiscard]] error last_failure() const;
    // How many attempts have succeeded.
    [[nodiscard]] std::uint64_t successes() const noexcept { return successes_.load(); }

    // Takes the right to one cancel, or says when there will be one.
    [[nodiscard]] std::optional<clock::time_point> cancel_not_before(clock::time_point now) noexcept;

    [[nodiscard]] clock::time_point next_deadline() const noexcept override;
    void expire(clock::time_point now) noexcept override;

    // One of its connections is behind a pooler that gives each transaction another server process: they all are.
    void found_pooler() noexcept { behind_pooler_.store(true); }
    [[nodiscard]] bool behind_pooler() const noexcept { return behind_pooler_.load(); }

    [[nodiscard]] static bool is_permanent(const error&) noexcept;

private:
    void admit() noexcept;

    const std::shared_ptr<control> control_;
    std::atomic<bool> behind_pooler_{false};
    std::atomic<std::uint64_t> successes_{0};
    mutable std::mutex mutex_;
    connect_queue queue_;                                        // guarded by mutex_
    token_bucket cancels_;                                       // guarded by mutex_
    std::map<std::uint64_t, std::weak_ptr<session_core>> wait_;  // guarded by mutex_
    error last_failure_;                                         // guarded by mutex_
    std::minstd_rand random_;                                    // guarded by mutex_
};

}  // namespace sluice::runtime
