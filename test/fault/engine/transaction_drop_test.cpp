// A transaction whose handle is dropped, in each state that it can be in.
#include "fault_world.hpp"

#include <atomic>
#include <thread>

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

// The order in which statements and the ends of transactions reached the driver.
std::vector<std::string> story(const world& w) {
    std::vector<std::string> texts;
    for (const auto& call : w.faults.calls())
        if (call.function == "SQLExecDirect" || call.function == "SQLEndTran") texts.push_back(call.sql);
    return texts;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("dropped transaction: nothing was done in it") {
    world w("drop empty");
    {
        engine engine;
        auto session = w.connect(engine);
        (void)answer(session.begin());
        answer(session.query("affect 1"));
        answer(session.submit(ask::begin()));  // none is open
        answer(session.submit(ask::commit()));
    }
    CHECK(story(w) == texts{"rollback", "affect 1", "commit"});
    w.judge();
}

TEST_CASE("dropped transaction: it is rolled back before what is asked later and nobody has to ask") {
    for (const bool of_pool : {false, true}) {
        world w("drop with work");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), one_session());
            auto session = of_pool ? sluice::session() : answer(db.acquire());
            auto tx = answer(of_pool ? db.begin() : session.begin());
            answer(tx.query("affect 1"));
            tx = transaction();
            CHECK(comes_true([&] { return w.faults.count("SQLEndTran") == 1; }));
            answer(of_pool ? db.query("affect 2") : session.query("affect 2"));
        }
        CHECK(story(w) == texts{"affect 1", "rollback", "affect 2"});
        CHECK(w.faults.count("connect") == 1);
        w.judge();
    }
}

TEST_CASE("dropped transaction: the next one's requests never meet it") {
    for (int round = 0; round < 200; ++round) {
        world w("drop and go on");
        {
            engine engine;
            auto session = w.connect(engine);
            for (int n = 0; n < 3; ++n) {
                auto tx = answer(session.begin());
                auto asked = tx.query("affect 1");
                if (round % 2 == 0) answer(std::move(asked));
                tx = transaction();
                answer(session.query("affect 2"));
                tx = answer(session.begin());
                auto left = std::move(tx);
            }
        }
        w.judge();
    }
}

TEST_CASE("dropped transaction: what was asked of it before still runs") {
    for (const bool of_pool : {false, true}) {
        world w("drop with a line");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), one_session());
            auto session = of_pool ? sluice::session() : answer(db.acquire());
            auto tx = answer(of_pool ? db.begin() : session.begin());
            w.faults.add("at execute sql 'holds' hang");
            auto holds = tx.query("affect 1 /* holds */");
            auto behind = tx.query("affect 2");
            REQUIRE(w.faults.wait_until_hanging(1));
            tx = transaction();
            auto next = of_pool ? db.query("affect 3") : session.query("affect 3");
            w.faults.release();
            answer(std::move(holds));
            CHECK(answer(std::move(behind)).affected_rows() == 2);
            CHECK(answer(std::move(next)).affected_rows() == 3);
        }
        CHECK(story(w) == texts{"affect 1 /* holds */", "affect 2", "rollback", "affect 3"});
        w.judge();
    }
}

TEST_CASE("dropped transaction: a commit that was asked for is made") {
    for (const bool of_pool : {false, true}) {
        world w("drop behind a commit");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), one_session());
            auto session = of_pool ? sluice::session() : answer(db.acquire());
            std::future<void> committed;
            {
                auto tx = answer(of_pool ? db.begin() : session.begin());
                answer(tx.query("affect 1"));
                committed = tx.commit();
            }
            answer(std::move(committed));
            answer(of_pool ? db.query("affect 2") : session.query("affect 2"));
        }
        CHECK(story(w) == texts{"affect 1", "commit", "affect 2"});
        w.judge();
    }
}

TEST_CASE("dropped transaction: a commit that was refused is followed by the rollback") {
    world w("drop after a refused commit");
    {
        engine engine;
        auto session = w.connect(engine);
        {
            auto tx = answer(session.begin());
            answer(tx.query("affect 1"));
            w.faults.add("at SQLEndTran 1 sql 'commit' error 23000");
            const auto e = error_of(tx.commit());
            CHECK(e.code() == errc::constraint);
            CHECK(e.outcome() == outcome::none);
            CHECK(tx.state() == transaction_state::failed);
            const auto again = error_of(tx.commit());
            CHECK(again.code() == errc::constraint);  // by its cause
            CHECK(again.sqlstate() == "23000");
            CHECK(again.outcome() == outcome::none);
            CHECK(again.session() == session_state::transaction_failed);
        }
        answer(session.query("affect 2"));
    }
    CHECK(story(w) == texts{"affect 1", "commit", "rollback", "affect 2"});
    w.judge();
}

TEST_CASE("dropped transaction: its stream is closed") {
    for (const bool of_pool : {false, true}) {
        world w("drop with a stream");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), one_session());
            auto session = of_pool ? sluice::session() : answer(db.acquire());
            auto tx = answer(of_pool ? db.begin() : session.begin());
            auto stream = answer(tx.stream("rows 1000", stream_options().batch_rows(10)));
            tx = transaction();
            const auto rest = read(stream, 200);
            REQUIRE(rest.failure.has_value());
            CHECK(rest.failure->code() == errc::closed);
            stream = row_stream();
            answer(of_pool ? db.query("affect 2") : session.query("affect 2"));
        }
        CHECK(story(w) == texts{"rows 1000", "rollback", "affect 2"});
        w.judge();
    }
}

TEST_CASE("dropped transaction: a full mailbox does not keep it") {
    world w("drop with a full mailbox");
    {
        engine engine;
        auto session = w.connect(engine, connect_options().mailbox_slots(4));
        auto tx = answer(session.begin());
        w.faults.add("at execute sql 'holds' hang");
        std::vector<std::future<row_set>> line;
        line.push_back(tx.query("affect 1 /* holds */"));
        REQUIRE(w.faults.wait_until_hanging(1));
        for (int n = 0; n < 3; ++n) line.push_back(tx.query("affect 2"));
        CHECK(error_of(tx.query("affect 2")).code() == errc::queue_full);
        tx = transaction();
        w.faults.release();
        for (auto& each : line) answer(std::move(each));
        answer(session.query("affect 3"));
    }
    CHECK(story(w) == texts{"affect 1 /* holds */", "affect 2", "affect 2", "affect 2", "rollback", "affect 3"});
    w.judge();
}

TEST_CASE("dropped transaction: a rollback that fails costs the connection and nobody else") {
    for (const bool of_pool : {false, true}) {
        world w("drop cannot roll back");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), one_session());
            auto session = of_pool ? sluice::session() : answer(db.acquire());
            auto tx = answer(of_pool ? db.begin() : session.begin());
            answer(tx.query("affect 1"));
            w.faults.add("at SQLEndTran 1 error HY000");
            tx = transaction();
            answer(of_pool ? db.query("affect 2") : session.query("affect 2"));
            CHECK(w.faults.count("connect") == 2);
        }
        w.judge();
    }
}

TEST_CASE("dropped transaction: a rollback that hangs does not hold the pool up for ever") {
    world w("drop hangs");
    {
        const auto grace = engine_options().shutdown_grace(1s);
        engine engine(grace);
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(2));
        auto tx = answer(db.begin());
        answer(tx.query("affect 1"));
        w.faults.add("at SQLEndTran 1 hang");
        const auto before = clock::now();
        tx = transaction();
        CHECK(clock::now() - before < promptly);
        REQUIRE(w.faults.wait_until_hanging(1));
        CHECK(answer(db.query("affect 2")).affected_rows() == 2);  // on the other session
        w.faults.release();
    }
    w.judge();
}

TEST_CASE("dropped transaction: the one of an earlier connection ends nothing of the next") {
    world w("drop a lost one");
    {
        engine engine;
        auto session = w.connect(engine);
        auto lost = answer(session.begin());
        answer(lost.query("affect 1"));
        CHECK(w.faults.lose_connections() == 1);
        CHECK(error_of(lost.query("affect 1")).code() == errc::connection_lost);
        auto second = answer(session.begin());
        answer(second.query("affect 2"));
        lost = transaction();
        answer(second.query("affect 3"));
        answer(second.commit());
    }
    CHECK(story(w).back() == "commit");
    w.judge();
}

TEST_CASE("dropped transaction: many users of a pool never meet each other's") {
    world w("drop by many");
    std::atomic<int> wrong{0};
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), pool_options().max_size(2));
        const auto use = [&](int user) {
            for (int n = 0; n < (sanitized ? 40 : 200); ++n) {
                try {
                    auto tx = db.begin().get();
                    auto asked = tx.query("affect 1");
                    const int how = (n + user) % 4;
                    if (how == 0) tx.commit().get();
                    if (how == 1) tx.rollback().get();
                    if (how == 2) (void)tx.commit();  // dropped with it on its way
                    tx = transaction();
                    (void)asked.get();
                    (void)db.query("affect 2").get();
                } catch (const std::exception&) {
                    ++wrong;
                }
            }
        };
        std::vector<std::thread> users;
        for (int user = 0; user < 4; ++user) users.emplace_back(use, user);
        for (auto& one : users) one.join();
    }
    CHECK(wrong == 0);
    CHECK(w.faults.count("connect") <= 2);
    w.judge();
}

TEST_CASE("dropped transaction: a session that many use keeps each transaction to itself") {
    world w("drop on one session");
    std::atomic<int> wrong{0};
    std::atomic<int> begun{0};
    {
        engine engine;
        auto session = w.connect(engine);
        const auto use = [&](int user) {
            for (int n = 0; n < (sanitized ? 40 : 200); ++n) {
                try {
                    auto tx = session.begin().get();
                    ++begun;
                    (void)tx.query("affect 1").get();
                    if ((n + user) % 2 == 0) tx.commit().get();
                } catch (const database_error& e) {
                    if (e.code() != errc::transaction_active) ++wrong;
                }
            }
        };
        std::vector<std::thread> users;
        for (int user = 0; user < 4; ++user) users.emplace_back(use, user);
        for (auto& one : users) one.join();
        answer(session.query("affect 2"));
    }
    CHECK(wrong == 0);
    CHECK(begun > 0);
    CHECK(w.faults.count("SQLEndTran") == static_cast<std::uint64_t>(begun));
    w.judge();
}
