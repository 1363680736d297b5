// Prepared statements within a transaction object, against the scripted driver.
#include "pool_world.hpp"

#include <sluice/runtime/async.hpp>

using namespace sluice;
using namespace sluice::testing;

namespace {

const std::string find = "select a from t where k = ?";
const std::string many = "select many from t where k < ?";
const std::string update = "update t set a = ?";

struct prepared_world : pool_world {
    explicit prepared_world(const std::string& about) : pool_world("prepared within a transaction: " + about) {
        faults.add(
            "answer 'select a from t where k = ?' with echo ?;"
            "answer 'select many from t where k < ?' with rows ?;"
            "answer 'update t set a = ?' with affect ?;");
    }
};

std::int64_t number(const row_set& rows) {
    return rows[0].get<std::int64_t>(0);
}

}  // namespace

TEST_CASE("a prepared statement runs within the transaction of its session and prepares once") {
    prepared_world w("runs");
    {
        engine engine;
        auto session = w.connect(engine);
        auto finds = answer(session.prepare(find));
        auto updates = answer(session.prepare(update));
        auto reads = answer(session.prepare(many));
        auto tx = answer(session.begin());
        CHECK(error_of(finds.query(args(1))).code() == errc::transaction_active);  // beside it
        CHECK(number(answer(tx.query(finds, args(7)))) == 7);
        CHECK(answer(tx.query(updates, args(3))).affected_rows() == 3);
        CHECK(answer(tx.query_as<std::tuple<std::int64_t>>(finds, args(8)))[0] == std::tuple<std::int64_t>(8));
        CHECK(number(answer(tx.async_query(finds, args(9), sluice::use_future))) == 9);
        auto stream = answer(tx.stream(reads, args(500), stream_options().batch_rows(100)));
        CHECK(error_of(tx.query(finds, args(1))).code() == errc::session_busy);
        std::uint64_t rows = 0;
        while (auto batch = answer(stream.next())) rows += batch->rows();
        CHECK(rows == 500);
        CHECK(w.faults.count("SQLPrepare") == 3);
        answer(tx.commit());
        CHECK(error_of(tx.query(finds, args(1))).code() == errc::stale_handle);
        CHECK(number(answer(finds.query(args(1)))) == 1);  // its session is free again
        CHECK(w.faults.count("SQLPrepare") == 3);
        CHECK(w.faults.count("SQLEndTran") == 1);
    }
    w.judge();
}

TEST_CASE("a prepared statement of another session is refused by a transaction and nothing is sent") {
    prepared_world w("another");
    {
        engine engine;
        auto one = w.connect(engine);
        auto two = w.connect(engine);
        auto of_two = answer(two.prepare(find));
        auto tx = answer(one.begin());
        const auto sent = w.executed().size();
        const auto refused = error_of(tx.query(of_two, args(1)));
        CHECK(refused.code() == errc::stale_handle);
        CHECK(refused.outcome() == outcome::none);
        CHECK(refused.message().find("another session") != std::string_view::npos);
        CHECK(error_of(tx.stream(of_two, args(1))).code() == errc::stale_handle);
        CHECK(tx.state() == transaction_state::open);
        CHECK(w.executed().size() == sent);
        CHECK(number(answer(of_two.query(args(4)))) == 4);

        CHECK(error_of(tx.query(statement(), args(1))).code() == errc::closed);
        CHECK(error_of(transaction().query(of_two, args(1))).code() == errc::closed);
        two = session();
        CHECK(error_of(tx.query(of_two, args(1))).code() == errc::stale_handle);
        CHECK(error_of(tx.query(of_two, args(1), request_options().result_bytes_max(0))).code() == errc::stale_handle);
        CHECK(error_of(one.prepare(find)).code() == errc::transaction_active);  // before the transaction, not within
    }
    w.judge();
}

TEST_CASE("an error of a prepared statement counts for its transaction") {
    prepared_world w("errors");
    {
        engine engine;
        auto session = w.connect(engine);
        auto finds = answer(session.prepare(find));
        auto tx = answer(session.begin());
        CHECK(error_of(tx.query(finds, args(1), request_options().result_bytes_max(0))).code() ==
              errc::invalid_argument);
        CHECK(number(answer(tx.query(finds, args(1)))) == 1);

        SECTION("a lost connection") {
            w.faults.lose_connections();
            const auto lost = error_of(tx.query(finds, args(2)));
            CHECK(lost.code() == errc::connection_lost);
            CHECK(tx.state() == transaction_state::failed);
            answer(tx.rollback());
            CHECK(number(answer(finds.query(args(3)))) == 3);  // prepared again
        }
        SECTION("a deadline") {
            w.faults.add("at execute 1 hang");
            const auto late = error_of(tx.query(finds, args(2), request_options().timeout(50ms)));
            CHECK(late.code() == errc::deadline);
            w.faults.clear_rules();
            w.faults.release();
        }
        SECTION("cancelled while it runs") {
            w.faults.add("at execute 1 hang");
            auto hangs = tx.query(finds, args(2));
            REQUIRE(w.faults.wait_until_hanging(1));
            session.cancel();
            CHECK(error_of(std::move(hangs)).code() == errc::cancelled);
        }
        SECTION("its handle dropped while it waits") {
            w.faults.add("at execute 1 hang");
            auto running = tx.query(update, args(2));
            REQUIRE(w.faults.wait_until_hanging(1));
            auto queued = tx.query(finds, args(5));
            finds = statement();
            w.faults.release();
            CHECK(answer(std::move(running)).affected_rows() == 2);
            CHECK(number(answer(std::move(queued))) == 5);
        }
    }
    w.judge();
}
