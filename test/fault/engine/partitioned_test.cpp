// Readings in partitions over a scripted driver: what comes, with how many sessions, and how it is cancelled.
#include "partitioned_world.hpp"

#include <sluice/runtime/async.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

using namespace sluice;
using namespace sluice::testing;
using namespace sluice::testing::partitioned;

TEST_CASE("partitioned: every row of each partition comes and in order where that is wanted") {
    partitioned_world w("partitioned all");
    for (std::size_t partition = 0; partition < 3; ++partition)
        w.faults.add(scripted(statement_of(partition) + R"( ORDER BY "id")", rows_form(rows_each)));
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
        for (const bool in_order : {false, true}) {
            auto stream = answer(db.stream_partitioned(all_of_it, three_parts().in_order(in_order)));
            CHECK(stream.columns().size() == 2);
            CHECK(stream.progress().partitions == 4);
            const auto got = read_parts(stream);
            if (got.failure) FAIL(got.failure->to_string());
            CHECK(got.rows == std::map<std::size_t, std::uint64_t>{{0, rows_each}, {1, rows_each}, {2, rows_each}});
            CHECK(stream.progress().rows == 3 * rows_each);
            CHECK(stream.progress().done == 4);
            if (in_order) CHECK(std::is_sorted(got.from.begin(), got.from.end()));
            CHECK_FALSE(answer(stream.next()));
            CHECK(sessions_back(db));
        }
    }
    w.judge();
}

TEST_CASE("partitioned: where the pool is short of sessions fewer partitions are read at once") {
    partitioned_world w("partitioned short");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
        auto taken = leases(db, 2);
        // One session is left: the other partitions wait for it until the deadline, and then for the end of the first.
        auto stream = answer(db.stream_partitioned(all_of_it, three_parts().timeout(300ms)));
        REQUIRE(comes_true([&] { return db.metrics().exhausted == 2; }));
        const auto got = read_parts(stream);
        if (got.failure) FAIL(got.failure->to_string());
        CHECK(got.rows.size() == 3);
        taken.clear();
        // None is left.
        taken = leases(db, 3);
        const error none = error_of(db.stream_partitioned(all_of_it, three_parts().timeout(100ms)));
        CHECK(none.code() == errc::pool_exhausted);
        taken.clear();
        CHECK(sessions_back(db));
    }
    w.judge();
}

TEST_CASE("partitioned: no more sessions than the pool has and no more than are wanted") {
    partitioned_world w("partitioned sessions");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(2));
        auto stream = answer(db.stream_partitioned(all_of_it, three_parts(64)));
        CHECK(read_parts(stream).rows.size() == 3);
        CHECK(w.faults.count("connect") <= 2);
        CHECK(db.metrics().exhausted == 0);
        auto larger = engine.open(w.faults.connection_string(), pool_options().max_size(8));
        auto alone = answer(larger.stream_partitioned(all_of_it, three_parts(1)));
        CHECK(read_parts(alone).rows.size() == 3);
        CHECK(larger.metrics().connected == 1);
    }
    w.judge();
}

TEST_CASE("partitioned: it can be stopped and cancelled at any time") {
    partitioned_world w("partitioned cancelled");
    w.faults.add("at execute sql '1 = 0' hang");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
        // While it is being started.
        std::stop_source stop;
        auto starting = db.stream_partitioned(all_of_it, three_parts().stop(stop.get_token()));
        REQUIRE(w.faults.wait_until_hanging(1));
        stop.request_stop();
        CHECK(error_of(std::move(starting)).code() == errc::cancelled);
        CHECK(sessions_back(db));
        CHECK(error_of(db.stream_partitioned(all_of_it, three_parts().stop(stop.get_token()))).code() ==
              errc::cancelled);
        // The same by a cancellation slot.
        boost::asio::cancellation_signal signal;
        std::promise<errc> heard;
        db.async_stream_partitioned(
            all_of_it, three_parts(),
            boost::asio::bind_cancellation_slot(signal.slot(), [&](const result<partitioned_stream>& r) {
                heard.set_value(r ? errc::ok : r.error().code());
            }));
        REQUIRE(w.faults.wait_until_hanging(1));
        signal.emit(boost::asio::cancellation_type::terminal);
        CHECK(answer(heard.get_future()) == errc::cancelled);
        CHECK(sessions_back(db));
        w.faults.clear_rules();
        w.add_answers();
        // While it is read; a batch that is there does not come any more.
        std::stop_source later;
        auto stream = answer(db.stream_partitioned(all_of_it, three_parts().stop(later.get_token())));
        REQUIRE(answer(stream.next()));
        later.request_stop();
        CHECK(error_of(stream.next()).code() == errc::cancelled);
        CHECK(sessions_back(db));
        CHECK(error_of(stream.next()).code() == errc::cancelled);
    }
    w.judge();
}

TEST_CASE("partitioned: a next that is cancelled loses no batch and a second one is refused") {
    partitioned_world w("partitioned next cancelled");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(1));
        auto stream =
            answer(db.stream_partitioned(all_of_it, three_parts(1).prefetch(1).timeout(sanitized ? 2s : 500ms)));
        w.faults.add("at fetch 1 hang");
        REQUIRE(read_parts(stream).failure);
        boost::asio::cancellation_signal signal;
        std::promise<errc> heard;
        stream.async_next(
            boost::asio::bind_cancellation_slot(signal.slot(), [&](const result<std::optional<partition_batch>>& r) {
                heard.set_value(r ? errc::ok : r.error().code());
            }));
        CHECK(error_of(stream.next()).code() == errc::operation_in_progress);
        signal.emit(boost::asio::cancellation_type::total);
        CHECK(answer(heard.get_future()) == errc::cancelled);
        w.faults.release();
        while (answer(stream.next())) {
        }
        CHECK(stream.progress().rows == 3 * rows_each);
    }
    w.judge();
}

TEST_CASE("partitioned: a partition with other columns ends it") {
    partitioned_world w("partitioned columns", {{2, "rows 5 columns id, v: varchar(20)"}});
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
        auto stream = answer(db.stream_partitioned(all_of_it, three_parts(1)));
        const auto got = read_parts(stream);
        REQUIRE(got.failure);
        CHECK(got.failure->code() == errc::type_mismatch);
        CHECK(got.failure->message().find("partition 2 of 4: ") == 0);
        CHECK(got.rows.size() == 2);
        CHECK(sessions_back(db));
    }
    w.judge();
}
