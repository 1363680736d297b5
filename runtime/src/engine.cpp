// The public handles of engines and pools.

#include "checkout_settings.hpp"
#include "engine_core.hpp"
#include "failure.hpp"

#include <sluice/odbc/installed.hpp>
#include <sluice/odbc/sqlite_library.hpp>
#include <sluice/runtime/engine.hpp>
#include <sluice/runtime/sqlite.hpp>

namespace sluice {

engine::engine(engine_options options, std::shared_ptr<detail::completion_queue> queue) {
    if (auto wrong = options.problems()) throw database_error(*wrong);
    core_ = std::make_shared<runtime::engine_core>(std::move(options), std::move(queue));
}

engine::engine(engine&&) noexcept = default;

namespace {

// In a child of the process that made it, it is left as it is: its threads are not here, and its locks may be held.
void end(const std::shared_ptr<runtime::engine_core>& core) {
    if (core && core->is_foreign())
        (void)new std::shared_ptr(core);
    else if (core)
        core->stop();
}

}  // namespace

engine& engine::operator=(engine&& other) noexcept {
    if (this != &other) {
        end(core_);
        core_ = std::move(other.core_);
    }
    return *this;
}

engine::~engine() {
    end(core_);
}

metrics_snapshot engine::metrics() const {
    return core_ && !core_->is_foreign() ? core_->metrics() : metrics_snapshot();
}

engine_executor engine::get_executor() const noexcept {
    return detail::executor_of(core_);
}

namespace {

// Everything that is wrong with the arguments, in one error.
[[nodiscard]] std::optional<error> problems_of(const std::string& text, const std::optional<error>& wrong_options) {
    std::string message;
    const auto parsed = connection_string::parse(text);
    if (!parsed)
        message = parsed.error().message();
    else if (parsed->empty())
        message = "the connection string is empty: it needs at least Driver= or DSN=";
    if (wrong_options) message += (message.empty() ? "" : "; ") + wrong_options->message();
    if (message.empty()) return std::nullopt;
    return runtime::failure(errc::invalid_argument, std::move(message), outcome::none, session_state::none);
}

}  // namespace

result<pool> engine::try_open(std::string connection_string, pool_options options) {
    if (!core_) return runtime::closed_handle();
    if (core_->is_foreign()) return runtime::of_another_process();
    if (auto wrong = problems_of(connection_string, options.problems())) return *wrong;
    if (auto settled = runtime::settle_checkout(connection_string, options); !settled) return settled.error();
    return pool(std::make_shared<runtime::pool_owner>(core_->make_pool(std::move(connection_string), options)));
}

pool engine::open(std::string connection_string, pool_options options) {
    return try_open(std::move(connection_string), std::move(options)).value();
}

std::future<session> engine::connect(std::string connection_string, connect_options options) {
    return detail::start_with_future<session>([&](detail::completion<session> done) {
        detail::start_connect(core_, std::move(connection_string), std::move(options), std::move(done));
    });
}

std::future<shutdown_report> engine::shutdown(shutdown_mode mode, clock::duration grace) {
    return detail::start_with_future<shutdown_report>(
        [&](detail::completion<shutdown_report> done) { detail::start_shutdown(core_, mode, grace, std::move(done)); });
}

result<void> sqlite_without_mutexes() {
    return odbc::sqlite_without_mutexes();
}

result<std::vector<installed_driver>> installed_drivers() {
    return odbc::installed_drivers();
}

result<std::vector<data_source>> data_sources() {
    return odbc::data_sources();
}

namespace detail {

void start_connect(const std::shared_ptr<runtime::engine_core>& core, std::string connection_string,
                   connect_options options, completion<session> done) {
    if (!core) return done(runtime::closed_handle());
    if (core->is_foreign()) return done(runtime::of_another_process());
    if (auto wrong = problems_of(connection_string, options.problems())) return done(*wrong);
    if (auto dropped = runtime::drop_checkout_keys(connection_string); !dropped) return done(dropped.error());
    core->connect(std::move(connection_string), options, std::move(done));
}

void start_shutdown(const std::shared_ptr<runtime::engine_core>& core, shutdown_mode mode, clock::duration grace,
                    completion<shutdown_report> done) {
    if (!core) return done(runtime::closed_handle());
    if (core->is_foreign()) return done(runtime::of_another_process());
    if (grace < clock::duration::zero() || grace > limits::shutdown_grace_max)
        return done(runtime::failure(errc::invalid_argument, "the grace is not within 0 to 600 s", outcome::none,
                                     session_state::none));
    core->shut_down(mode, grace, std::move(done));
}

engine_executor executor_of(const std::shared_ptr<runtime::engine_core>& core) noexcept {
    return core ? engine_executor(core->queue()) : engine_executor();
}

}  // namespace detail

}  // namespace sluice
