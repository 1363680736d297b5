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
