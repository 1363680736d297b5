// What is done for each new connection: statements, and credentials that are asked for.
#include "event_log.hpp"
#include "fault_world.hpp"

#include <atomic>
#include <memory>
#include <stdexcept>

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("statements of on_connect run on each connection before anything else") {
    world w("on_connect");
    {
        engine engine;
        const auto options = connect_options().on_connect({"affect 11", "rows 3", "affect 12"});
        auto session = answer(engine.connect(w.faults.connection_string(), options));
        CHECK(w.executed() == std::vector<std::string>{"affect 11", "rows 3", "affect 12"});
        w.faults.lose_connections();
        CHECK(error_of(session.query("affect 1")).code() == errc::connection_lost);
        CHECK(answer(session.query("affect 2")).affected_rows() == 2);
        CHECK(w.faults.executions("affect 11") == 2);
        CHECK(w.faults.executions("affect 12") == 2);
        CHECK(w.executed().back() == "affect 2");
    }
    w.judge();
}

TEST_CASE("where a statement of on_connect fails the connect has failed") {
    world w("on_connect fails");
    {
        engine engine;
        w.faults.add("at SQLExecDirect 1 sql 'affect 12' error 42000 0 'no such thing'");
        const auto options = connect_options().on_connect({"affect 11", "affect 12", "affect 13"});
        const error e = error_of(engine.connect(w.faults.connection_string(), options));
        CHECK(e.code() == errc::syntax);
        CHECK(e.sqlstate() == "42000");
        CHECK_THAT(e.message(), Catch::StartsWith("statement 2 of 3 of on_connect failed: "));
        CHECK(w.faults.executions("affect 13") == 0);
        REQUIRE(comes_true([&] { return w.faults.live().connected == 0; }));
        auto db = engine.open(w.faults.connection_string(), pool_options().connect(options));
        CHECK(answer(db.query("affect 1")).affected_rows() == 1);
        CHECK(w.faults.executions("affect 13") == 1);
    }
    w.judge();
}

TEST_CASE("a provider of credentials is asked for each connection") {
    world w("credentials");
    {
        engine engine;
        const auto asked = std::make_shared<std::atomic<int>>(0);
        const auto options = connect_options().credentials([asked] {
            const int n = asked->fetch_add(1) + 1;
            return credentials().user("token").password("secret " + std::to_string(n));
        });
        auto session = answer(engine.connect(w.faults.connection_string() + ";Username=old;Password=old", options));
        CHECK(asked->load() == 1);
        w.faults.lose_connections();
        CHECK(error_of(session.query("affect 1")).code() == errc::connection_lost);
        CHECK(answer(session.query("affect 2")).affected_rows() == 2);
        CHECK(asked->load() == 2);
        auto db = engine.open(w.faults.connection_string(), pool_options().connect(options).max_size(2));
        auto a = answer(db.acquire());
        auto b = answer(db.acquire());
        CHECK(asked->load() == 4);
    }
    w.judge();
}

TEST_CASE("what a provider of credentials throws fails the connect and is tried again") {
    world w("no credentials");
    const event_log events;
    {
        engine engine(engine_options().on_event(events.handler()));
        const auto asked = std::make_shared<std::atomic<int>>(0);
        const auto options = connect_options().credentials([asked]() -> credentials {
            if (asked->fetch_add(1) == 0) throw std::runtime_error("the vault is sealed");
            return credentials().password("open sesame");
        });
        auto db = engine.open(w.faults.connection_string(), pool_options().connect(options));
        const error e = error_of(db.query("affect 1"));
        CHECK(e.code() == errc::unreachable);
        CHECK(e.outcome() == outcome::none);
        CHECK(e.message() == "the credential provider gave none: the vault is sealed");
        CHECK(w.faults.count("connect") == 0);
        CHECK(answer(db.query("affect 1")).affected_rows() == 1);
        CHECK(asked->load() == 2);
    }
    w.judge();
}

TEST_CASE("a provider that never comes back holds up its connect alone") {
    world w("a provider hangs");
    std::promise<void> go;
    {
        engine engine;
        const auto options = connect_options().credentials([gone = go.get_future().share()] {
            gone.wait();
            return credentials();
        });
        auto db = engine.open(w.faults.connection_string(), pool_options().connect(options));
        const auto asked_at = clock::now();
        const error e = error_of(db.query("affect 1", request_options().timeout(300ms)));
        CHECK(e.code() == errc::pool_exhausted);
        CHECK(clock::now() - asked_at < 300ms + 10 * promptly);
        auto other = w.connect(engine);
        CHECK(answer(other.query("affect 3")).affected_rows() == 3);
        go.set_value();
        CHECK(answer(db.query("affect 2")).affected_rows() == 2);
    }
    w.judge();
}
