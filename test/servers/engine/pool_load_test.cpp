// A pool under more callers than it has sessions, on PostgreSQL, which counts the connections by their name.
#include "sanitized.hpp"
#include "servers.hpp"

#include <sluice/runtime/async.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
namespace asio = boost::asio;

namespace {

constexpr std::size_t pool_size = 8;
constexpr std::size_t callers = 1'000;
constexpr std::int64_t queries_each = sanitized ? 10 : 100;

struct tally {
    std::int64_t right = 0;
    std::int64_t wrong = 0;
    std::size_t callers_left = callers;
    std::set<std::int64_t> backends;
    std::int64_t connections_most = 0;
    std::int64_t asked = 0;
    std::set<std::int64_t> in_line_or_running;  // those asked and not answered, in the order of asking
    std::size_t overtaken_most = 0;             // of them, by one that is answered

    // Who is older and not answered yet has a session: of each other one the caller whose answer is on its way to here,
    // and the next one, to whom it was handed on.
    void answered(std::int64_t which) {
        const auto it = in_line_or_running.find(which);
        const auto older = static_cast<std::size_t>(std::distance(in_line_or_running.begin(), it));
        overtaken_most = std::max(overtaken_most, older);
        in_line_or_running.erase(it);
    }
};

// Everything on the one thread that runs the context.
asio::awaitable<void> ask(pool& db, tally& t, std::int64_t caller) {
    for (std::int64_t n = 0; n < queries_each; ++n) {
        const std::int64_t number = caller * queries_each + n;
        const std::int64_t turn = t.asked++;
        t.in_line_or_running.insert(turn);
        auto rows = co_await db.async_query("select ?::int8, pg_backend_pid()", args(number));
        t.answered(turn);
        if (rows && rows->size() == 1 && (*rows)[0].get<std::int64_t>(0) == number) {
            ++t.right;
            t.backends.insert((*rows)[0].get<std::int64_t>(1));
        } else {
            ++t.wrong;
        }
    }
    --t.callers_left;
}

asio::awaitable<void> count_connections(session& watcher, tally& t, std::string name) {
    while (t.callers_left != 0) {
        auto rows = co_await watcher.async_query("select count(*) from pg_stat_activity where application_name = ?",
                                                 args(name));
        if (rows) t.connections_most = std::max(t.connections_most, (*rows)[0].get<std::int64_t>(0));
    }
}

}  // namespace

TEST_CASE("a thousand callers of a pool of eight are all served in their order by eight connections") {
    const std::string name = "sluice_pool_" + std::to_string(::getpid());
    const std::string text = connection_text(server::postgresql, "");
    engine engine;
    auto watcher = answer(engine.connect(text));
    auto db = engine.open(text + ";pqopt={application_name=" + name + "}",
                          pool_options().max_size(pool_size).waiters_max(callers));
    tally t;
    asio::io_context context;
    for (std::size_t n = 0; n < callers; ++n)
        asio::co_spawn(context, ask(db, t, static_cast<std::int64_t>(n)), asio::detached);
    asio::co_spawn(context, count_connections(watcher, t, name), asio::detached);
    context.run();
    CHECK(t.right == static_cast<std::int64_t>(callers) * queries_each);
    CHECK(t.wrong == 0);
    CHECK(t.overtaken_most <= 2 * (pool_size - 1));
    CHECK(t.in_line_or_running.empty());
    CHECK(t.backends.size() == pool_size);
    CHECK(t.connections_most <= static_cast<std::int64_t>(pool_size));
    CHECK(t.connections_most > 0);
    CHECK(engine.metrics().sessions <= pool_size + 1);
}
