// A stream that fails or is left in the middle: the rows before come in order, and the session goes on at once.
#include "here.hpp"

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

// Rows are numbered from 1 in the first column.
std::uint64_t count(row_stream& from, std::optional<error>& failure) {
    std::int64_t next = 1;
    try {
        while (const auto part = answer(from.next())) {
            for (std::size_t r = 0; r < part->rows(); ++r, ++next)
                if ((*part)[r].get<std::int64_t>(0) != next) FAIL("row " << next << " is another");
        }
    } catch (const database_error& e) {
        failure = e.error();
    }
    return static_cast<std::uint64_t>(next - 1);
}

void check_usable(session& on) {
    CHECK(answer(on.query("select 1")).size() == 1);
}

}  // namespace

TEST_CASE("an error far inside of a stream comes after the rows before its block and then for ever") {
    engine engine;
    auto session = here::connect(engine, "half_way_error");
    if (here::is_sqlite) {
        answer(session.query("drop table if exists numbers"));
        answer(session.query("create table numbers (i integer)"));
        answer(session.query("insert into numbers " + here::counting(401'000)));
    }
    const std::string sql =
        here::pick("select i, 1 / (400000 - i) from generate_series(1, 1000000) i",
                   "select seq, cast(seq as decimal(10)) * case when seq = 400000 then 1e308 * 1e308 else 1 end "
                   "from seq_1_to_410000",
                   "select i, abs(case when i = 400000 then -9223372036854775807 - 1 else i end) from numbers");
    for (const std::size_t batch_rows : {1'024U, 3'000U}) {
        INFO("batch_rows " << batch_rows);
        std::optional<error> failure;
        if (here::is_mariadb) {  // the driver has the whole result, or its error, before the first row
            failure = error_of(session.stream(sql, stream_options().batch_rows(batch_rows)));
            CHECK(failure->code() == errc::data);
        } else {
            auto stream = answer(session.stream(sql, stream_options().batch_rows(batch_rows)));
            CHECK(stream.mode() == stream_mode::incremental);
            const std::uint64_t rows = count(stream, failure);
            CHECK(rows == (here::is_postgresql ? 399'999 / batch_rows * batch_rows : 399'999));
            REQUIRE(failure);
            if (here::is_postgresql) CHECK(failure->sqlstate() == "22012");
            for (int again = 0; again < 3; ++again) {
                const error same = error_of(stream.next());
                CHECK(same.code() == failure->code());
                CHECK(same.sqlstate() == failure->sqlstate());
            }
        }
        CHECK(failure->outcome() == outcome::none);
        CHECK(failure->session() == session_state::usable);
        check_usable(session);
    }
}

TEST_CASE("a stream dropped or closed half-way leaves a session that reads and writes at once") {
    engine engine;
    auto session = here::connect(engine, "half_way_left");
    auto other = here::connect(engine, "half_way_left");
    answer(session.query("drop table if exists half_way_left"));
    answer(session.query("create table half_way_left (i integer)"));
    answer(session.query("insert into half_way_left " + here::counting(20'000)));
    constexpr int rounds = 30;
    for (int round = 0; round < rounds; ++round) {
        INFO("round " << round);
        const auto how = stream_options().batch_rows(100).prefetch(static_cast<std::size_t>(1 + round % 8));
        auto stream = answer(session.stream("select i from half_way_left", how));
        for (int taken = 0; taken < round % 5; ++taken) CHECK(answer(stream.next())->rows() == 100);
        std::future<void> closed;
        if (round % 2 == 0)
            stream = row_stream();
        else
            closed = stream.close();
        // Neither waits for the end of the stream.
        auto read = session.query("select 1");
        auto written = session.query("insert into half_way_left values (0)");
        CHECK(answer(std::move(read)).size() == 1);
        CHECK(answer(std::move(written)).affected_rows() == 1);
        CHECK(answer(other.query("insert into half_way_left values (0)")).affected_rows() == 1);
        if (closed.valid()) answer(std::move(closed));
    }
    CHECK(answer(session.query("select count(*) from half_way_left where i = 0"))[0].get<int>(0) == 2 * rounds);
    answer(session.query("drop table half_way_left"));
}

TEST_CASE("a stream left half-way within a transaction leaves the transaction as it was") {
    engine engine;
    auto session = here::connect(engine, "half_way_transaction");
    answer(session.query("drop table if exists half_way_transaction"));
    answer(session.query("create table half_way_transaction (i integer)"));
    answer(session.query("insert into half_way_transaction " + here::counting(5'000)));
    for (const bool keep : {false, true}) {
        answer(session.submit(ask::begin()));
        for (int round = 0; round < 4; ++round) {
            auto stream = answer(session.stream("select i from half_way_transaction", stream_options().batch_rows(50)));
            CHECK(answer(stream.next()));
            stream = row_stream();
            answer(session.query("insert into half_way_transaction values (0)"));
        }
        if (keep)
            answer(session.submit(ask::commit()));
        else
            answer(session.submit(ask::rollback()));
        const auto rows = answer(session.query("select count(*) from half_way_transaction where i = 0"));
        CHECK(rows[0].get<int>(0) == (keep ? 4 : 0));
    }
    answer(session.query("drop table half_way_transaction"));
}

TEST_CASE("a whole result above its bound is refused with the hint to stream and the session goes on") {
    engine engine;
    auto session = here::connect(engine, "half_way_bound");
    const error e = error_of(session.query(here::counting(200'000), request_options().result_bytes_max(100'000)));
    CHECK(e.code() == errc::too_large);
    CHECK_THAT(e.message(), Catch::Contains("stream"));
    check_usable(session);
}
