// What a session of a pool is freed of before it is lent again.
#include "fault_world.hpp"

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

// Where in the ledger the calls of that name are, by their sequence.
std::vector<std::uint64_t> sequences(const world& w, const std::string& function, const std::string& sql = "") {
    std::vector<std::uint64_t> found;
    for (const auto& call : w.faults.calls()) {
        const bool named = function == "execute" ? call.function == "SQLExecDirect" || call.function == "SQLExecute"
                                                 : call.function == function;
        if (named && (sql.empty() || call.sql == sql)) found.push_back(call.sequence);
    }
    return found;
}

}  // namespace

TEST_CASE("a transaction left open is rolled back before the session is lent again") {
    for (const bool someone_waits : {false, true}) {
        world w("left transaction");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), one_session());
            auto lease = answer(db.acquire());
            answer(lease.submit(ask::begin()));
            CHECK(answer(lease.query("affect 1")).affected_rows() == 1);
            std::future<row_set> next;
            if (someone_waits) next = db.query("rows 1 /* next */");
            lease = session();
            if (!someone_waits) next = db.query("rows 1 /* next */");
            CHECK(answer(std::move(next)).size() == 1);
            auto again = answer(db.acquire());
            answer(again.submit(ask::begin()));  // none is open
            answer(again.submit(ask::rollback()));
        }
        const auto ended = sequences(w, "SQLEndTran");
        REQUIRE_FALSE(ended.empty());
        CHECK(ended.front() < sequences(w, "execute", "rows 1 /* next */").at(0));
        CHECK(w.faults.count("connect") == 1);
        w.judge();
    }
}

TEST_CASE("a stream left half-way is closed before the session is lent again") {
    for (int round = 0; round < 50; ++round) {
        world w("left stream");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), one_session());
            std::future<row_set> next;
            {
                auto lease = answer(db.acquire());
                auto stream = answer(lease.stream("rows 1000", stream_options().batch_rows(10)));
                CHECK(read(stream, static_cast<std::uint64_t>(round % 4)).rows ==
                      static_cast<std::uint64_t>(round % 4 * 10));
                if (round % 2 == 0) next = db.query("rows 3");
                if (round % 3 == 0) lease = session();  // the stream holds it still
            }
            if (round % 2 != 0) next = db.query("rows 3");
            CHECK(answer(std::move(next)).size() == 3);
            CHECK(w.faults.count("connect") == 1);
        }
        w.judge();
    }
}

TEST_CASE("a pool's own stream dropped half-way frees the session for the very next query") {
    for (int round = 0; round < 50; ++round) {
        world w("pool stream");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string(), one_session());
            {
                auto stream = answer(db.stream("rows 1000", stream_options().batch_rows(10)));
                CHECK(read(stream, static_cast<std::uint64_t>(round % 4)).batches ==
                      static_cast<std::uint64_t>(round % 4));
            }
            CHECK(answer(db.query("rows 3")).size() == 3);
        }
        w.judge();
    }
}

TEST_CASE("a stream in a transaction left open is closed and rolled back") {
    world w("left both");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        {
            auto lease = answer(db.acquire());
            answer(lease.submit(ask::begin()));
            auto stream = answer(lease.stream("rows 1000", stream_options().batch_rows(10)));
            CHECK(answer(stream.next()));
        }
        auto next = answer(db.acquire());
        answer(next.submit(ask::begin()));
        answer(next.submit(ask::commit()));
        CHECK(w.faults.count("SQLEndTran") == 2);
    }
    w.judge();
}

TEST_CASE("a session whose reset fails is not lent again") {
    world w("reset fails");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        w.faults.add("at SQLEndTran 1 lost");
        {
            auto lease = answer(db.acquire());
            answer(lease.submit(ask::begin()));
            CHECK(answer(lease.query("affect 1")).affected_rows() == 1);
        }
        CHECK(answer(db.query("rows 1")).size() == 1);
        CHECK(w.faults.count("connect") == 2);
    }
    w.judge();
}

TEST_CASE("what was submitted before a session is dropped still runs before it is lent again") {
    world w("submitted before");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        std::vector<std::future<row_set>> submitted;
        std::future<row_set> next;
        {
            auto lease = answer(db.acquire());
            for (int n = 0; n < 20; ++n) submitted.push_back(lease.query("echo ? /* leased */", args(n)));
        }
        next = db.query("rows 1 /* next */");
        for (auto& each : submitted) CHECK(answer(std::move(each)).size() == 1);
        CHECK(answer(std::move(next)).size() == 1);
        CHECK(w.executed().back() == "rows 1 /* next */");
    }
    w.judge();
}

TEST_CASE("a session of a pool that was closed is not lent again") {
    world w("closed lease");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string(), one_session());
        auto lease = answer(db.acquire());
        answer(lease.close());
        auto next = db.query("rows 1");
        CHECK_FALSE(ready(next));
        lease = session();
        CHECK(answer(std::move(next)).size() == 1);
        CHECK(w.faults.count("connect") == 2);
    }
    w.judge();
}
