// Pools as their users have them: the database in memory, which one connection owns.

#include "support.hpp"

using namespace api;

namespace {

const std::string in_memory = "Driver=SQLite3;Database=:memory:";

}  // namespace

TEST_CASE("a pool of a database in memory has one session whatever is asked for") {
    sluice::engine engine;
    auto db = engine.open(in_memory, sluice::pool_options().max_size(8).min_idle(4).eager(true));
    (void)in_time(db.query("create table kept (id integer)"));
    auto held = in_time(db.acquire());
    std::vector<std::future<sluice::row_set>> line;
    for (int n = 0; n < 20; ++n) line.push_back(db.query("insert into kept values (?)", sluice::args(n)));
    for (const auto& each : line) CHECK(each.wait_for(0s) == std::future_status::timeout);
    held = sluice::session();
    for (auto& each : line) CHECK(in_time(std::move(each)).affected_rows() == 1);
    CHECK(in_time(db.query("select count(*) from kept"))[0].get<int>(0) == 20);
    CHECK(engine.metrics().sessions == 1);
}

TEST_CASE("a pool of a database in memory cannot be made larger") {
    sluice::engine engine;
    auto db = engine.open(in_memory);
    const auto refused = db.resize(0, 2);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == sluice::errc::invalid_argument);
    CHECK_THAT(refused.error().message(), Catch::Contains("in memory"));
    CHECK(db.resize(1, 1));
}

TEST_CASE("a moved-from pool is closed to everything") {
    theatre house;
    auto db = house.engine().open(house.file().string());
    auto moved = std::move(db);
    CHECK(db.resize(0, 4).error().code() == sluice::errc::closed);  // NOLINT(bugprone-use-after-move)
    db.evict_all();
    CHECK(moved.resize(0, 4));
    moved.evict_all();
    CHECK(in_time(moved.query("select 1")).size() == 1);
}

TEST_CASE("a lease that is forgotten is told of with the line that acquired it whatever the token") {
    std::promise<std::string> told;
    sluice::engine engine(sluice::engine_options().on_event([&told](const sluice::event& e) {
        if (e.kind == sluice::event_kind::lease_overdue) told.set_value(e.text);
    }));
    auto db = engine.open(in_memory, sluice::pool_options().leak_threshold(1s));
    const int line = __LINE__ + 1;
    const auto forgotten = in_time(db.async_acquire(sluice::use_future));
    CHECK_THAT(in_time(told.get_future()), Catch::Contains("pool_test.cpp:" + std::to_string(line)));
    CHECK(db.metrics().overdue == 1);
}

TEST_CASE("a lease can bring settings along whatever the token") {
    sluice::engine engine;
    auto db = engine.open(in_memory);
    auto leased =
        in_time(db.async_acquire(sluice::lease_options().variable("cache_size", "-4321"), sluice::use_future));
    CHECK(in_time(leased.query("pragma cache_size"))[0].get<std::int64_t>(0) == -4321);
    leased = sluice::session();
    leased = in_time(db.async_acquire(sluice::request_options().timeout(20s), sluice::use_future));
    CHECK(in_time(leased.query("pragma cache_size"))[0].get<std::int64_t>(0) != -4321);
}
