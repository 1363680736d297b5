// What an engine counts: the law of its requests at any moment, as a value, as JSON and as a request.
#include "fault_world.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace sluice;
using namespace sluice::testing;

namespace {

std::uint64_t completed(const metrics_snapshot& of, errc code) {
    return of.completed[static_cast<std::size_t>(code)];
}

}  // namespace

TEST_CASE("accepted is completed and in flight at any moment") {
    world w("the law of the metrics");
    {
        engine engine;
        std::vector<session> sessions;
        for (int n = 0; n < 3; ++n) sessions.push_back(w.connect(engine));
        std::atomic<bool> over{false};
        std::atomic<int> rounds{0};
        std::vector<std::thread> callers;
        for (auto& one : sessions)
            callers.emplace_back([&one, &over, &rounds] {
                std::minstd_rand random(7);
                while (!over.load()) {
                    auto row = one.query("rows 1");
                    auto wrong = one.query("selekt");
                    auto late =
                        one.query("rows 1", request_options().timeout(std::chrono::microseconds(random() % 200)));
                    row.wait();
                    wrong.wait();
                    late.wait();
                    ++rounds;
                }
            });
        int broken = 0;
        for (int look = 0; look < 2'000 || rounds.load() < 100; ++look) {
            const auto seen = engine.metrics();
            if (seen.accepted != seen.completed_in_all() + seen.in_flight) ++broken;
        }
        over.store(true);
        for (auto& caller : callers) caller.join();
        CHECK(broken == 0);
        const auto after = engine.metrics();
        CHECK(after.in_flight == 0);
        CHECK(after.accepted == after.completed_in_all());
        CHECK(completed(after, errc::ok) > 0);
        CHECK(completed(after, errc::syntax) > 0);
        CHECK(after.sessions == 3);
        CHECK(after.workers_ready == 3);
        sessions.clear();
        CHECK(comes_true([&] { return engine.metrics().sessions == 0; }));
        CHECK(engine.metrics().accepted >= after.accepted);  // of sessions that are over too
        CHECK(engine.metrics().in_flight == 0);
    }
    w.judge();
}

TEST_CASE("the metrics tell what happened to a request") {
    world w("what the metrics tell");
    {
        engine engine;
        auto session = w.connect(engine, connect_options().mailbox_slots(2));
        const auto before = engine.metrics();
        auto held = session.query("rows 1 hang");
        REQUIRE(w.faults.wait_until_hanging(1));
        auto queued = session.query("rows 1");
        CHECK(error_of(session.query("rows 1")).code() == errc::queue_full);
        auto seen = engine.metrics();
        CHECK(seen.refused == before.refused + 1);
        CHECK(seen.in_flight == 2);
        CHECK(seen.queued == 1);
        CHECK(seen.workers_busy == 1);
        session.cancel();
        CHECK(error_of(std::move(held)).code() == errc::cancelled);
        CHECK(answer(std::move(queued)).size() == 1);
        seen = engine.metrics();
        CHECK(completed(seen, errc::cancelled) == 1);
        CHECK(comes_true([&] { return engine.metrics().cancels_sent >= 1; }));
        w.faults.lose_connections();
        CHECK(error_of(session.query("rows 1")).code() == errc::connection_lost);
        CHECK(answer(session.query("rows 1")).size() == 1);
        CHECK(engine.metrics().recoveries == 1);
    }
    w.judge();
}

TEST_CASE("metrics are JSON and a request too") {
    world w("metrics as JSON");
    {
        engine engine;
        auto session = w.connect(engine);
        CHECK(answer(session.query("rows 1")).size() == 1);
        CHECK(error_of(session.query("selekt")).code() == errc::syntax);
        const auto asked = answer(session.submit(protocol::metrics()));
        CHECK(asked.in_flight == 1);             // itself
        CHECK(completed(asked, errc::ok) == 2);  // the connect too
        const auto json = nlohmann::json::parse(to_json(engine.metrics()));
        CHECK(json.at("completed").at("ok") == 3);
        CHECK(json.at("completed").at("syntax") == 1);
        CHECK(json.at("accepted") == 4);
        CHECK(json.at("in_flight") == 0);
    }
    w.judge();
    CHECK(engine(engine_options()).metrics().accepted == 0);
}
