#include "worker_registry.hpp"

#include "control.hpp"
#include "event_sink.hpp"
#include "failure.hpp"
#include "session_core.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <string>
#include <system_error>

namespace sluice::runtime {

result<void> worker_registry::add(const std::shared_ptr<session_core>& core) {
    sweep();
    const std::lock_guard lock(mutex_);
    if (stopped_) return engine_gone();
    if (sessions_.size() >= sessions_max_) {
        return failure(errc::too_large,
                       "the engine has as many sessions as engine_options::sessions_max allows (" +
                           std::to_string(sessions_max_) + ")",
                       outcome::none, session_state::none);
    }
    sessions_[core->id()].core = core;
    return {};
}

result<void> worker_registry::start(const std::shared_ptr<session_core>& core, std::shared_ptr<incarnation> made) {
    const std::lock_guard lock(mutex_);
    if (stopped_) return engine_gone();
    auto& threads = sessions_[core->id()].threads;
    // Threads that have not left yet are not in the budget, but they are not without bound.
    const auto beside = std::count_if(threads.begin(), threads.end(), [](const entry& one) {
        return one.now == standing::leaving || (one.now == standing::quarantined && !one.in_budget);
    });
    if (static_cast<std::size_t>(beside) > limits::leaving_workers_max) {
        return failure(errc::worker_lost,
                       "earlier workers of this session have not come back from the driver: it gets another one when "
                       "they have",
                       outcome::none, session_state::quarantined);
    }
    try {
        auto& one = threads.emplace_back();
        one.generation = made->generation;
        one.thread = worker_thread(stack_bytes_, detail::task([mine = std::shared_ptr(core), made = std::move(made),
                                                               self = shared_from_this()]() mutable {
                                       mine->run(made);
                                       const auto id = mine->id();
                                       const auto generation = made->generation;
                                       const auto control = self->control_;
                                       mine.reset();
                                       made.reset();
                                       self->ended(id, generation);
                                       self.reset();
                                       if (const auto alive = control.lock()) alive->kick();
                                   }));
    } catch (const std::system_error& e) {
        threads.pop_back();
        return failure(errc::worker_lost, std::string("the system gives no thread: ") + e.what(), outcome::none,
                       session_state::none);
    }
    return {};
}

worker_registry::entry* worker_registry::find(session_id id, std::uint64_t generation) noexcept {
    const auto session = sessions_.find(id);
    if (session == sessions_.end()) return nullptr;
    for (entry& one : session->second.threads)
        if (one.generation == generation) return &one;
    return nullptr;
}

void worker_registry::ended(session_id id, std::uint64_t generation) noexcept {
    const std::lock_guard lock(mutex_);
    if (entry* one = find(id, generation)) {
        if (one->now == standing::quarantined) ++returned_;
        if (one->in_budget) --budget_used_;
        one->in_budget = false;
        one->now = standing::ended;
    }
    changed_.notify_all();
}

void worker_registry::set_leaving(entry& one, clock::time_point by) noexcept {
    if (one.now != standing::serving) return;
    one.now = standing::leaving;
    one.leave_by = by;
}

void worker_registry::tell(clock::time_point at) noexcept {
    if (const auto alive = control_.lock()) alive->sooner(at);
}

void worker_registry::closed(session_id id) noexcept {
    const auto by = time_.now() + limits::cancel_grace;
    {
        const std::lock_guard lock(mutex_);
        const auto session = sessions_.find(id);
        if (session == sessions_.end()) return;
        session->second.is_closed = true;
        for (entry& one : session->second.threads) set_leaving(one, by);
    }
    tell(by);
    if (const auto alive = control_.lock()) alive->kick();
}

void worker_registry::leaving(session_id id, const incarnation& of) noexcept {
    const auto by = time_.now() + limits::cancel_grace;
    {
        const std::lock_guard lock(mutex_);
        if (entry* one = find(id, of.generation)) set_leaving(*one, by);
    }
    tell(by);
}

bool worker_registry::count_as_stuck(entry& one) noexcept {
    if (one.now == standing::ended || one.now == standing::quarantined) return true;
    one.now = standing::quarantined;
    one.leave_by = clock::time_point::max();
    ++quarantined_ever_;
    if (budget_used_ >= quarantined_max_) return false;
    ++budget_used_;
    one.in_budget = true;
    return true;
}

bool worker_registry::quarantine(session_id id, const incarnation& of) noexcept {
    const std::lock_guard lock(mutex_);
    entry* one = find(id, of.generation);
    return one == nullptr || count_as_stuck(*one);
}

bool worker_registry::is_quarantined(session_id id, const incarnation& of) const noexcept {
    const std::lock_guard lock(mutex_);
    const auto session = sessions_.find(id);
    if (session == sessions_.end()) return false;
    return std::any_of(session->second.threads.begin(), session->second.threads.end(), [&](const entry& one) {
        return one.generation == of.generation && one.now == standing::quarantined;
    });
}

bool worker_registry::has_room(session_id id) const noexcept {
    const std::lock_guard lock(mutex_);
    if (budget_used_ < quarantined_max_) return true;
    const auto session = sessions_.find(id);
    return session == sessions_.end() ||
           std::none_of(session->second.threads.begin(), session->second.threads.end(),
                        [](const entry& one) { return one.now == standing::quarantined && !one.in_budget; });
}

bool worker_registry::take_quarantine() noexcept {
    const std::lock_guard lock(mutex_);
    if (budget_used_ >= quarantined_max_) return false;
    ++budget_used_;
    ++others_;
    ++quarantined_ever_;
    return true;
}

void worker_registry::returned_from_quarantine() noexcept {
    const std::lock_guard lock(mutex_);
    --budget_used_;
    --others_;
    ++returned_;
}

clock::time_point worker_registry::next_deadline() const noexcept {
    const std::lock_guard lock(mutex_);
    auto soonest = clock::time_point::max();
    for (const auto& [id, session] : sessions_)
        for (const entry& one : session.threads) soonest = std::min(soonest, one.leave_by);
    return soonest;
}

void worker_registry::expire(clock::time_point now) noexcept {
    std::vector<std::pair<session_id, std::uint64_t>> stuck;
    {
        const std::lock_guard lock(mutex_);
        for (auto& [id, session] : sessions_)
            for (entry& one : session.threads) {
                if (one.leave_by > now) continue;
                one.leave_by = clock::time_point::max();
                if (one.now != standing::leaving) continue;
                (void)count_as_stuck(one);
                stuck.emplace_back(id, one.generation);
            }
    }
    for (const auto& [id, generation] : stuck)
        events_->tell(event_kind::worker_quarantined, id, generation,
                      "a worker that has nothing more to do is stuck in the driver");
}

void worker_registry::sweep() noexcept {
    std::vector<worker_thread> over;
    std::vector<std::shared_ptr<session_core>> gone;  // counted and freed without the lock
    {
        const std::lock_guard lock(mutex_);
        for (auto it = sessions_.begin(); it != sessions_.end();) {
            auto& threads = it->second.threads;
            for (auto one = threads.begin(); one != threads.end();) {
                if (one->now != standing::ended) {
                    ++one;
                    continue;
                }
                over.push_back(std::move(one->thread));
                one = threads.erase(one);
            }
            if (it->second.is_closed && threads.empty()) gone.push_back(it->second.core);
            ++it;
        }
    }
    for (auto& thread : over) thread.join();
    for (const auto& session : gone) {
        const session_count last = session->counted();
        const std::lock_guard lock(mutex_);
        if (sessions_.erase(session->id()) != 0) over_.add(last);
    }
}

std::vector<std::shared_ptr<session_core>> worker_registry::begin_stop() noexcept {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    std::vector<std::shared_ptr<session_core>> all;
    for (const auto& [id, session] : sessions_) all.push_back(session.core);
    return all;
}

bool worker_registry::none_left() const noexcept {
    return std::all_of(sessions_.begin(), sessions_.end(), [](const auto& session) {
        return std::all_of(session.second.threads.begin(), session.second.threads.end(),
                           [](const entry& one) { return one.now == standing::ended; });
    });
}

bool worker_registry::all_ended() const noexcept {
    const std::lock_guard lock(mutex_);
    return none_left();
}

bool worker_registry::wait_for_all(clock::time_point until) noexcept {
    std::unique_lock lock(mutex_);
    return time_.wait_until(changed_, lock, until, [this] { return none_left(); });
}

std::size_t worker_registry::abandon() noexcept {
    sweep();
    std::map<session_id, session_entry> left;
    {
        const std::lock_guard lock(mutex_);
        left.swap(sessions_);
    }
    std::size_t stuck = 0;
    // Without the lock: what is answered here may run code of the user's.
    for (auto& [id, session] : left) {
        session.core->give_up();
        const session_count last = session.core->counted();
        {
            const std::lock_guard lock(mutex_);
            over_.add(last);
        }
        for (entry& one : session.threads) {
            if (one.now != standing::ended) {
                ++stuck;
                one.thread.detach();
            } else {
                one.thread.join();
            }
        }
    }
    return stuck;
}

worker_registry::count worker_registry::counted() const {
    const std::lock_guard lock(mutex_);
    count made;
    made.sessions = sessions_.size();
    made.quarantined = others_;
    for (const auto& [id, session] : sessions_)
        for (const entry& one : session.threads) {
            made.threads += one.now != standing::ended ? 1 : 0;
            made.leaving += one.now == standing::leaving ? 1 : 0;
            made.quarantined += one.now == standing::quarantined ? 1 : 0;
        }
    made.quarantined_ever = quarantined_ever_;
    made.returned = returned_;
    return made;
}

std::vector<std::shared_ptr<session_core>> worker_registry::sessions(session_count& over) const {
    const std::lock_guard lock(mutex_);
    over = over_;
    std::vector<std::shared_ptr<session_core>> all;
    for (const auto& [id, session] : sessions_) all.push_back(session.core);
    return all;
}

}  // namespace sluice::runtime
