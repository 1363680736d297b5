// Readings in partitions over a driver that fails, hangs and loses connections: the first error ends it, the streams of
// the others are closed, the sessions are back.
#include "pool_world.hpp"

#include <sluice/runtime/async.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <map>
#include <set>

using namespace sluice;
using namespace sluice::testing;

namespace {

const std::string text = "select id, v from t";
const std::string from = " FROM (\n" + text + "\n) sluice_part WHERE ";
constexpr std::uint64_t rows_each = 40;

// The statement of a partition of three, cut at 10 and 20; the last one has the rows without a key.
std::string statement_of(std::size_t partition) {
    static const std::vector<std::string> conditions = {R"("id" < 10)", R"("id" >= 10 AND "id" < 20)", R"("id" >= 20)",
                                                        R"("id" IS NULL)"};
    return "SELECT *" + from + conditions[partition];
}
std::string in_quotes(std::string sql) {
    for (std::size_t at = 0; (at = sql.find('\'', at)) != std::string::npos; at += 2) sql.insert(at, 1, '\'');
    return "'" + sql + "'";
}
std::string answers(const std::string& sql, const std::string& with) {
    return "answer " + in_quotes(sql) + " with " + with + ";";
}
// Each partition has rows with the ids 0 to 39; that of the NULLs none.
std::string rows(std::uint64_t count, const std::string& more = "") {
    return "rows " + std::to_string(count) + " columns id, v: bigint" + more;
}

struct partitioned_world : pool_world {
    explicit partitioned_world(const std::string& name, const std::map<std::size_t, std::string>& others = {})
        : pool_world(name) {
        add_answers(others);
    }
    void add_answers(const std::map<std::size_t, std::string>& others = {}) {
        faults.add(answers("SELECT *" + from + "1 = 0", rows(0)));
        faults.add(answers("SELECT COUNT(*)" + from + R"(("id" < 10 AND "id" >= 20))", rows(1)));  // its id is 0
        for (std::size_t partition = 0; partition < 4; ++partition) {
            const auto other = others.find(partition);
            faults.add(answers(statement_of(partition),
                               other != others.end() ? other->second : rows(partition == 3 ? 0 : rows_each)));
        }
    }
};

partition_options three(std::size_t at_once = 3) {
    return partition_options()
        .by("id")
        .boundaries({value(std::int64_t{10}), value(std::int64_t{20})})
        .at_once(at_once)
        .batch_rows(8);
}

struct partitioned_reading {
    std::map<std::size_t, std::uint64_t> rows;
    std::vector<std::size_t> from;
    std::optional<error> failure;
};
partitioned_reading read(partitioned_stream& stream) {
    partitioned_reading made;
    try {
        while (const auto part = answer(stream.next())) {
            auto& next = made.rows[part->partition()];
            if (part->first_row() != next) FAIL("a batch begins with row " << part->first_row());
            for (const auto id : part->column<std::int64_t>(0))
                if (id != static_cast<std::int64_t>(next++)) FAIL("row " << next << " is " << id);
            made.from.push_back(part->partition());
        }
    } catch (const database_error& e) {
        made.failure = e.error();
    }
    return made;
}
// Reads until a fetch hangs; the next that waits for it.
std::future<std::optional<partition_batch>> wait_at_the_hang(world& w, partitioned_stream& stream) {
    while (true) {
        auto waiting = stream.next();
        REQUIRE(comes_true([&] { return w.faults.wait_until_hanging(1, 0ms) || ready(waiting); }));
        if (!ready(waiting)) return waiting;
        REQUIRE(answer(std::move(waiting)));
    }
}
bool all_back(const pool& db) {
    return comes_true([&] {
        const auto now = db.metrics();
        return now.lent == 0 && now.waiting == 0;
    });
}

}  // namespace

TEST_CASE("partitioned: every row of each partition comes and in order where that is wanted") {
    partitioned_world w("partitioned all");
    for (std::size_t partition = 0; partition < 3; ++partition)
        w.faults.add(answers(statement_of(partition) + R"( ORDER BY "id")", rows(rows_each)));
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
        for (const bool in_order : {false, true}) {
            auto stream = answer(db.stream_partitioned(text, three().in_order(in_order)));
            CHECK(stream.columns().size() == 2);
            CHECK(stream.progress().partitions == 4);
            const auto got = read(stream);
            if (got.failure) FAIL(got.failure->to_string());
            CHECK(got.rows == std::map<std::size_t, std::uint64_t>{{0, rows_each}, {1, rows_each}, {2, rows_each}});
            CHECK(stream.progress().rows == 3 * rows_each);
            CHECK(stream.progress().done == 4);
            if (in_order) CHECK(std::is_sorted(got.from.begin(), got.from.end()));
            CHECK_FALSE(answer(stream.next()));
            CHECK(all_back(db));
        }
    }
    w.judge();
}

TEST_CASE("partitioned: an error of one partition ends it and the sessions are back") {
    for (const std::size_t bad : {0U, 1U, 2U}) {
        for (const bool at_start : {false, true}) {
            partitioned_world w("partitioned error", {{bad, at_start ? std::string("error 22012 7 'division by zero'")
                                                                     : rows(rows_each, " error 20 22012")}});
            {
                engine engine;
                auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
                std::optional<error> failure;
                try {
                    auto stream = answer(db.stream_partitioned(text, three()));
                    const auto got = read(stream);
                    failure = got.failure;
                    CHECK(all_back(db));
                    for (const auto& [partition, count] : got.rows) CHECK(count <= (partition == bad ? 20 : rows_each));
                    for (int again = 0; again < 3; ++again)
                        CHECK(error_of(stream.next()).message() == failure->message());
                } catch (const database_error& e) {
                    failure = e.error();
                    CHECK(all_back(db));
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
    partitioned_world w("partitioned lost", {{1, rows(rows_each, " lost 20")}});
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
        auto stream = answer(db.stream_partitioned(text, three()));
        const auto got = read(stream);
        REQUIRE(got.failure);
        CHECK(got.failure->code() == errc::connection_lost);
        CHECK(got.failure->message().find("partition 1 of 4: ") == 0);
        CHECK(all_back(db));
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
        auto stream = answer(db.stream_partitioned(text, three().timeout(sanitized ? 2s : 500ms)));
        const auto got = read(stream);
        REQUIRE(got.failure);
        CHECK(got.failure->code() == errc::deadline);
        CHECK(all_back(db));
        CHECK(answer(db.query("rows 3")).size() == 3);
    }
    w.judge();
}

TEST_CASE("partitioned: a fetch that hangs costs who waits the deadline and the reading goes on") {
    partitioned_world w("partitioned hangs in a fetch");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(1));
        auto stream = answer(db.stream_partitioned(text, three(1).timeout(sanitized ? 2s : 500ms).prefetch(1)));
        w.faults.add("at fetch 1 hang");
        const auto before = read(stream);
        REQUIRE(before.failure);
        CHECK(before.failure->code() == errc::deadline);
        CHECK(before.failure->message().find("still open") != std::string::npos);
        CHECK(w.faults.wait_until_hanging(1));
        w.faults.release();
        while (answer(stream.next())) {
        }
        CHECK(stream.progress().rows == 3 * rows_each);
        CHECK(all_back(db));
    }
    w.judge();
}

TEST_CASE("partitioned: whatever hangs it can be closed and dropped and the sessions serve again") {
    for (const bool closes : {true, false}) {
        partitioned_world w("partitioned hangs stubbornly");
        {
            engine engine(engine_options().shutdown_grace(100ms));
            auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
            auto stream = answer(db.stream_partitioned(text, three(1).prefetch(1).timeout(no_deadline)));
            w.faults.add("at fetch 1 hang stubborn");
            auto waiting = wait_at_the_hang(w, stream);
            if (closes) {
                auto closing = stream.close();
                CHECK(error_of(std::move(waiting)).code() == errc::closed);
                CHECK(error_of(stream.next()).code() == errc::closed);
                CHECK_FALSE(ready(closing));
                w.faults.release();
                answer(std::move(closing));
                CHECK(all_back(db));
            } else {
                stream = partitioned_stream();
                CHECK(error_of(std::move(waiting)).code() == errc::closed);
                w.faults.release();
            }
            CHECK(all_back(db));
            CHECK(answer(db.query("rows 3")).size() == 3);
        }
        w.judge();
    }
}

TEST_CASE("partitioned: where the pool is short of sessions fewer partitions are read at once") {
    partitioned_world w("partitioned short");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(3));
        auto taken = leases(db, 2);
        // One session is left: the other partitions wait for it until the deadline, and then for the end of the first.
        auto stream = answer(db.stream_partitioned(text, three().timeout(300ms)));
        REQUIRE(comes_true([&] { return db.metrics().exhausted == 2; }));
        const auto got = read(stream);
        if (got.failure) FAIL(got.failure->to_string());
        CHECK(got.rows.size() == 3);
        taken.clear();
        // None is left.
        taken = leases(db, 3);
        const error none = error_of(db.stream_partitioned(text, three().timeout(100ms)));
        CHECK(none.code() == errc::pool_exhausted);
        taken.clear();
        CHECK(all_back(db));
    }
    w.judge();
}

TEST_CASE("partitioned: no more sessions than the pool has and no more than are wanted") {
    partitioned_world w("partitioned sessions");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(2));
        auto stream = answer(db.stream_partitioned(text, three(64)));
        CHECK(read(stream).rows.size() == 3);
        CHECK(w.faults.count("connect") <= 2);
        CHECK(db.metrics().exhausted == 0);
        auto larger = engine.open(w.faults.connection_string(), pool_options().max_size(8));
        auto alone = answer(larger.stream_partitioned(text, three(1)));
        CHECK(read(alone).rows.size() == 3);
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
        auto starting = db.stream_partitioned(text, three().stop(stop.get_token()));
        REQUIRE(w.faults.wait_until_hanging(1));
        stop.request_stop();
        CHECK(error_of(std::move(starting)).code() == errc::cancelled);
        CHECK(all_back(db));
        CHECK(error_of(db.stream_partitioned(text, three().stop(stop.get_token()))).code() == errc::cancelled);
        // The same by a cancellation slot.
        boost::asio::cancellation_signal signal;
        std::promise<errc> heard;
        db.async_stream_partitioned(
            text, three(), boost::asio::bind_cancellation_slot(signal.slot(), [&](const result<partitioned_stream>& r) {
                heard.set_value(r ? errc::ok : r.error().code());
            }));
        REQUIRE(w.faults.wait_until_hanging(1));
        signal.emit(boost::asio::cancellation_type::terminal);
        CHECK(answer(heard.get_future()) == errc::cancelled);
        CHECK(all_back(db));
        w.faults.clear_rules();
        w.add_answers();
        // While it is read; a batch that is there does not come any more.
        std::stop_source later;
        auto stream = answer(db.stream_partitioned(text, three().stop(later.get_token())));
        REQUIRE(answer(stream.next()));
        later.request_stop();
        CHECK(error_of(stream.next()).code() == errc::cancelled);
        CHECK(all_back(db));
        CHECK(error_of(stream.next()).code() == errc::cancelled);
    }
    w.judge();
}

TEST_CASE("partitioned: a next that is cancelled loses no batch and a second one is refused") {
    partitioned_world w("partitioned next cancelled");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(1));
        auto stream = answer(db.stream_partitioned(text, three(1).prefetch(1).timeout(sanitized ? 2s : 500ms)));
        w.faults.add("at fetch 1 hang");
        REQUIRE(read(stream).failure);
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
        auto stream = answer(db.stream_partitioned(text, three(1)));
        const auto got = read(stream);
        REQUIRE(got.failure);
        CHECK(got.failure->code() == errc::type_mismatch);
        CHECK(got.failure->message().find("partition 2 of 4: ") == 0);
        CHECK(got.rows.size() == 2);
        CHECK(all_back(db));
    }
    w.judge();
}

TEST_CASE("partitioned: the end of the engine ends it and a reading outlives it") {
    partitioned_world w("partitioned engine");
    partitioned_stream stream;
    std::future<std::optional<partition_batch>> waiting;
    {
        engine engine(engine_options().shutdown_grace(2s));
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(2));
        stream = answer(db.stream_partitioned(text, three(1)));
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
                auto stream = answer(db.stream_partitioned(text, three()));
                failure = read(stream).failure;
            } catch (const database_error& e) {
                failure = e.error();
            }
            if (failure) {
                ++failures;
                INFO(failure->to_string());
                CHECK((failure->code() == errc::connection_lost || failure->code() == errc::unreachable));
            }
            CHECK(all_back(db));
        }
        w.judge();
    }
    CHECK(failures >= 5);
}
