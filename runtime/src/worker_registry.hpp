#pragma once
// The sessions of an engine and their worker threads: started, joined when they have ended, counted as quarantined when
// they do not come back from a driver, left behind when the engine cannot wait any longer.
//
// Threads: any thread. Bounded by engine_options::sessions_max and, beyond that, quarantined_max.

#include "deadline_source.hpp"
#include "engine_time.hpp"
#include "incarnation.hpp"
#include "session_count.hpp"
#include "worker_thread.hpp"

#include <sluice/protocol/error.hpp>
#include <sluice/protocol/ids.hpp>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace sluice::runtime {

class control;
class event_sink;
class session_core;

class worker_registry final : public deadline_source, public std::enable_shared_from_this<worker_registry> {
public:
    worker_registry(std::size_t sessions_max, std::size_t quarantined_max, std::size_t stack_bytes, engine_time time,
                    std::shared_ptr<event_sink> events)
        : sessions_max_(sessions_max),
          quarantined_max_(quarantined_max),
          stack_bytes_(stack_bytes),
          time_(std::move(time)),
          events_(std::move(events)) {}
    void use(std::weak_ptr<control> c) { control_ = std::move(c); }  // before anything else

    // Keeps the session until it is closed and its threads have ended. too_large where there are sessions_max already,
    // shutting_down after stop() began.
    [[nodiscard]] result<void> add(const std::shared_ptr<session_core>&);
    // Starts the thread of an incarnation. worker_lost where the system gives none, shutting_down after stop() began.
    [[nodiscard]] result<void> start(const std::shared_ptr<session_core>&, std::shared_ptr<incarnation>);
    // The session is closed: its threads are to end within limits::cancel_grace, or are quarantined.
    void closed(session_id) noexcept;
    // The thread of this incarnation serves its session no longer, and is to end within limits::cancel_grace.
    void leaving(session_id, const incarnation&) noexcept;
    // It is stuck. False: the budget is used up, it gets no replacement.
    [[nodiscard]] bool quarantine(session_id, const incarnation&) noexcept;
    [[nodiscard]] bool is_quarantined(session_id, const incarnation&) const noexcept;
    // Whether a session may have another worker: the budget has room, or none of its own is stuck beyond it.
    [[nodiscard]] bool has_room(session_id) const noexcept;
    // The same for a thread that belongs to no session.
    [[nodiscard]] bool take_quarantine() noexcept;
    void returned_from_quarantine() noexcept;

    // Joins the threads that have ended, forgets sessions that are closed.
    void sweep() noexcept;
    [[nodiscard]] clock::time_point next_deadline() const noexcept override;
    void expire(clock::time_point now) noexcept override;

    // No session is added and no thread started any more; who is there now.
    [[nodiscard]] std::vector<std::shared_ptr<session_core>> begin_stop() noexcept;
    // Whether every thread has ended; waits until then.
    [[nodiscard]] bool all_ended() const noexcept;
    [[nodiscard]] bool wait_for_all(clock::time_point until) noexcept;
    // Those that have not ended are left behind: how many.
    std::size_t abandon() noexcept;

    struct count {
        std::size_t sessions = 0;
        std::size_t threads = 0;  // serving, leaving or quarantined
        std::size_t leaving = 0;
        std::size_t quarantined = 0;  // threads of cancellers among them
        std::uint64_t quarantined_ever = 0;
        std::uint64_t returned = 0;  // came back from quarantine
    };
    [[nodiscard]] count counted() const;
    // Those that are kept, and what those had counted that are not any more.
    [[nodiscard]] std::vector<std::shared_ptr<session_core>> sessions(session_count& over) const;
    [[nodiscard]] std::size_t quarantined_max() const noexcept { return quarantined_max_; }

private:
    enum class standing : std::uint8_t { serving, leaving, quarantined, ended };
    struct entry {
        worker_thread thread;
        std::uint64_t generation = 0;
        standing now = standing::serving;
        clock::time_point leave_by = clock::time_point::max();
        bool in_budget = false;
    };
    struct session_entry {
        std::shared_ptr<session_core> core;
        std::vector<entry> threads;
        bool is_closed = false;
    };
    [[nodiscard]] entry* find(session_id, std::uint64_t generation) noexcept;  // REQUIRES: mutex_ held
    [[nodiscard]] bool none_left() const noexcept;                             // REQUIRES: mutex_ held
    bool count_as_stuck(entry&) noexcept;                                      // REQUIRES: mutex_ held
    void set_leaving(entry&, clock::time_point by) noexcept;                   // REQUIRES: mutex_ held
    void ended(session_id, std::uint64_t generation) noexcept;
    void tell(clock::time_point) noexcept;

    const std::size_t sessions_max_;
    const std::size_t quarantined_max_;
    const std::size_t stack_bytes_;
    const engine_time time_;
    const std::shared_ptr<event_sink> events_;
    std::weak_ptr<control> control_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::map<session_id, session_entry> sessions_;  // guarded by mutex_
    session_count over_;                            // guarded by mutex_: of sessions that are kept no longer
    std::size_t budget_used_ = 0;                   // guarded by mutex_
    std::size_t others_ = 0;                        // guarded by mutex_: of budget_used_, threads of no session
    std::uint64_t quarantined_ever_ = 0;            // guarded by mutex_
    std::uint64_t returned_ = 0;                    // guarded by mutex_
    bool stopped_ = false;                          // guarded by mutex_
};

}  // namespace sluice::runtime
