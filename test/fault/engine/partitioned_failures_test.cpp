// Readings in partitions over a driver that fails, hangs and loses connections: the first error ends it, the streams of
// the others are closed, the sessions are back.
#include "partitioned_world.hpp"

using namespace sluice;
using namespace sluice::testing;
using namespace sluice::testing::partitioned;

TEST_CASE("partitioned: an error of one partition ends it and the sessions are back") {
    for (const std::size_t bad : {0U, 1U, 2U}) {
        for (const bool at_start : {false, true}) {
            partitioned_world w("partitioned error", {{bad, at_start ? std::string("error 22012 7 'division by zero'")
                                                                     : rows_form(rows_each, " error 20 22012")}});
            {
                engine engine;
                auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
                std::optional<error> failure;
                try {
                    auto stream = answer(db.stream_partitioned(all_of_it, three_parts()));
                    const auto got = read_parts(stream);
                    failure = got.failure;
                    CHECK(sessions_back(db));
                    for (const auto& [partition, count] : got.rows) CHECK(count <= (partition == bad ? 20 : rows_each));
                    for (int again = 0; again < 3; ++again)
                        CHECK(error_of(stream.next()).message() == failure->message());
                } catch (const database_error& e) {
                    failure = e.error();
                    CHECK(sessions_back(db));
                }
                REQUIRE(failure);
                CHECK(failure->code() == errc::data);
                CHECK(failure->sqlstate() == "22012");
                CHECK(failure->message().find("partition " + std::to_string(bad) + " of 4: ") == 0);
                CHECK(answer(db.query("rows 3")).size() == 3);
            }
            w.judge();
        }
    }
}

TEST_CASE("partitioned: a connection that is lost in the middle of a partition ends it") {
    partitioned_world w("partitioned lost", {{1, rows_form(rows_each, " lost 20")}});
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
        auto stream = answer(db.stream_partitioned(all_of_it, three_parts()));
        const auto got = read_parts(stream);
        REQUIRE(got.failure);
        CHECK(got.failure->code() == errc::connection_lost);
        CHECK(got.failure->message().find("partition 1 of 4: ") == 0);
        CHECK(sessions_back(db));
        CHECK(answer(db.query("rows 3")).size() == 3);
    }
    w.judge();
}

TEST_CASE("partitioned: a partition that hangs when it starts ends it by the deadline") {
    partitioned_world w("partitioned hangs");
    w.faults.add("at execute sql 'AND \"id\" < 20' hang");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
        auto stream = answer(db.stream_partitioned(all_of_it, three_parts().timeout(sanitized ? 2s : 500ms)));
        const auto got = read_parts(stream);
        REQUIRE(got.failure);
        CHECK(got.failure->code() == errc::deadline);
        CHECK(sessions_back(db));
        CHECK(answer(db.query("rows 3")).size() == 3);
    }
    w.judge();
}

TEST_CASE("partitioned: a fetch that hangs costs who waits the deadline and the reading goes on") {
    partitioned_world w("partitioned hangs in a fetch");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(1));
        auto stream =
            answer(db.stream_partitioned(all_of_it, three_parts(1).timeout(sanitized ? 2s : 500ms).prefetch(1)));
        w.faults.add("at fetch 1 hang");
        const auto before = read_parts(stream);
        REQUIRE(before.failure);
        CHECK(before.failure->code() == errc::deadline);
        CHECK(before.failure->message().find("still open") != std::string::npos);
        CHECK(w.faults.wait_until_hanging(1));
        w.faults.release();
        while (answer(stream.next())) {
        }
        CHECK(stream.progress().rows == 3 * rows_each);
        CHECK(sessions_back(db));
    }
    w.judge();
}

TEST_CASE("partitioned: whatever hangs it can be closed and dropped and the sessions serve again") {
    for (const bool closes : {true, false}) {
        partitioned_world w("partitioned hangs stubbornly");
        {
            engine engine(engine_options().shutdown_grace(100ms));
            auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
            auto stream = answer(db.stream_partitioned(all_of_it, three_parts(1).prefetch(1).timeout(no_deadline)));
            w.faults.add("at fetch 1 hang stubborn");
            auto waiting = wait_at_the_hang(w, stream);
            if (closes) {
                auto closing = stream.close();
                CHECK(error_of(std::move(waiting)).code() == errc::closed);
                CHECK(error_of(stream.next()).code() == errc::closed);
                CHECK_FALSE(ready(closing));
                w.faults.release();
                answer(std::move(closing));
                CHECK(sessions_back(db));
            } else {
                stream = partitioned_stream();
                CHECK(error_of(std::move(waiting)).code() == errc::closed);
                w.faults.release();
            }
            CHECK(sessions_back(db));
            CHECK(answer(db.query("rows 3")).size() == 3);
        }
        w.judge();
    }
}

TEST_CASE("partitioned: the end of the engine ends it and a reading outlives it") {
    partitioned_world w("partitioned engine");
    partitioned_stream stream;
    std::future<std::optional<partition_batch>> waiting;
    {
        engine engine(engine_options().shutdown_grace(2s));
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(2));
        stream = answer(db.stream_partitioned(all_of_it, three_parts(1)));
        w.faults.add("at fetch 1 hang");
        waiting = wait_at_the_hang(w, stream);
    }
    CHECK(error_of(std::move(waiting)).code() == errc::shutting_down);
    CHECK(error_of(stream.next()).code() == errc::shutting_down);
    w.faults.release();
    answer(stream.close());
    w.judge();
}

TEST_CASE("partitioned: a server that goes away leaves nothing behind") {
    int failures = 0;
    for (int round = 0; round < (sanitized ? 10 : 30); ++round) {
        partitioned_world w("partitioned storm");
        w.faults.add("at any " + std::to_string(20 + 7 * round) + " lost");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
            std::optional<error> failure;
            try {
                auto stream = answer(db.stream_partitioned(all_of_it, three_parts()));
                failure = read_parts(stream).failure;
            } catch (const database_error& e) {
                failure = e.error();
            }
            if (failure) {
                ++failures;
                INFO(failure->to_string());
                CHECK((failure->code() == errc::connection_lost || failure->code() == errc::unreachable));
            }
            CHECK(sessions_back(db));
        }
        w.judge();
    }
    CHECK(failures >= 5);
}
