#include "engine_core.hpp"

#include "failure.hpp"
#include "memory_budget.hpp"

namespace sluice::runtime {

engine_core::engine_core(engine_options options, std::shared_ptr<detail::completion_queue> queue)
    : options_(std::move(options)),
      time_(options_.time()),
      own_queue_(queue ? nullptr : std::make_shared<completion_thread>()),
      queue_(queue ? std::move(queue) : own_queue_),
      events_(std::make_shared<event_sink>(options_.on_event(), queue_)),
      workers_(std::make_shared<worker_registry>(options_.sessions_max(), options_.quarantined_max(),
                                                 options_.worker_stack_bytes(), time_, events_)),
      memory_(std::make_shared<memory_budget>(options_.memory_max())) {
    // The control thread comes before what asks it for its time, and hears of the end after that is there.
    const auto ends = std::make_shared<std::weak_ptr<engine_stop>>();
    control_ = std::make_shared<control>(
        [workers = workers_, ends] {
            workers->sweep();
            if (const auto end = ends->lock()) end->swept();
        },
        time_);
    workers_->use(control_);
    memory_->use(control_);
    cancels_ = std::make_shared<canceller>(control_, workers_, events_);
    metrics_ = std::make_shared<metrics_source>(workers_, cancels_, events_, memory_);
    end_ = std::make_shared<engine_stop>(workers_, cancels_, time_);
    *ends = end_;
    control_->watch(std::weak_ptr<deadline_source>(workers_));
    control_->watch(std::weak_ptr<deadline_source>(cancels_));
    control_->watch(std::weak_ptr<deadline_source>(memory_));
    control_->watch(std::weak_ptr<deadline_source>(end_));
}

engine_core::~engine_core() {
    stop();
}

void engine_core::shut_pools_down() noexcept {
    std::vector<std::shared_ptr<pool_core>> pools;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& weak : pools_) {
            if (auto alive = weak.lock()) pools.push_back(std::move(alive));
        }
    }
    for (const auto& pool : pools) pool->shut_down();
}

void engine_core::begin_end(const engine_stop::plan& how) noexcept {
    control_->end_pauses();
    shut_pools_down();
    end_->begin(how);
    control_->sooner(how.press_at);
}

void engine_core::shut_down(shutdown_mode mode, clock::duration grace,
                            detail::completion<shutdown_report> done) noexcept {
    const auto now = time_.now();
    engine_stop::plan how;
    how.refuse_queued = mode == shutdown_mode::cancel;
    how.press_at = mode == shutdown_mode::cancel ? now : now + grace / 2;
    how.until = now + grace;
    end_->tell(std::move(done));
    begin_end(how);
}

void engine_core::stop() noexcept {
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(stopped_, true)) return;
    }
    const auto now = time_.now();
    engine_stop::plan how;
    how.press_at = now + options_.shutdown_grace() / 2;
    how.until = now + options_.shutdown_grace();
    begin_end(how);
    end_->wait();
    control_->stop();
    if (own_queue_) own_queue_->stop(time_.on_machine(how.until));
}

protocol::connect connect_request(std::string connection_string, const connect_options& options) {
    protocol::connect made(std::move(connection_string));
    made.login_timeout = options.login_timeout();
    made.statement_cache = options.statement_cache();
    made.transaction_pooler = options.transaction_pooler();
    made.on_connect = options.on_connect();
    return made;
}

std::shared_ptr<endpoint> engine_core::endpoint_of(const std::string& connection_string) {
    const std::lock_guard lock(mutex_);
    auto& known = endpoints_[connection_string];
    auto made = known.lock();
    if (made) return made;
    made = std::make_shared<endpoint>(control_, options_.cancels_per_second());
    control_->watch(std::weak_ptr<deadline_source>(made));
    known = made;
    std::erase_if(endpoints_, [](const auto& one) { return one.second.expired(); });
    return made;
}

result<std::shared_ptr<session_core>> engine_core::start_session(const protocol::connect& request,
                                                                 const connect_options& options) {
    const session_id id(sessions_.fetch_add(1) + 1);
    session_surroundings with{control_, queue_,   workers_, cancels_, endpoint_of(request.connection_string),
                              events_,  metrics_, memory_};
    auto core = std::make_shared<session_core>(id, request, options, std::move(with));
    if (auto added = workers_->add(core); !added) return added.error();
    control_->watch(std::weak_ptr<deadline_source>(core));
    return core;
}

std::shared_ptr<pool_core> engine_core::make_pool(std::string connection_string, const pool_options& options) {
    auto made = std::make_shared<pool_core>(weak_from_this(), control_, queue_, endpoint_of(connection_string),
                                            connection_string, options, metrics_->catalog());
    control_->watch(std::weak_ptr<deadline_source>(made));
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(pools_, [](const auto& weak) { return weak.expired(); });
        pools_.push_back(made);
    }
    if (options.eager()) made->start();
    return made;
}

void engine_core::connect(std::string connection_string, const connect_options& options,
                          detail::completion<session> done) {
    auto request = connect_request(std::move(connection_string), options);
    auto core = start_session(request, options);
    if (!core) return done(core.error());
    auto how = submission_with(options, time_);
    auto connected = adapt_completion<protocol::connect::reply>(
        std::move(done), [owner = std::make_shared<session_owner>(*core)](
                             detail::completion<session> caller, result<protocol::connect::reply> r) mutable noexcept {
            if (r) return caller(session(std::move(owner)));
            owner.reset();
            caller(r.error());
        });
    (*core)->begin(true);
    (*core)->submit(std::move(request), std::move(how), std::move(connected));
}

}  // namespace sluice::runtime
