// Several statements in one message, on each server.
#include "bulk_shelf.hpp"
#include "comes_true.hpp"

#include <stop_token>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;
using ask = sluice::protocol::pipeline;
using here::shelf;

namespace {

std::string insert_into(const shelf& s) {
    return "insert into " + s.table + " values (?, ?)";
}
std::string all_of(const shelf& s) {
    return "select count(*) from " + s.table;
}
std::int64_t number(const result<row_set>& from) {
    if (!from) FAIL(from.error().to_string());
    return (*from)[0].get<std::int64_t>(0);
}
void check_not_executed(const result<row_set>& r, const std::string& because_of) {
    REQUIRE_FALSE(r.has_value());
    CHECK(r.error().code() == errc::cancelled);
    CHECK(r.error().outcome() == outcome::none);
    CHECK(r.error().message().find("statement " + because_of + " of the pipeline") != std::string::npos);
}

// Runs for a minute, if nobody stops it.
std::string minute() {
    return here::pick("select pg_sleep(60)", "select sleep(60)",
                      "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n");
}

}  // namespace

TEST_CASE("pipeline: each statement has its answer in their order") {
    shelf s("pipe_all");
    auto db = s.engine.open(connection_text(here::the, "bulk"));
    for (const bool pooled : {false, true}) {
        s.run("delete from " + s.table);
        ask statements;
        for (int i = 0; i < 20; ++i) statements.add(insert_into(s), args(i, "row " + std::to_string(i)));
        statements.add(all_of(s)).add("select name from " + s.table + " where id = :id", named_args("id", 7));
        const auto replies = answer(pooled ? db.pipeline(statements) : s.on.pipeline(statements));
        REQUIRE(replies.size() == 22);
        for (int i = 0; i < 20; ++i) {
            REQUIRE(replies[static_cast<std::size_t>(i)].has_value());
            CHECK(replies[static_cast<std::size_t>(i)]->affected_rows() == 1);
        }
        CHECK(number(replies[20]) == 20);
        REQUIRE(replies[21].has_value());
        CHECK((*replies[21])[0].get<std::string>(0) == "row 7");
    }
    CHECK(answer(s.on.pipeline(ask())).empty());
}

TEST_CASE("pipeline: after an error the rest are not executed, unless it goes on") {
    shelf s("pipe_error");
    ask statements;
    statements.add(insert_into(s), args(1, "a"))
        .add(insert_into(s), args(1, "twin"))
        .add(insert_into(s), args(2, "b"))
        .add(all_of(s));
    auto replies = answer(s.on.pipeline(statements));
    REQUIRE(replies.size() == 4);
    CHECK(replies[0].has_value());
    REQUIRE_FALSE(replies[1].has_value());
    CHECK(replies[1].error().code() == errc::constraint);
    CHECK(replies[1].error().outcome() == outcome::none);
    CHECK(replies[1].error().session() == session_state::usable);
    check_not_executed(replies[2], "1");
    check_not_executed(replies[3], "1");
    CHECK(s.count() == 1);

    s.run("delete from " + s.table);
    replies = answer(s.on.pipeline(statements.go_on()));
    REQUIRE(replies.size() == 4);
    CHECK_FALSE(replies[1].has_value());
    CHECK(replies[2].has_value());
    CHECK(number(replies[3]) == 2);
}

TEST_CASE("pipeline: within a transaction its statements go with it") {
    shelf s("pipe_within");
    auto tx = answer(s.on.begin());
    auto replies = answer(tx.pipeline(ask().add(insert_into(s), args(1, "a")).add(all_of(s))));
    CHECK(number(replies[1]) == 1);
    replies = answer(tx.pipeline(ask().add(insert_into(s), args(1, "twin")).add(all_of(s)).go_on()));
    REQUIRE_FALSE(replies[0].has_value());
    CHECK(replies[0].error().code() == errc::constraint);
    CHECK(number(replies[1]) == 1);
    CHECK(tx.state() == transaction_state::open);
    answer(tx.rollback());
    CHECK(s.count() == 0);
}

TEST_CASE("pipeline: a cancel and a deadline end the statement that runs and the rest are not executed") {
    shelf s("pipe_late");
    const auto statements = ask().add(insert_into(s), args(1, "a")).add(minute()).add(insert_into(s), args(2, "b"));
    for (const bool late : {false, true}) {
        s.run("delete from " + s.table);
        std::stop_source stop;
        auto running =
            s.on.pipeline(statements, late ? request_options().timeout(3s) : request_options().stop(stop.get_token()));
        if (!late) {
            auto other = here::connect(s.engine, "bulk");
            REQUIRE(comes_true([&] { return answer(other.query(all_of(s)))[0].get<int>(0) == 1; }));
            stop.request_stop();
        }
        try {
            const auto replies = answer(std::move(running));
            REQUIRE(replies.size() == 3);
            CHECK(replies[0].has_value());
            REQUIRE_FALSE(replies[1].has_value());
            CHECK(replies[1].error().code() == (late ? errc::deadline : errc::cancelled));
            CHECK_FALSE(replies[2].has_value());
        } catch (const database_error& e) {
            // The server took more than a moment to stop: nobody knows how far it came.
            INFO(e.error().to_string());
            CHECK(e.error().code() == (late ? errc::deadline : errc::cancelled));
            CHECK(e.error().outcome() == outcome::unknown);
        }
        CHECK(s.count() == 1);
    }
}

TEST_CASE("pipeline: what is wrong with it") {
    shelf s("pipe_wrong");
    ask many;
    for (std::size_t i = 0; i <= limits::pipeline_steps_max; ++i) many.add("select 1");
    CHECK(error_of(s.on.pipeline(many)).code() == errc::too_large);
    CHECK(error_of(session().pipeline(ask().add("select 1"))).code() == errc::closed);
    const auto empty = answer(s.on.pipeline(ask().add("").add("select 1")));
    CHECK(empty[0].error().code() == errc::invalid_argument);
    check_not_executed(empty[1], "0");
    const auto out = answer(s.on.pipeline(ask().add("select ?", args(sluice::out<int>())).add("select 1").go_on()));
    CHECK(out[0].error().code() == errc::unsupported);
    CHECK(number(out[1]) == 1);
    // The limits are those of all together.
    const std::string hundred = here::is_postgresql ? "select * from generate_series(1, 100)" : here::counting(100);
    const auto rows =
        answer(s.on.pipeline(ask().add(hundred).add(hundred).go_on(), request_options().result_rows_max(150)));
    CHECK(rows[0]->size() == 100);
    REQUIRE_FALSE(rows[1].has_value());
    CHECK(rows[1].error().code() == errc::too_large);
}
