#pragma once
// Rare branches by name. A run in which one of them was never reached has not tested what it says it tests.
//
// Threads: a value; one at a time.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::sim {

enum class mark : std::uint8_t {
    cancelled_before_queued,
    cancelled_while_queued,
    cancelled_total_while_running,
    cancel_too_late_for_its_call,
    cancel_lost_at_entry,
    cancel_ignored,
    cancel_agreed,
    cancel_sent_again,
    cancel_postponed_by_bucket,
    cancel_hung,
    cancel_hung_for_good,
    worker_waited_at_the_gate,
    deadline_while_queued,
    deadline_while_queued_in_recovery,
    deadline_while_running,
    answered_without_worker,
    came_back_after_the_answer,
    came_back_after_being_given_up,
    given_up_while_running,
    given_up_while_fetching,
    given_up_while_connecting,
    given_up_while_leaving,
    budget_used_up,
    budget_returned,
    stuck_for_good,
    no_thread_for_first,
    no_thread_for_later,
    refused_in_failed,
    asked_in_failed,
    trigger_started,
    trigger_collapsed,
    trigger_stale,
    trigger_while_running,
    trigger_while_fetching,
    trigger_while_connecting,
    bound_requests_failed,
    transaction_lost,
    commit_unknown,
    lost_after_effect,
    lost_before_effect,
    first_connect_failed,
    later_connect_failed,
    permanent_failure,
    connected_too_late,
    leave_given_back,
    admitted_behind_probe,
    asked_overtook,
    mailbox_full,
    stream_read_to_its_end,
    stream_lost,
    stream_closed_early,
    stream_never_read,
    stream_busy,
    reader_second,
    reader_late,
    reader_cancelled,
    window_full,
    released_while_waiting,
    released_while_connecting,
    released_while_running,
    closed_while_recovering,
    pool_line_full,
    pool_waiter_late,
    pool_waiter_cancelled,
    pool_idle_was_lost,
    pool_returned_broken,
    pool_reset,
    pool_connect_failed,
    pool_lends_several,
    pool_session_left,
    pool_resized,
    pool_evicted,
    pool_checked,
    pool_check_failed,
    pool_check_cancelled,
    pool_check_late,
    pool_tested,
    pool_test_failed,
    pool_down,
    pool_overdue,
    shutdown_drained,
    shutdown_cancelled,
    shutdown_while_waiting,
    shutdown_while_connecting,
    shutdown_while_running,
    shutdown_gave_up,
    shutdown_with_cancel_under_way,
    served_again_after_healing,
    slots_kept_by_stuck_threads,
    count,
};

[[nodiscard]] std::string_view to_string(mark) noexcept;

class mark_counts {
public:
    void reach(mark m) noexcept { ++times_[static_cast<std::size_t>(m)]; }
    void add(const mark_counts& more) noexcept {
        for (std::size_t i = 0; i < times_.size(); ++i) times_[i] += more.times_[i];
    }
    [[nodiscard]] std::uint64_t times(mark m) const noexcept { return times_[static_cast<std::size_t>(m)]; }
    [[nodiscard]] std::vector<mark> missed() const {
        std::vector<mark> none;
        for (std::size_t i = 0; i < times_.size(); ++i) {
            if (times_[i] == 0) none.push_back(static_cast<mark>(i));
        }
        return none;
    }

private:
    std::array<std::uint64_t, static_cast<std::size_t>(mark::count)> times_{};
};

}  // namespace sluice::sim
