// A pool of 16 under load whose server goes away and comes back, again and again, in four ways, behind a proxy: how
// each acquire ends meanwhile, and how soon the sessions are back. SLUICE_TEST_OUTAGE_CYCLES is how often, 4 if not
// set, and SLUICE_TEST_OUTAGE_MS the longest outage, 1,100 if not set: scripts/outages --cycles has more.
#include "servers.hpp"
#include "tcp_proxy.hpp"

#include <sluice/runtime/async.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

constexpr std::size_t pool_size = 16;
constexpr std::size_t callers = 20;  // four of them find no session
constexpr auto patience = 250ms;     // of who wants a session, and of who has one; both are over within any outage
constexpr auto beyond_deadline = 100ms;
constexpr auto first_back = 500ms;
constexpr auto all_back = 2'000ms;

enum class way { stopped, black_hole, slow, reset };

std::size_t number_from(const char* name, std::size_t otherwise) {
    const char* const given = std::getenv(name);
    return given != nullptr ? std::stoul(given) : otherwise;
}

std::size_t entries(const char* folder) {
    const std::filesystem::directory_iterator all(folder);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::string port_name(server s) {
    return s == server::postgresql ? "SLUICE_TEST_POSTGRES_PORT" : "SLUICE_TEST_MARIADB_PORT";
}

// The server's connection string with the port of a proxy before it.
std::string through(const tcp_proxy& proxy, server s) {
    std::string text = connection_text(s, "");
    const std::string mine = "Port=" + variable(port_name(s).c_str()) + ";";
    const auto at = text.find(mine);
    if (at == std::string::npos) FAIL("no port in the connection string");
    return text.replace(at, mine.size(), "Port=" + std::to_string(proxy.port()) + ";");
}

void take_away(tcp_proxy& server, way how) {
    switch (how) {
        case way::stopped:
            return server.refuse();
        case way::black_hole:
            return server.hold();
        case way::slow:
            return server.slow(patience + 50ms);
        case way::reset:
            return server.cut();
    }
}

// What is not as it was promised, and what it was.
struct findings {
    std::map<std::string, std::size_t> ends;  // of acquires: how many of each kind
    std::vector<std::string> wrong;
    clock::duration latest{};  // an acquire's end after its deadline
    std::vector<clock::duration> first;
    std::vector<clock::duration> all;
    std::size_t late = 0;  // outages after which the first session or the last was
};

// Everything on the one thread that runs the context. How late the machine is with a timer is added to what is allowed.
class load {
public:
    load(tcp_proxy& proxy, server s, way how)
        : proxy_(proxy),
          how_(how),
          sleep_(s == server::postgresql ? "select pg_sleep(60)" : "select sleep(60)"),
          db_(engine_.open(through(proxy, s), pool_options().max_size(pool_size))) {}

    [[nodiscard]] findings run(std::size_t cycles, std::chrono::milliseconds longest) {
        for (std::size_t n = 0; n < callers; ++n) asio::co_spawn(context_, call(), asio::detached);
        asio::co_spawn(context_, watch_the_machine(), asio::detached);
        asio::co_spawn(context_, go_away_and_return(cycles, longest), asio::detached);
        context_.run();
        return std::move(found_);
    }

private:
    enum class phase { busy, gathering, over };

    asio::awaitable<void> pause(clock::duration length) {
        asio::steady_timer timer(context_, length);
        co_await timer.async_wait(asio::use_awaitable);
    }
    void enter(phase next) {
        now_ = next;
        changed_.cancel();
    }
    void complain(std::string of) {
        if (found_.wrong.size() < 20) found_.wrong.push_back(std::move(of));
    }

    asio::awaitable<void> call() {
        while (now_ != phase::over) {
            const auto asked = clock::now();
            auto got = co_await db_.async_acquire(request_options().timeout(patience));
            judge(asked, got);
            if (!got) continue;
            const auto rows = co_await got->async_query("select 1", request_options().timeout(patience));
            if (!rows) continue;
            if (up_ && !first_) first_ = clock::now() - *up_;
            if (now_ != phase::gathering) continue;
            ++holding_;
            while (now_ == phase::gathering) co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
            --holding_;
        }
    }
    void judge(clock::time_point asked, const result<session>& got) {
        const auto late = clock::now() - asked - patience;
        found_.latest = std::max(found_.latest, late);
        if (late > beyond_deadline + machine_) complain("late by " + std::to_string(late / 1ms) + " ms");
        if (got) {
            ++found_.ends["a session"];
            return;
        }
        const error& e = got.error();
        if (!e.shortage()) return complain("no reason: " + e.to_string());
        ++found_.ends[std::string(to_string(e.shortage()->reason)) + ", " + std::string(to_string(e.code()))];
        const bool cause = e.cause().code() != errc::ok;
        if (cause != (e.shortage()->reason == shortage_reason::down)) complain("cause and reason: " + e.to_string());
        if (e.outcome() != outcome::none) complain("an outcome: " + e.to_string());
    }

    [[nodiscard]] std::string connects_since(clock::time_point then) const {
        std::string made;
        for (const auto at : proxy_.accepted())
            if (at >= then && made.size() < 60) made += " " + std::to_string((at - then) / 1ms);
        return made + " ms";
    }
    // A connect that begins in time and then takes long has met a machine that is busy with something else: as long
    // again is allowed for it, in half of the outages at most.
    void judge_return(clock::time_point back_at) {
        const auto first = found_.first.back();
        const auto all = found_.all.back();
        if (first <= first_back + machine_ && all <= all_back + machine_) return;
        ++found_.late;
        const auto connects = proxy_.accepted();
        const auto begun =
            std::find_if(connects.begin(), connects.end(), [&](const auto& at) { return at >= back_at; });
        const bool in_time =
            begun != connects.end() && *begun - back_at <= limits::reconnect_pause_most + 50ms + machine_;
        if (!in_time || first > 2 * first_back || all > 2 * all_back)
            complain("the first session after " + std::to_string(first / 1ms) + " ms, all after " +
                     std::to_string(all / 1ms) + " ms; connects came after" + connects_since(back_at));
    }
    asio::awaitable<void> watch_the_machine() {
        while (now_ != phase::over) {
            const auto wanted = clock::now() + 5ms;
            co_await pause(5ms);
            machine_ = std::max(machine_, clock::now() - wanted);
        }
    }

    // Until all sessions are held by callers who had an answer on them.
    asio::awaitable<void> gather() {
        enter(phase::gathering);
        const auto limit = clock::now() + server_limit;
        while (holding_ < pool_size && clock::now() < limit) co_await pause(1ms);
        if (holding_ < pool_size) complain("only " + std::to_string(holding_) + " sessions");
    }
    // While all sessions are held. Threads and descriptors of what is over may take a moment to end.
    asio::awaitable<void> compare_with_before() {
        const auto limit = clock::now() + 10s;
        while (threads_ != 0 && clock::now() < limit &&
               (entries("/proc/self/task") > threads_ || entries("/proc/self/fd") > descriptors_))
            co_await pause(5ms);
        const auto threads = entries("/proc/self/task");
        const auto descriptors = entries("/proc/self/fd");
        if (threads_ != 0 && (threads > threads_ || descriptors > descriptors_))
            complain(std::to_string(threads) + " threads, before " + std::to_string(threads_) + "; " +
                     std::to_string(descriptors) + " descriptors, before " + std::to_string(descriptors_));
        if (threads_ != 0) co_return;
        threads_ = threads;
        descriptors_ = descriptors;
    }

    // Whose thread begins with the first that is late.
    asio::awaitable<void> meet_the_canceller() {
        auto mine = co_await db_.async_acquire();
        if (!mine) co_return complain("no session: " + mine.error().to_string());
        const auto late = co_await mine->async_query(sleep_, request_options().timeout(50ms));
        if (late || late.error().code() != errc::deadline) complain("a query that sleeps was not late");
    }
    asio::awaitable<void> go_away_and_return(std::size_t cycles, std::chrono::milliseconds longest) {
        std::minstd_rand random(1);
        co_await meet_the_canceller();
        co_await gather();
        for (std::size_t n = 0; n < cycles; ++n) {
            enter(phase::busy);
            co_await pause(20ms);
            take_away(proxy_, how_);
            co_await pause(longest / 2 + longest * (random() % 1'000) / 2'000);
            machine_ = 5ms;
            first_.reset();
            proxy_.serve();
            up_ = clock::now();
            co_await gather();
            const auto all = clock::now() - *up_;
            const auto back_at = *up_;
            up_.reset();
            found_.first.push_back(first_.value_or(clock::duration::max()));
            found_.all.push_back(all);
            judge_return(back_at);
            co_await compare_with_before();
        }
        enter(phase::over);
    }

    asio::io_context context_;
    asio::steady_timer changed_{context_, clock::time_point::max()};
    tcp_proxy& proxy_;
    const way how_;
    const std::string sleep_;
    engine engine_;
    pool db_;
    phase now_ = phase::busy;
    std::size_t holding_ = 0;
    std::optional<clock::time_point> up_;
    std::optional<clock::duration> first_;
    clock::duration machine_{5ms};
    std::size_t threads_ = 0;  // after the first outage, from which on there are all that there may be
    std::size_t descriptors_ = 0;
    findings found_;
};

std::string in_ms(std::vector<clock::duration> times) {
    std::sort(times.begin(), times.end());
    return std::to_string(times[times.size() / 2] / 1ms) + " ms, at most " + std::to_string(times.back() / 1ms) + " ms";
}

std::string title(server s, way how) {
    const std::string of = s == server::postgresql ? "postgresql, " : "mariadb, ";
    switch (how) {
        case way::stopped:
            return of + "stopped";
        case way::black_hole:
            return of + "black hole";
        case way::slow:
            return of + "slow";
        case way::reset:
            break;
    }
    return of + "reset";
}

void check_pool(server s, way how) {
    const auto cycles = number_from("SLUICE_TEST_OUTAGE_CYCLES", 4);
    const std::chrono::milliseconds longest(number_from("SLUICE_TEST_OUTAGE_MS", 1'100));
    tcp_proxy proxy(static_cast<std::uint16_t>(std::stoul(variable(port_name(s).c_str()))));
    const findings found = load(proxy, s, how).run(cycles, longest);
    std::string ends;
    for (const auto& [what, times] : found.ends) ends += "; " + what + ": " + std::to_string(times);
    INFO(title(s, how) << ", " << cycles << " outages: the first session after " << in_ms(found.first) << "; all "
                       << pool_size << " after " << in_ms(found.all) << "; an acquire at most " << found.latest / 1ms
                       << " ms after its deadline; late " << found.late << ends);
    for (const auto& each : found.wrong) UNSCOPED_INFO(each);
    CHECK(found.wrong.empty());
    CHECK(found.first.size() == cycles);
    CHECK(2 * found.late <= cycles);
    CHECK(found.ends.count("a session") == 1);
    CHECK(found.ends.size() > 1);
}

}  // namespace

TEST_CASE("a pool of postgresql whose server is stopped and started ends each acquire in time and is soon back") {
    check_pool(server::postgresql, way::stopped);
}

TEST_CASE("a pool of postgresql behind a black hole ends each acquire in time and is soon back") {
    check_pool(server::postgresql, way::black_hole);
}

TEST_CASE("a pool of postgresql that is slow for a while ends each acquire in time and is soon back") {
    check_pool(server::postgresql, way::slow);
}

TEST_CASE("a pool of postgresql that resets each connection ends each acquire in time and is soon back") {
    check_pool(server::postgresql, way::reset);
}

TEST_CASE("a pool of mariadb whose server is stopped and started ends each acquire in time and is soon back") {
    check_pool(server::mariadb, way::stopped);
}

TEST_CASE("a pool of mariadb behind a black hole ends each acquire in time and is soon back") {
    check_pool(server::mariadb, way::black_hole);
}

TEST_CASE("a pool of mariadb that is slow for a while ends each acquire in time and is soon back") {
    check_pool(server::mariadb, way::slow);
}

TEST_CASE("a pool of mariadb that resets each connection ends each acquire in time and is soon back") {
    check_pool(server::mariadb, way::reset);
}
