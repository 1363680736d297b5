// Real servers that go away: sessions whose backends are terminated, and a server that is not reachable for a while,
// against a loop that polls it with plain ODBC. SLUICE_TEST_OUTAGE_SECONDS is the length of the outages, 1 if not set:
// scripts/outages has longer ones.
#include "event_log.hpp"
#include "sanitized.hpp"
#include "servers.hpp"
#include "tcp_proxy.hpp"

#include <sluice/runtime/async.hpp>

#include <sql.h>
#include <sqlext.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

std::chrono::seconds outage() {
    const char* const given = std::getenv("SLUICE_TEST_OUTAGE_SECONDS");
    return std::chrono::seconds(given != nullptr ? std::stoul(given) : 1);
}

// The server's connection string with the port of a proxy before it.
std::string through(const tcp_proxy& proxy, server s) {
    const std::string text = connection_text(s, "");
    const std::string mine =
        "Port=" + variable(s == server::postgresql ? "SLUICE_TEST_POSTGRES_PORT" : "SLUICE_TEST_MARIADB_PORT") + ";";
    const auto at = text.find(mine);
    if (at == std::string::npos) FAIL("no port in the connection string");
    return text.substr(0, at) + "Port=" + std::to_string(proxy.port()) + ";" + text.substr(at + mine.size());
}

std::uint16_t port_of(server s) {
    return static_cast<std::uint16_t>(
        std::stoul(variable(s == server::postgresql ? "SLUICE_TEST_POSTGRES_PORT" : "SLUICE_TEST_MARIADB_PORT")));
}

bool connects(std::string text) {
    SQLHENV env = nullptr;
    SQLHDBC dbc = nullptr;
    SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &env);
    SQLSetEnvAttr(env, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
    SQLAllocHandle(SQL_HANDLE_DBC, env, &dbc);
    const bool connected = SQL_SUCCEEDED(SQLDriverConnect(dbc, nullptr, reinterpret_cast<SQLCHAR*>(text.data()),
                                                          static_cast<SQLSMALLINT>(text.size()), nullptr, 0, nullptr,
                                                          SQL_DRIVER_NOPROMPT));
    if (connected) SQLDisconnect(dbc);
    SQLFreeHandle(SQL_HANDLE_DBC, dbc);
    SQLFreeHandle(SQL_HANDLE_ENV, env);
    return connected;
}

// Plain ODBC that tries every 20 ms, on a thread of its own, until it is let in.
class polling_loop {
public:
    explicit polling_loop(const std::string& text) : thread_([this, text] { run(text); }) {}
    polling_loop(const polling_loop&) = delete;
    polling_loop& operator=(const polling_loop&) = delete;
    ~polling_loop() {
        {
            const std::lock_guard lock(mutex_);
            stop_ = true;
            changed_.notify_all();
        }
        thread_.join();
    }
    [[nodiscard]] clock::time_point let_in() {
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, server_limit, [this] { return at_.has_value(); })) return clock::time_point::max();
        return *at_;
    }

private:
    void run(const std::string& text) {
        auto next = clock::now();
        std::unique_lock lock(mutex_);
        while (!stop_ && !at_) {
            lock.unlock();
            const bool connected = connects(text);
            lock.lock();
            if (connected) at_ = clock::now();
            next = std::max(next + 20ms, clock::now());
            if (!connected) changed_.wait_until(lock, next, [this] { return stop_; });
        }
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<clock::time_point> at_;  // guarded by mutex_
    bool stop_ = false;                    // guarded by mutex_
    std::thread thread_;
};

// A hundred sessions with a request that runs, and one behind it; then their backends are terminated. The time in which
// 99 of those that run are answered.
clock::duration terminate_a_hundred() {
    constexpr std::size_t sessions = 100;
    const std::string mark = "engine_terminated_" + std::to_string(::getpid());
    struct told {
        std::atomic<int> times{0};
        std::atomic<int> code{0};
        std::atomic<clock::rep> at{0};
    };
    std::vector<told> ends(sessions);
    std::atomic<std::size_t> over{0};
    std::promise<void> all_over;
    std::vector<clock::duration> took;
    {
        engine engine(engine_options().sessions_max(sessions + 1));
        auto watcher = answer(engine.connect(connection_text(server::postgresql, "")));
        std::vector<std::future<session>> connecting;
        for (std::size_t n = 0; n < sessions; ++n)
            connecting.push_back(engine.connect(connection_text(server::postgresql, "")));
        std::vector<session> on;
        for (auto& one : connecting) on.push_back(answer(std::move(one)));
        std::vector<std::future<row_set>> queued;
        for (std::size_t n = 0; n < sessions; ++n) {
            on[n].async_query("select pg_sleep(60) /* " + mark + " */",
                              [&mine = ends[n], &over, &all_over](const result<row_set>& r) {
                                  mine.at = clock::now().time_since_epoch().count();
                                  mine.code = r ? 0 : static_cast<int>(r.error().code());
                                  if (mine.times++ == 0 && ++over == sessions) all_over.set_value();
                              });
            queued.push_back(on[n].query("select 7"));
        }
        const std::string them =
            " from pg_stat_activity where pid <> pg_backend_pid() and state = 'active' and query like '%" + mark + "%'";
        const auto limit = clock::now() + server_limit;
        while (answer(watcher.query("select count(*)" + them))[0].get<std::int64_t>(0) <
               static_cast<std::int64_t>(sessions)) {
            if (clock::now() > limit) FAIL("they do not run");
        }
        const auto begun = clock::now();
        CHECK(answer(watcher.query("select count(pg_terminate_backend(pid))" + them))[0].get<std::int64_t>(0) ==
              static_cast<std::int64_t>(sessions));
        REQUIRE(all_over.get_future().wait_for(server_limit) == std::future_status::ready);
        for (auto& one : queued) CHECK(answer(std::move(one))[0].get<std::int64_t>(0) == 7);
        for (const auto& one : on) CHECK(one.generation() == 2);
        for (auto& one : ends) {
            CHECK(one.code == static_cast<int>(errc::connection_lost));
            took.push_back(clock::time_point(clock::duration(one.at)) - begun);
        }
    }
    for (auto& one : ends) CHECK(one.times == 1);
    std::sort(took.begin(), took.end());
    return took[sessions - 2];
}

enum class way { refused, cut };

void check_outage(server s, way how) {
    constexpr std::size_t sessions = 10;
    constexpr std::chrono::milliseconds behind_a_loop = sanitized ? 2'000ms : 500ms;
    tcp_proxy proxy(port_of(s));
    tcp_proxy for_the_loop(port_of(s));
    const event_log events;
    engine engine(engine_options().on_event(events.handler()));
    std::vector<session> on;
    for (std::size_t n = 0; n < sessions; ++n) on.push_back(answer(engine.connect(through(proxy, s))));
    for (auto& one : on) CHECK(answer(one.query("select 1")).size() == 1);
    const std::size_t before = proxy.accepted().size();

    for (tcp_proxy* each : {&proxy, &for_the_loop}) how == way::refused ? each->refuse() : each->cut();
    const auto down_at = clock::now();
    std::vector<std::future<row_set>> waiting;
    for (auto& one : on) {
        const error lost = error_of(one.query("select 2"));
        INFO(lost.to_string());
        CHECK(lost.code() == errc::connection_lost);
        waiting.push_back(one.query("select 3", request_options().timeout(outage() + 30s)));
    }
    polling_loop loop(through(for_the_loop, s));
    REQUIRE(waiting[0].wait_until(down_at + outage()) == std::future_status::timeout);

    const auto up_at = clock::now();
    for (tcp_proxy* each : {&for_the_loop, &proxy}) each->serve();
    clock::time_point first{};
    while (first == clock::time_point{} && clock::now() < up_at + server_limit) {
        const bool any = std::any_of(waiting.begin(), waiting.end(),
                                     [](const auto& one) { return one.wait_for(0s) == std::future_status::ready; });
        if (any) first = clock::now();
        std::this_thread::yield();
    }
    const auto loop_first = loop.let_in();
    const auto behind = first - loop_first;
    INFO("up after " << (loop_first - up_at) / 1ms << " ms for the loop; we are " << behind / 1ms << " ms behind");
    CHECK(behind <= behind_a_loop);
    for (auto& one : waiting) CHECK(answer(std::move(one)).size() == 1);
    for (const auto& one : on) CHECK(one.generation() > 1);

    // Up to the first success one at a time.
    REQUIRE(events.wait_for(event_kind::recovered, sessions));
    const auto all = proxy.accepted();
    std::vector<clock::time_point> tries(all.begin() + static_cast<std::ptrdiff_t>(before), all.end());
    std::erase_if(tries, [&](const auto& at) { return at > up_at; });
    if (how == way::cut) CHECK(tries.size() >= static_cast<std::size_t>(2 * outage().count()));
    for (const auto& from : tries) {
        // A little less than a second: between leave to connect and the connection a thread starts and a driver works.
        const auto within =
            std::count_if(tries.begin(), tries.end(), [&](const auto& at) { return at >= from && at < from + 900ms; });
        CHECK(within <= 4);
    }
    const auto failed = events.count(event_kind::reconnect_failed);
    CHECK(failed <= static_cast<std::size_t>(4 * outage().count() + 2));
    CHECK(failed >= static_cast<std::size_t>(2 * outage().count()));
}

}  // namespace

TEST_CASE("a hundred sessions whose backends are terminated are answered at once and once") {
    constexpr std::chrono::milliseconds at_once = sanitized ? 2'000ms : 250ms;
    clock::duration took = clock::duration::max();
    // The machine is busy with the ends of a hundred processes, and with whatever else it has.
    for (int attempt = 0; attempt < 3 && took > at_once; ++attempt) took = terminate_a_hundred();
    INFO(took / 1us << " us");
    CHECK(took <= at_once);
}

TEST_CASE("postgresql that refuses for a while is found again soon and not stormed") {
    check_outage(server::postgresql, way::refused);
}

TEST_CASE("postgresql that cuts each connection for a while is found again soon and not stormed") {
    check_outage(server::postgresql, way::cut);
}

TEST_CASE("mariadb that refuses for a while is found again soon and not stormed") {
    check_outage(server::mariadb, way::refused);
}

TEST_CASE("mariadb that cuts each connection for a while is found again soon and not stormed") {
    check_outage(server::mariadb, way::cut);
}
