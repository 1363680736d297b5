// Answers about the catalog that a pool keeps: asked once, forgotten in time, never those of an error.
#include "fault_world.hpp"

#include <sluice/testing/virtual_clock.hpp>

#include <memory>

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("catalog cache: it is off until it is switched on") {
    world w("cache off");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string());
        for (int i = 0; i < 3; ++i) CHECK(answer(db.catalog(tables())).empty());
        CHECK(w.faults.count("SQLTables") == 3);
        CHECK(engine.metrics().catalog_hits == 0);
        CHECK(engine.metrics().catalog_misses == 0);
        db.clear_catalog_cache();
        sluice::pool().clear_catalog_cache();
    }
    w.judge();
}

TEST_CASE("catalog cache: the sessions of a pool share it and its time is over") {
    world w("cache on");
    {
        const auto time = std::make_shared<virtual_clock>();
        engine engine(engine_options().time(time));
        auto db = engine.open(w.faults.connection_string(), pool_options().catalog_cache(100, 300s));
        w.faults.add(
            "answer 'SQLTables(,,,)' with rows 7 columns a: varchar(20), b: varchar(20), c: varchar(20), d: "
            "varchar(20), e: varchar(20)");
        CHECK(answer(db.catalog(tables())).size() == 7);
        auto leased = answer(db.acquire());  // another session answers the pool now
        const auto again = answer(db.catalog(tables()));
        CHECK(again.size() == 7);
        CHECK(again.timings().total() == 0ns);
        CHECK(w.faults.count("SQLTables") == 1);
        CHECK(answer(db.catalog(tables().name("x"))).empty());
        CHECK(w.faults.count("SQLTables") == 2);
        CHECK(engine.metrics().catalog_hits == 1);
        CHECK(engine.metrics().catalog_misses == 2);
        CHECK_THAT(to_json(engine.metrics()), Catch::Contains("\"catalog_hits\":1"));
        time->advance(299s);
        answer(db.catalog(tables()));
        CHECK(w.faults.count("SQLTables") == 2);
        time->advance(1s);
        answer(db.catalog(tables()));
        CHECK(w.faults.count("SQLTables") == 3);
        db.clear_catalog_cache();
        answer(db.catalog(tables()));
        CHECK(w.faults.count("SQLTables") == 4);
        // A session of one's own may be in a transaction: it asks.
        CHECK(answer(leased.catalog(tables())).size() == 7);
        CHECK(w.faults.count("SQLTables") == 5);
        db.evict_all();
        answer(db.catalog(tables()));
        CHECK(w.faults.count("SQLTables") == 6);
    }
    w.judge();
}

TEST_CASE("catalog cache: errors and answers from before it was cleared are not kept") {
    world w("cache races");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().catalog_cache());
        w.faults.add("at SQLTables 1 error 42501 'no'; at SQLTables 2 hang");
        CHECK(error_of(db.catalog(tables())).sqlstate() == "42501");
        auto slow = db.catalog(tables());
        REQUIRE(w.faults.wait_until_hanging(1));
        db.clear_catalog_cache();
        w.faults.release();
        CHECK(answer(std::move(slow)).empty());
        answer(db.catalog(tables()));
        CHECK(w.faults.count("SQLTables") == 3);
        answer(db.catalog(tables()));
        CHECK(w.faults.count("SQLTables") == 3);
        // Who wants less than what is kept gets what asking gives.
        w.faults.add("answer 'SQLTables(,,large,)' with rows 500");
        CHECK(answer(db.catalog(tables().name_like("large"))).size() == 500);
        CHECK(error_of(db.catalog(tables().name_like("large"), request_options().result_bytes_max(100))).code() ==
              errc::too_large);
    }
    w.judge();
}

TEST_CASE("catalog cache: options out of range are refused together") {
    engine engine;
    const auto opened = engine.try_open("Driver=x", pool_options().catalog_cache(10'001, 0s, 0));
    REQUIRE_FALSE(opened.has_value());
    CHECK_THAT(opened.error().message(),
               Catch::Contains("entries") && Catch::Contains("ttl") && Catch::Contains("bytes"));
}
