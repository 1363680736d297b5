#pragma once
// The threads behind everything: one worker for each session, one control thread that keeps deadlines, one completion
// thread for handlers that name no executor. Make one and keep it; sessions, pools and streams may outlive it and
// answer closed then.
//
//   sluice::engine engine;
//   auto db = engine.open("Driver=SQLite3;Database=/data/app.db");
//
// Threads: any thread may call. The destructor blocks until workers are idle, at most options.shutdown_grace(); what is
// queued is answered with shutting_down; what is inside of a driver when half of it is over is interrupted; what is
// there at its end is answered too, and its thread is left behind.

#include <sluice/protocol/connection_string.hpp>
#include <sluice/protocol/installed.hpp>
#include <sluice/protocol/metrics.hpp>
#include <sluice/runtime/options.hpp>
#include <sluice/runtime/pool.hpp>
#include <sluice/runtime/session.hpp>
#include <sluice/runtime/shutdown.hpp>

#include <future>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

namespace runtime {
class engine_core;
}

class SLUICE_EXPORT engine {
public:
    // Throws database_error(invalid_argument) that lists every problem of the options, before any thread starts.
    engine() : engine(engine_options()) {}
    explicit engine(engine_options options) : engine(std::move(options), nullptr) {}
    // Handlers without an executor of their own run on `executor`: an Asio executor, or anything with execute(f) and
    // ==. It has to outlive the operations. Needs <sluice/runtime/async.hpp>.
    template <class Executor>
    requires detail::executor_like<Executor>
    explicit engine(Executor executor, engine_options options = {});
    engine(engine&&) noexcept;
    engine& operator=(engine&&) noexcept;
    ~engine();

    // A pool of sessions. Does not block and does not connect. Throws database_error(invalid_argument) for a malformed
    // string or options, listing everything wrong; try_open answers with it.
    [[nodiscard]] pool open(std::string connection_string, pool_options options = {});
    [[nodiscard]] result<pool> try_open(std::string connection_string, pool_options options = {});

    // A session outside of any pool.
    [[nodiscard]] std::future<session> connect(std::string connection_string, connect_options options = {});
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, connect_options>
    [[nodiscard]] auto async_connect(std::string connection_string, Token&& token = Token());
    template <class Token = boost::asio::deferred_t>
    requires detail::token_for<Token, connect_options>
    [[nodiscard]] auto async_connect(std::string connection_string, connect_options options, Token&& token = Token());

    // The end without blocking: see shutdown_mode. Complete after `grace` at the latest, whatever drivers do; then
    // everything accepted has been answered, and no thread was started meanwhile. A second call makes it sooner.
    [[nodiscard]] std::future<shutdown_report> shutdown(shutdown_mode, clock::duration grace);
    template <class Token = boost::asio::deferred_t>
    [[nodiscard]] auto async_shutdown(shutdown_mode, clock::duration grace, Token&& token = Token());

    // What has been counted so far; of a moved-from engine nothing. to_json() makes text of it.
    [[nodiscard]] metrics_snapshot metrics() const;

    // Where handlers without an executor run.
    [[nodiscard]] engine_executor get_executor() const noexcept;

private:
    engine(engine_options, std::shared_ptr<detail::completion_queue>);
    std::shared_ptr<runtime::engine_core> core_;
};

// One JSON object; `completed` is an object by the names of the codes, without those that never came.
[[nodiscard]] SLUICE_EXPORT std::string to_json(const metrics_snapshot&);

// What the driver manager knows of. Blocks for the time of reading its files.
[[nodiscard]] SLUICE_EXPORT result<std::vector<installed_driver>> installed_drivers();
[[nodiscard]] SLUICE_EXPORT result<std::vector<data_source>> data_sources();

namespace detail {
SLUICE_EXPORT void start_connect(const std::shared_ptr<runtime::engine_core>&, std::string, connect_options,
                                 completion<session>);
SLUICE_EXPORT void start_shutdown(const std::shared_ptr<runtime::engine_core>&, shutdown_mode, clock::duration,
                                  completion<shutdown_report>);
[[nodiscard]] SLUICE_EXPORT engine_executor executor_of(const std::shared_ptr<runtime::engine_core>&) noexcept;
}  // namespace detail

}  // namespace sluice
