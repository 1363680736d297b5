// Why a pool had no session for a caller.

#include "endpoint.hpp"
#include "failure.hpp"
#include "pool_core.hpp"

namespace sluice::runtime {

namespace {

std::string in_words(const pool_shortage& s) {
    return "of at most " + std::to_string(s.max_size) + ", lent " + std::to_string(s.lent) + ", connecting " +
           std::to_string(s.connecting) + "; callers in line " + std::to_string(s.waiting) +
           (s.tested == 0 ? std::string() : "; sessions that have not answered their test " + std::to_string(s.tested));
}

}  // namespace

// `why`: where that does not follow from what the pool has.
error pool_core::no_session(errc code, const std::string& what, std::optional<shortage_reason> why) const {
    pool_shortage now;
    std::optional<error> failed;
    {
        const std::lock_guard lock(mutex_);
        if (where_->successes() == successes_before_ || why == shortage_reason::down) failed = last_failure_;
        if (!failed) failed = where_->last_failure();
        // No room in the engine says nothing of the server.
        const bool failing = failed->code() != errc::ok && failed->code() != errc::too_large;
        now = lender_.shortage(checking_, failing);
        if (why && !failing) now.reason = *why;
    }
    error_record record = failed->record();
    const bool any = record.code != errc::ok;
    if (any) record.cause = std::make_shared<const error_record>(failed->record());
    const bool said = why == shortage_reason::down;  // by what
    record.message = what + (said ? std::string() : " (" + std::string(to_string(now.reason)) + ")") + ": " +
                     in_words(now) + (any ? "; the last connect failed: " + record.message : std::string());
    record.code = code;
    record.outcome = outcome::none;
    record.session = session_state::none;
    record.timings = {};
    record.shortage = now;
    return error(std::move(record));
}

error pool_core::exhausted_error() const {
    return no_session(errc::pool_exhausted, "no session became free by the deadline", std::nullopt);
}

error pool_core::unproven_error() const {
    return no_session(errc::pool_exhausted, "the session had not answered its test by the deadline",
                      shortage_reason::connecting);
}

error pool_core::down_error() const {
    return no_session(errc::circuit_open, "the server is down", shortage_reason::down);
}

error pool_core::full_error() const {
    return no_session(
        errc::queue_full,
        "as many callers wait for a session as pool_options::waiters_max allows (" + std::to_string(waiters_max_) + ")",
        std::nullopt);
}

// The pool has nothing else to hope for: the error of the connect, to so many callers.
error pool_core::turned_away(const error& failed, std::size_t callers) const {
    error_record record = failed.record();
    record.cause = std::make_shared<const error_record>(failed.record());
    const std::lock_guard lock(mutex_);
    record.shortage = lender_.shortage(checking_, failed.code() != errc::too_large);
    record.shortage->waiting = callers;
    return error(std::move(record));
}

}  // namespace sluice::runtime
