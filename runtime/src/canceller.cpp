#include "canceller.hpp"

#include "event_sink.hpp"
#include "incarnation.hpp"
#include "session_core.hpp"
#include "worker_registry.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace sluice::runtime {

// One thread of the canceller. What is guarded is guarded by the canceller's mutex.
struct canceller::life {
    std::thread thread;                                    // guarded
    bool ended = false;                                    // guarded
    bool abandoned = false;                                // guarded: another one has its place
    bool told = false;                                     // guarded: that the present cancel does not come back
    session_id at;                                         // guarded: whose request the present cancel is for
    std::uint64_t generation = 0;                          // guarded: of its worker
    clock::time_point overdue = clock::time_point::max();  // guarded: of the present cancel
};

canceller::canceller(std::shared_ptr<control> control, std::weak_ptr<worker_registry> workers,
                     std::shared_ptr<event_sink> events)
    : control_(std::move(control)), workers_(std::move(workers)), events_(std::move(events)) {}

canceller::~canceller() {
    stop(control_->now());
}

void canceller::start() {
    auto made = std::make_shared<life>();
    made->thread = std::thread([self = shared_from_this(), made] { self->run(made); });
    thread_ = std::move(made);
}

void canceller::ask(std::shared_ptr<session_core> by, std::shared_ptr<incarnation> of, std::uint64_t number) noexcept {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    // A later request of the same incarnation takes the place of an earlier one, which is over.
    const auto same = std::find_if(line_.begin(), line_.end(), [&](const entry& e) { return e.of == of; });
    if (same != line_.end()) {
        same->number = number;
        return;
    }
    line_.push_back({std::move(by), std::move(of), number, clock::time_point::min()});
    try {
        if (!thread_) start();
    } catch (const std::system_error&) {
        // No thread, no cancel: the request is answered without it. The next one tries again.
        line_.pop_back();
        return;
    }
    changed_.notify_all();
}

void canceller::run(const std::shared_ptr<life>& me) noexcept {
    std::unique_lock lock(mutex_);
    while (!stopped_ && !me->abandoned) {
        const auto now = control_->now();
        auto first = clock::time_point::max();
        auto next = line_.end();
        for (auto it = line_.begin(); it != line_.end() && next == line_.end(); ++it) {
            if (it->not_before <= now)
                next = it;
            else
                first = std::min(first, it->not_before);
        }
        if (next == line_.end()) {
            if (first == clock::time_point::max())
                changed_.wait(lock);
            else
                control_->time().wait_until(changed_, lock, first);
            continue;
        }
        // What nobody can interrupt costs nothing of the rate.
        const bool in_vain = !next->of->gate.has_interruptible(next->number);
        const auto later = in_vain ? std::nullopt : next->by->where()->cancel_not_before(now);
        if (later) {
            if (next->not_before == clock::time_point::min()) ++count_.postponed;
            next->not_before = *later;
            continue;
        }
        entry mine = std::move(*next);
        line_.erase(next);
        me->overdue = now + limits::cancel_call_max;
        me->told = false;
        me->at = mine.by->id();
        me->generation = mine.of->generation;
        lock.unlock();
        control_->sooner(now + limits::cancel_call_max);
        const bool sent = interrupt(mine);
        mine.by->cancel_done(mine.of, mine.number, sent);
        mine = entry();
        lock.lock();
        me->overdue = clock::time_point::max();
    }
    me->ended = true;
    if (me->abandoned) {
        if (const auto workers = workers_.lock()) workers->returned_from_quarantine();
    }
    changed_.notify_all();
}

bool canceller::interrupt(const entry& e) noexcept {
    using way = odbc::interruption::way;
    const auto call = e.of->gate.begin_interruption(e.number);
    if (!call) {
        const std::lock_guard lock(mutex_);
        ++count_.missed;
        return false;
    }
    bool sent = false;
    try {
        sent = call->how == way::statement ? odbc::interrupt(*call)
                                           : odbc::interrupt_from_side(e.by->connect_request(), *call).has_value();
    } catch (...) {
        sent = false;
    }
    // Refused or not, the driver has been told.
    e.of->gate.end_interruption(true);
    const std::lock_guard lock(mutex_);
    ++(sent ? count_.sent : count_.refused);
    return true;
}

clock::time_point canceller::next_deadline() const noexcept {
    const std::lock_guard lock(mutex_);
    return thread_ ? thread_->overdue : clock::time_point::max();
}

void canceller::expire(clock::time_point now) noexcept {
    const std::lock_guard lock(mutex_);
    if (!thread_ || thread_->overdue > now) return;
    const auto workers = workers_.lock();
    const bool replaced = !stopped_ && workers && workers->take_quarantine();
    if (!std::exchange(thread_->told, true))
        events_->tell(event_kind::cancel_stuck, thread_->at, thread_->generation,
                      replaced ? "a cancel does not come back from the driver; its thread is replaced"
                               : "a cancel does not come back from the driver; its thread is not replaced, for "
                                 "engine_options::quarantined_max threads are stuck already: nobody can be cancelled "
                                 "meanwhile");
    if (!replaced) {
        thread_->overdue = now + limits::cancel_call_max;  // it stays in its place
        return;
    }
    ++count_.stuck;
    thread_->abandoned = true;
    thread_->thread.detach();
    thread_.reset();
    try {
        if (!line_.empty()) start();
    } catch (const std::system_error&) {
        line_.clear();
    }
}

void canceller::stop(clock::time_point until) noexcept {
    std::unique_lock lock(mutex_);
    stopped_ = true;
    line_.clear();
    changed_.notify_all();
    if (!thread_) return;
    const auto mine = std::move(thread_);
    thread_.reset();
    const bool ended = control_->time().wait_until(changed_, lock, until, [&] { return mine->ended; });
    lock.unlock();
    if (ended && mine->thread.get_id() != std::this_thread::get_id())
        mine->thread.join();
    else
        mine->thread.detach();
}

canceller::count canceller::counted() const {
    const std::lock_guard lock(mutex_);
    return count_;
}

}  // namespace sluice::runtime
