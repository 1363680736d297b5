// The rules of a conversation as a caller meets them, by typed messages: what may follow what, and what is answered.
#include "fault_world.hpp"

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

// Refused before anything was done, on a session that goes on.
void check_refused(const error& e, errc code, session_state after = session_state::usable) {
    INFO(e.to_string());
    CHECK(e.code() == code);
    CHECK(e.outcome() == outcome::none);
    CHECK(e.session() == after);
    CHECK_FALSE(e.message().empty());
}

}  // namespace

TEST_CASE("a fetch or a close of a stream that was never started is stale") {
    world w("never started");
    {
        engine engine;
        auto session = w.connect(engine);
        check_refused(error_of(session.submit(ask::stream_fetch(stream_id()))), errc::stale_handle);
        check_refused(error_of(session.submit(ask::stream_fetch(stream_id(1)))), errc::stale_handle);
        check_refused(error_of(session.submit(ask::stream_close(stream_id(1)))), errc::stale_handle);
        CHECK(answer(session.query("rows 1")).size() == 1);
    }
    w.judge();
}

TEST_CASE("a stream by messages gives its batches and its end") {
    world w("by messages");
    {
        engine engine;
        auto session = w.connect(engine);
        auto start = ask::stream_start("rows 25");
        start.batch_rows = 10;
        const auto opened = answer(session.submit(std::move(start)));
        CHECK(opened.id);
        CHECK(opened.columns->size() == 4);
        std::uint64_t rows = 0;
        while (const auto part = answer(session.submit(ask::stream_fetch(opened.id)))) check_rows(*part, rows);
        CHECK(rows == 25);
        CHECK_FALSE(answer(session.submit(ask::stream_fetch(opened.id))));
        answer(session.submit(ask::stream_close(opened.id)));
        CHECK(answer(session.query("rows 1")).size() == 1);
    }
    w.judge();
}

TEST_CASE("a fetch after the close is closed and a second close is done again") {
    world w("after close");
    {
        engine engine;
        auto session = w.connect(engine);
        const auto opened = answer(session.submit(ask::stream_start("rows 100000")));
        CHECK(answer(session.submit(ask::stream_fetch(opened.id))));
        answer(session.submit(ask::stream_close(opened.id)));
        check_refused(error_of(session.submit(ask::stream_fetch(opened.id))), errc::closed);
        answer(session.submit(ask::stream_close(opened.id)));
        answer(session.submit(ask::stream_close(opened.id)));
        CHECK(answer(session.query("rows 1")).size() == 1);
    }
    w.judge();
}

TEST_CASE("the id of an earlier stream reaches neither the rows nor the cursor of a later one") {
    world w("stale id");
    {
        engine engine;
        auto session = w.connect(engine);
        const auto first = answer(session.submit(ask::stream_start("rows 10")));
        answer(session.submit(ask::stream_close(first.id)));
        const auto second = answer(session.submit(ask::stream_start("rows 10")));
        CHECK(first.id != second.id);
        check_refused(error_of(session.submit(ask::stream_fetch(first.id))), errc::closed);
        check_refused(error_of(session.submit(ask::stream_fetch(stream_id(second.id.value() + 1)))),
                      errc::stale_handle);
        answer(session.submit(ask::stream_close(first.id)));
        CHECK(answer(session.submit(ask::stream_fetch(second.id)))->rows() == 10);
        answer(session.submit(ask::stream_close(second.id)));
    }
    w.judge();
}

TEST_CASE("a session with an open stream answers busy to everything else and its stream goes on") {
    world w("busy");
    {
        engine engine;
        auto session = w.connect(engine);
        auto stream = answer(session.stream("rows 1000", stream_options().batch_rows(10)));
        check_refused(error_of(session.stream("rows 1")), errc::session_busy);
        check_refused(error_of(session.query("rows 1")), errc::session_busy);
        check_refused(error_of(session.submit(ask::execute("rows 1"))), errc::session_busy);
        check_refused(error_of(session.submit(ask::begin())), errc::session_busy);
        check_refused(error_of(session.submit(ask::commit())), errc::session_busy);
        check_refused(error_of(session.submit(ask::rollback())), errc::session_busy);
        const reading got = read(stream);
        CHECK_FALSE(got.failure);
        CHECK(got.rows == 1000);
        CHECK(answer(session.query("rows 1")).size() == 1);
        CHECK(w.faults.executions("rows 1") == 1);
    }
    w.judge();
}

TEST_CASE("a second next before the first is answered is refused and the first is not harmed") {
    world w("two readers");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at fetch 1 hang");
        auto stream = answer(session.stream("rows 10"));
        auto first = stream.next();
        REQUIRE(w.faults.wait_until_hanging(1));
        check_refused(error_of(stream.next()), errc::operation_in_progress);
        w.faults.release();
        CHECK(answer(std::move(first))->rows() == 10);
        CHECK_FALSE(answer(stream.next()));
    }
    w.judge();
}

TEST_CASE("a transaction begins once and a commit or a rollback needs one") {
    world w("transactions");
    {
        engine engine;
        auto session = w.connect(engine);
        check_refused(error_of(session.submit(ask::commit())), errc::invalid_argument);
        check_refused(error_of(session.submit(ask::rollback())), errc::invalid_argument);
        CHECK(w.faults.count("SQLEndTran") == 0);
        for (int round = 0; round < 2; ++round) {
            answer(session.submit(ask::begin()));
            check_refused(error_of(session.submit(ask::begin())), errc::transaction_active);
            CHECK(answer(session.query("affect 2")).affected_rows() == 2);
            if (round == 0)
                answer(session.submit(ask::commit()));
            else
                answer(session.submit(ask::rollback()));
            CHECK(w.faults.count("SQLEndTran") == static_cast<std::uint64_t>(round + 1));
            check_refused(error_of(session.submit(ask::commit())), errc::invalid_argument);
        }
        CHECK(answer(session.query("rows 1")).size() == 1);
    }
    w.judge();
}

TEST_CASE("after disconnect everything is closed and a second disconnect is done again") {
    world w("disconnected");
    {
        engine engine;
        auto session = w.connect(engine);
        check_refused(error_of(session.submit(ask::connect(w.faults.connection_string()))), errc::invalid_argument);
        answer(session.close());
        CHECK(w.faults.live().connected == 0);
        check_refused(error_of(session.query("rows 1")), errc::closed);
        check_refused(error_of(session.stream("rows 1")), errc::closed);
        check_refused(error_of(session.submit(ask::begin())), errc::closed);
        answer(session.submit(ask::disconnect()));
        CHECK(w.faults.count("disconnect") == 1);
    }
    w.judge();
}

TEST_CASE("disconnect with an open stream ends the stream with closed") {
    world w("disconnect in a stream");
    {
        engine engine;
        auto session = w.connect(engine);
        auto stream = answer(session.stream("rows 1000", stream_options().batch_rows(1).prefetch(1)));
        REQUIRE(w.faults.wait_until_called("fetch", 1));
        answer(session.close());
        CHECK(answer(stream.next()));  // fetched before
        CHECK(error_of(stream.next()).code() == errc::closed);
    }
    w.judge();
}

TEST_CASE("empty and moved-from handles answer closed") {
    world w("empty handles");
    {
        engine engine;
        auto session = w.connect(engine);
        auto stream = answer(session.stream("rows 1"));
        const auto other_stream = std::move(stream);
        const auto other = std::move(session);
        CHECK(error_of(session.query("rows 1")).code() == errc::closed);
        CHECK(error_of(session.submit(ask::begin())).code() == errc::closed);
        CHECK(error_of(stream.next()).code() == errc::closed);
        CHECK(error_of(stream.close()).code() == errc::closed);
        CHECK(error_of(pool().query("rows 1")).code() == errc::closed);
        CHECK(error_of(pool().acquire()).code() == errc::closed);
    }
    w.judge();
}

TEST_CASE("eight streams on eight engines at once each give their own rows") {
    world w("eight engines");
    {
        std::vector<engine> engines(8);
        std::vector<session> sessions;
        std::vector<row_stream> streams;
        std::vector<std::uint64_t> rows(engines.size());
        for (auto& each : engines) sessions.push_back(w.connect(each));
        for (std::size_t i = 0; i < engines.size(); ++i) {
            streams.push_back(answer(sessions[i].stream("rows 2000 seed " + std::to_string(i + 1),
                                                        stream_options().batch_rows(7 + i).prefetch(1 + i))));
        }
        for (std::size_t open = engines.size(); open > 0;) {
            open = 0;
            std::vector<std::future<std::optional<batch>>> asked;
            for (auto& each : streams) asked.push_back(each.next());
            for (std::size_t i = 0; i < asked.size(); ++i) {
                const auto part = answer(std::move(asked[i]));
                if (!part) continue;
                ++open;
                check_rows(*part, rows[i], i + 1);
            }
        }
        for (const auto each : rows) CHECK(each == 2000);
    }
    w.judge();
}
