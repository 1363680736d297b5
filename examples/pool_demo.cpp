// A pool under load that goes through an outage, as an operator sees it.
//
//     pool_demo                              on embedded SQLite, whose folder is moved away for a while: 3 s
//     pool_demo 'Driver=...;...' [SECONDS]   on any database: take the server away yourself, and give it back
//
// Shows: how callers are told that there is no session, and why; events; how soon the pool is back.

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

// What has happened since the last line was printed. Everything on the one thread that runs the context.
struct tally {
    std::size_t served = 0;
    std::map<std::string, std::size_t> failed;  // by what the caller was told
    sluice::error last;                         // of those who got no session
};

struct demo {
    explicit demo(std::string text)
        : db(engine.open(std::move(text),
                         sluice::pool_options().max_size(4).test_on_checkout(sluice::checkout_test::always))) {}

    asio::io_context context;
    sluice::engine engine{sluice::engine_options().on_event([](const sluice::event& e) {
        std::printf("          event: session %llu %s\n", static_cast<unsigned long long>(e.session.value()),
                    std::string(sluice::to_string(e.kind)).c_str());
    })};
    sluice::pool db;
    bool over = false;
    tally now;
    std::map<std::string, tally> by_phase;
};

// One of the callers: a session, a query, and again.
asio::awaitable<void> call(demo& d) {
    while (!d.over) {
        auto session = co_await d.db.async_acquire(sluice::request_options().timeout(200ms));
        if (!session) {
            const auto& shortage = session.error().shortage();
            const std::string why = shortage ? std::string(sluice::to_string(shortage->reason)) : "?";
            ++d.now.failed[why + " (" + std::string(sluice::to_string(session.error().code())) + ")"];
            d.now.last = session.error();
            continue;
        }
        const auto rows = co_await session->async_query("select 1", sluice::request_options().timeout(200ms));
        if (rows)
            ++d.now.served;
        else
            ++d.now.failed["query: " + std::string(sluice::to_string(rows.error().code()))];
    }
}

void print_line(demo& d, std::chrono::milliseconds at, const std::string& phase) {
    std::string failed;
    for (const auto& [what, count] : d.now.failed) failed += "; " + std::to_string(count) + " " + what;
    std::printf("%5lld ms  %-7s %6zu served%s\n", static_cast<long long>(at.count()), phase.c_str(), d.now.served,
                failed.c_str());
    if (const auto& s = d.now.last.shortage()) {
        std::printf("          no session: %s; of %zu lent %zu, connecting %zu; %zu wait; last connect: %s\n",
                    std::string(sluice::to_string(s->reason)).c_str(), s->max_size, s->lent, s->connecting, s->waiting,
                    std::string(sluice::to_string(d.now.last.cause().code())).c_str());
    }
    auto& sum = d.by_phase[phase];
    sum.served += d.now.served;
    for (const auto& [what, count] : d.now.failed) sum.failed[what] += count;
    d.now = tally();
}

// A line each quarter of a second, for so long.
asio::awaitable<void> watch(demo& d, std::string phase, std::chrono::milliseconds length) {
    static const auto begun = std::chrono::steady_clock::now();
    for (std::chrono::milliseconds passed{}; passed < length; passed += 250ms) {
        asio::steady_timer timer(d.context, 250ms);
        co_await timer.async_wait(asio::use_awaitable);
        print_line(d, std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun),
                   phase);
    }
}

void run(demo& d, asio::awaitable<void> story) {
    for (int n = 0; n < 8; ++n) asio::co_spawn(d.context, call(d), asio::detached);
    std::exception_ptr failed;
    asio::co_spawn(d.context, std::move(story), [&](std::exception_ptr e) {
        d.over = true;
        failed = e;
    });
    d.context.run();
    if (failed) std::rethrow_exception(failed);
}

// A file stays with who has it open: the sessions are told to leave, and cannot be replaced until it is back.
asio::awaitable<void> lose_the_folder(demo& d, std::filesystem::path folder) {
    const std::filesystem::path away = folder.string() + ".away";
    co_await watch(d, "up", 500ms);
    std::filesystem::rename(folder, away);
    d.db.evict_all();
    co_await watch(d, "down", 1'250ms);
    std::filesystem::rename(away, folder);
    co_await watch(d, "back", 1'000ms);
}

int on_sqlite() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice_pool_demo.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the database");
    const std::filesystem::path folder(name);
    int status = 1;
    {
        demo d("Driver=SQLite3;Database=" + name + "/demo.db");
        run(d, lose_the_folder(d, folder));
        const bool told = d.by_phase["down"].failed.count("down (unreachable)") != 0;
        std::printf("served %zu before, %zu after; meanwhile callers were told why: %s\n", d.by_phase["up"].served,
                    d.by_phase["back"].served, told ? "yes" : "no");
        if (d.by_phase["up"].served != 0 && d.by_phase["back"].served != 0 && told) status = 0;
    }
    std::filesystem::remove_all(folder);
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc < 2) return on_sqlite();
        demo d(argv[1]);
        run(d, watch(d, "", std::chrono::seconds(argc > 2 ? std::stoi(argv[2]) : 30)));
        return 0;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "pool_demo: %s\n", e.what());
        return 1;
    }
}
