#include "engine_core.hpp"

#include "failure.hpp"

namespace sluice::runtime {

engine_core::engine_core(engine_options options, std::shared_ptr<detail::completion_queue> queue)
    : options_(std::move(options)),
      own_queue_(queue ? nullptr : std::make_shared<completion_thread>()),
      queue_(queue ? std::move(queue) : own_queue_),
      workers_(std::make_shared<worker_registry>(options_.sessions_max())),
      control_(std::make_shared<control>([workers = workers_] { workers->sweep(); })) {}

engine_core::~engine_core() {
    stop();
}

void engine_core::stop() noexcept {
    const auto until = clock::now() + options_.shutdown_grace();
    std::vector<std::shared_ptr<pool_core>> pools;
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(stopped_, true)) return;
        for (const auto& weak : pools_) {
            if (auto alive = weak.lock()) pools.push_back(std::move(alive));
        }
    }
    for (const auto& pool : pools) pool->shut_down();
    workers_->stop(until);
    control_->stop();
    if (own_queue_) own_queue_->stop(until);
}

result<std::shared_ptr<session_core>> engine_core::start_session(const connect_options& options) {
    const session_id id(sessions_.fetch_add(1) + 1);
    auto core = std::make_shared<session_core>(id, options.mailbox_slots(), control_, queue_);
    control_->watch(std::weak_ptr<deadline_source>(core));
    if (auto started = workers_->start(core, control_); !started) return started.error();
    return core;
}

std::shared_ptr<pool_core> engine_core::make_pool(std::string connection_string, pool_options options) {
    auto made = std::make_shared<pool_core>(weak_from_this(), control_, queue_, std::move(connection_string),
                                            std::move(options));
    control_->watch(std::weak_ptr<deadline_source>(made));
    const std::lock_guard lock(mutex_);
    std::erase_if(pools_, [](const auto& weak) { return weak.expired(); });
    pools_.push_back(made);
    return made;
}

void engine_core::connect(std::string connection_string, const connect_options& options,
                          detail::completion<session> done) {
    auto core = start_session(options);
    if (!core) return done(core.error());
    protocol::connect request(std::move(connection_string));
    request.login_timeout = options.login_timeout();
    submission how;
    how.deadline = options.deadline().from(how.accepted_at);
    how.stop = options.stop();
    auto connected = adapt_completion<protocol::connect::reply>(
        std::move(done), [owner = std::make_shared<session_owner>(*core)](
                             detail::completion<session> caller, result<protocol::connect::reply> r) mutable noexcept {
            if (r) return caller(session(std::move(owner)));
            owner.reset();
            caller(r.error());
        });
    (*core)->submit(std::move(request), std::move(how), std::move(connected));
}

}  // namespace sluice::runtime
