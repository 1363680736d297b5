#include "worker_registry.hpp"

#include "failure.hpp"

#include <algorithm>
#include <system_error>

namespace sluice::runtime {

result<void> worker_registry::start(const std::shared_ptr<session_core>& core, std::weak_ptr<control> control) {
    sweep();
    const std::lock_guard lock(mutex_);
    if (stopped_) return engine_gone();
    if (workers_.size() >= sessions_max_) {
        return failure(errc::too_large,
                       "the engine has as many sessions as engine_options::sessions_max allows (" +
                           std::to_string(sessions_max_) + ")",
                       outcome::none, session_state::none);
    }
    try {
        auto& made = workers_[core->id()];
        made.core = core;
        made.thread = std::thread([core, control = std::move(control), self = shared_from_this()] {
            core->run();
            self->ended(core->id());
            if (const auto alive = control.lock()) alive->kick();
        });
    } catch (const std::system_error& e) {
        workers_.erase(core->id());
        return failure(errc::worker_lost, std::string("the system gives no thread: ") + e.what(), outcome::none,
                       session_state::none);
    }
    return {};
}

void worker_registry::ended(session_id id) noexcept {
    const std::lock_guard lock(mutex_);
    if (const auto it = workers_.find(id); it != workers_.end()) it->second.ended = true;
    changed_.notify_all();
}

void worker_registry::sweep() {
    std::vector<entry> over;
    {
        const std::lock_guard lock(mutex_);
        for (auto it = workers_.begin(); it != workers_.end();) {
            if (!it->second.ended) {
                ++it;
                continue;
            }
            over.push_back(std::move(it->second));
            it = workers_.erase(it);
        }
    }
    for (auto& worker : over) worker.thread.join();
}

void worker_registry::stop(clock::time_point until) noexcept {
    std::vector<std::shared_ptr<session_core>> cores;
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        for (const auto& [id, worker] : workers_) cores.push_back(worker.core);
    }
    for (const auto& core : cores) core->shut_down();
    {
        std::unique_lock lock(mutex_);
        changed_.wait_until(lock, until, [this] {
            return std::all_of(workers_.begin(), workers_.end(), [](const auto& w) { return w.second.ended; });
        });
    }
    sweep();
    std::map<session_id, entry> stuck;
    {
        const std::lock_guard lock(mutex_);
        stuck.swap(workers_);
    }
    // Without the lock: what is answered here may run code of the user's.
    for (auto& [id, worker] : stuck) {
        worker.core->give_up();
        worker.thread.detach();
    }
}

}  // namespace sluice::runtime
