// A pool under everything that callers do to it, at once.

#include "fake_odbc.hpp"
#include "outcomes.hpp"
#include "threads.hpp"

#include <sluice/sluice.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <future>
#include <optional>
#include <random>
#include <vector>

namespace sluice {

namespace {

using namespace std::chrono_literals;
using test::code_of;

constexpr std::size_t codes = 64;

struct tally {
    std::array<std::atomic<int>, codes> told{};
    std::atomic<int> dropped{0};  // questions whose answer never came
    std::atomic<int> dirty{0};    // sessions that were lent with something left in them

    template <class T>
    errc note(std::future<T>& answer) {
        try {
            const errc code = code_of(answer);
            ++told.at(static_cast<std::size_t>(code));
            return code;
        } catch (const std::future_error&) {
            ++dropped;
            return errc::ok;
        }
    }
    [[nodiscard]] int of(errc code) const { return told.at(static_cast<std::size_t>(code)); }
};

request_options some_options(std::mt19937& random, std::stop_source& stop) {
    request_options options;
    const auto dice = random() % 8;
    if (dice == 0) options.timeout(std::chrono::microseconds(random() % 500));
    if (dice < 3) options.stop(stop.get_token());
    return options;
}

void query(pool& db, std::mt19937& random, tally& t) {
    std::stop_source stop;
    auto answer = db.query(random() % 32 == 0 ? "lose" : "rows 5", some_options(random, stop));
    if (random() % 2 == 0) stop.request_stop();
    t.note(answer);
}

void lease(pool& db, std::mt19937& random, tally& t) {
    std::stop_source stop;
    auto asked = db.acquire(some_options(random, stop));
    if (random() % 4 == 0) stop.request_stop();
    if (random() % 8 == 0) return;  // nobody takes it
    session mine;
    try {
        mine = asked.get();
    } catch (const database_error&) {
        return;
    }
    auto begun = mine.submit(protocol::begin());
    if (random() % 2 == 0 && t.note(begun) == errc::transaction_active) ++t.dirty;
    auto answer = mine.query("rows 5");
    if (random() % 2 == 0) mine = session();
    t.note(answer);
}

void stream(pool& db, std::mt19937& random, tally& t) {
    stream_options options;
    options.batch_rows(3).prefetch(1 + random() % 8);
    auto asked = db.stream(random() % 8 == 0 ? "rows 20 lose" : "rows 100", options);
    if (random() % 8 == 0) return;
    row_stream rows;
    try {
        rows = asked.get();
    } catch (const database_error&) {
        return;
    }
    for (auto i = random() % 40; i > 0; --i) {
        auto block = rows.next();
        if (random() % 16 == 0) rows = row_stream();
        if (t.note(block) != errc::ok || !rows) break;
    }
}

}  // namespace

TEST_CASE("a pool under fire answers every question once and never lends a session that is not clean") {
    test::watchdog dog("a pool under fire");
    tally t;
    std::optional<engine> threads;
    threads.emplace();
    {
        auto db = threads->open("Driver=fake", pool_options().waiters_max(8));
        test::crew crew;
        for (unsigned who = 0; who < 5; ++who) {
            crew.add([&, who] {
                std::mt19937 random(who);
                const test::time_box time;
                for (int i = 0; i < 4000 && !time.over(); ++i) {
                    switch (random() % 3) {
                        case 0:
                            query(db, random, t);
                            break;
                        case 1:
                            lease(db, random, t);
                            break;
                        default:
                            stream(db, random, t);
                    }
                }
            });
        }
    }
    threads.reset();
    CHECK(t.dropped == 0);
    CHECK(t.dirty == 0);
    CHECK(test::fake::misuses() == 0);
    CHECK(test::all_closed());
    INFO("ok " << t.of(errc::ok) << ", cancelled " << t.of(errc::cancelled) << ", exhausted "
               << t.of(errc::pool_exhausted) << ", lost " << t.of(errc::connection_lost));
    CHECK((t.of(errc::ok) > 0 && t.of(errc::cancelled) > 0 && t.of(errc::connection_lost) > 0));
}

}  // namespace sluice
