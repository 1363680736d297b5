// Sessions that prove to be alive before they are lent: on a time of the test's.
#include "event_log.hpp"
#include "pool_world.hpp"

#include <sluice/testing/virtual_clock.hpp>

#include <cstdlib>

using namespace sluice;
using namespace sluice::testing;
using std::chrono::hours;

namespace {

struct checked_world : pool_world {
    using pool_world::pool_world;
    const std::shared_ptr<virtual_clock> time = std::make_shared<virtual_clock>();
    const event_log events{};

    [[nodiscard]] engine_options options() const { return engine_options().time(time).on_event(events.handler()); }
    [[nodiscard]] std::uint64_t asked() const { return faults.executions("SELECT 1"); }
    [[nodiscard]] std::uint64_t failed() const { return events.count(event_kind::check_failed); }
};

// A pool that tests nothing by itself.
pool_options quiet(std::size_t size = 1) {
    return pool_options().max_size(size).idle_timeout(0s).max_lifetime(0s).keepalive(0s);
}

void one_query(pool& db) {
    CHECK(answer(db.query("affect 1")).affected_rows() == 1);
}

// A variable of the environment, for as long as this lives.
class variable {
public:
    variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
    ~variable() { ::unsetenv(name_); }
    variable(const variable&) = delete;
    variable& operator=(const variable&) = delete;

private:
    const char* name_;
};

}  // namespace

TEST_CASE("a session is tested when nothing was heard of it for half a second and not before") {
    checked_world w("idle for long");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), quiet().test_if_idle_for(10min));
        one_query(db);
        w.time->advance(9min);
        one_query(db);
        CHECK(w.asked() == 0);
        w.time->advance(10min);
        one_query(db);
        CHECK(w.asked() == 1);
        one_query(db);
        CHECK(w.asked() == 1);
        CHECK(w.failed() == 0);
        CHECK(w.faults.count("connect") == 1);
    }
    w.judge();
}

TEST_CASE("a connection that was lost while it was idle costs its next user nothing") {
    for (const auto which : {checkout_test::when_idle, checkout_test::always, checkout_test::never}) {
        checked_world w("lost idle");
        {
            engine engine(w.options());
            auto db = engine.open(w.faults.connection_string(), quiet().test_on_checkout(which));
            one_query(db);
            w.faults.lose_connections();
            w.time->advance(hours(1));
            if (which == checkout_test::never) {
                CHECK(error_of(db.query("affect 1")).code() == errc::connection_lost);
                CHECK(w.failed() == 0);
            } else {
                one_query(db);
                REQUIRE(w.events.wait_for(event_kind::check_failed));
                CHECK(w.events.first(event_kind::check_failed).why.code() == errc::connection_lost);
                CHECK(w.faults.count("connect") == 2);
            }
            one_query(db);
        }
        w.judge();
    }
}

TEST_CASE("with a test for every checkout only a new connection is lent without") {
    checked_world w("always");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), quiet().test_on_checkout(checkout_test::always));
        one_query(db);
        CHECK(w.asked() == 0);
        for (std::uint64_t n = 1; n <= 3; ++n) {
            one_query(db);
            CHECK(w.asked() == n);
        }
        // Also for who waits for it in line.
        auto held = answer(db.acquire());
        auto waiting = db.query("affect 2");
        held = session();
        CHECK(answer(std::move(waiting)).affected_rows() == 2);
        CHECK(w.asked() == 5);
    }
    w.judge();
}

TEST_CASE("after one connection was lost the others are tested before anybody gets them") {
    checked_world w("one lost all lost");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), quiet(4).test_if_idle_for(hours(1)));
        (void)leases(db, 4);
        w.faults.lose_connections();
        CHECK(error_of(db.query("affect 1")).code() == errc::connection_lost);
        auto all = leases(db, 4);  // the first of them is the one that was lost and connects again
        REQUIRE(w.events.wait_for(event_kind::check_failed, 3));
        for (auto& one : all) CHECK(answer(one.query("affect 1")).affected_rows() == 1);
        CHECK(w.faults.count("connect") == 8);
        CHECK(w.failed() == 3);
    }
    w.judge();
}

TEST_CASE("a session that does not answer its test is replaced within the time that it has") {
    for (const std::string how : {"hang", "hang stubborn"}) {
        INFO(how);
        checked_world w("test hangs");
        {
            engine engine(w.options());
            auto db = engine.open(w.faults.connection_string(), quiet().test_within(30s));
            one_query(db);
            w.faults.add("at execute sql 'SELECT 1' " + how);
            w.time->advance(hours(1));
            auto waiting = db.query("affect 2", request_options().timeout(hours(1)));
            REQUIRE(w.faults.wait_until_hanging(1));
            CHECK_FALSE(ready(waiting));
            w.time->advance(30s);
            CHECK(answer(std::move(waiting)).affected_rows() == 2);
            REQUIRE(w.events.wait_for(event_kind::check_failed));
            CHECK(w.events.first(event_kind::check_failed).why.code() == errc::deadline);
            CHECK(w.faults.count("connect") == 2);
            CHECK(w.faults.executions("affect 2") == 1);
            if (how == "hang stubborn") w.time->advance(1min);  // past what a worker may take to come back
            w.faults.release();
        }
        w.judge();
    }
}

TEST_CASE("who is cancelled while his session is tested hears of it and the session stays") {
    checked_world w("cancelled meanwhile");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), quiet());
        one_query(db);
        w.faults.add("at execute sql 'SELECT 1' hang");
        w.time->advance(hours(1));
        std::stop_source stop;
        auto waiting = db.query("affect 2", request_options().stop(stop.get_token()));
        REQUIRE(w.faults.wait_until_hanging(1));
        w.faults.clear_rules();
        stop.request_stop();
        const error told = error_of(std::move(waiting));
        CHECK(told.code() == errc::cancelled);
        CHECK(told.outcome() == outcome::none);
        one_query(db);
        CHECK(w.faults.count("connect") == 1);
        CHECK(w.faults.executions("affect 2") == 0);
        CHECK(w.failed() == 0);
    }
    w.judge();
}

TEST_CASE("whose deadline comes while his session is tested gets none and the session stays") {
    checked_world w("late meanwhile");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), quiet().test_within(1min));
        one_query(db);
        w.faults.add("at execute sql 'SELECT 1' hang");
        w.time->advance(hours(1));
        auto waiting = db.query("affect 2", request_options().timeout(20s));
        REQUIRE(w.faults.wait_until_hanging(1));
        w.faults.clear_rules();
        w.time->advance(20s);
        const error told = error_of(std::move(waiting));
        CHECK(told.code() == errc::pool_exhausted);
        CHECK(told.shortage().value().reason == shortage_reason::connecting);
        CHECK(told.outcome() == outcome::none);
        one_query(db);
        CHECK(w.faults.count("connect") == 1);
        CHECK(w.faults.executions("affect 2") == 0);
        CHECK(w.failed() == 0);
    }
    w.judge();
}

TEST_CASE("an engine that goes away answers who waits for a test") {
    checked_world w("shut down meanwhile");
    std::future<row_set> waiting;
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), quiet());
        one_query(db);
        w.faults.add("at execute sql 'SELECT 1' hang");
        w.time->advance(hours(1));
        waiting = db.query("affect 2");
        REQUIRE(w.faults.wait_until_hanging(1));
        (void)answer(engine.shutdown(shutdown_mode::cancel, 5s));
    }
    CHECK(error_of(std::move(waiting)).code() == errc::shutting_down);
    CHECK(w.faults.executions("affect 2") == 0);
    w.judge();
}

TEST_CASE("a statement of the user's is the test and each new connection has to pass it") {
    checked_world w("own statement");
    {
        engine engine(w.options());
        auto db = engine.open(w.faults.connection_string(), quiet().health_check_query("rows 3"));
        one_query(db);
        CHECK(w.faults.executions("rows 3") == 1);
        w.time->advance(hours(1));
        one_query(db);
        CHECK(w.faults.executions("rows 3") == 2);
        CHECK(w.asked() == 0);

        // One that no connection passes is told to who asked.
        w.faults.add("at execute sql 'rows 3' error 42S02 7 'no such table'");
        w.time->advance(hours(1));
        const error told = error_of(db.query("affect 2"));
        INFO(told.to_string());
        CHECK(told.sqlstate() == "42S02");
        CHECK(told.outcome() == outcome::none);
        CHECK(w.faults.executions("affect 2") == 0);
        REQUIRE(w.events.wait_for(event_kind::check_failed));
        CHECK(w.events.first(event_kind::check_failed).why.sqlstate() == "42S02");
        w.faults.clear_rules();
        one_query(db);
    }
    w.judge();
}

TEST_CASE("the keys of the string come before the environment and that before the options") {
    checked_world w("precedence");
    const auto tested = [&](const std::string& keys, checkout_test option) {
        engine engine(w.options());
        auto db = engine.open(keys + w.faults.connection_string(),
                              quiet().test_on_checkout(option).health_check_query("rows 1"));
        w.faults.reset();
        one_query(db);
        one_query(db);
        std::string what = w.faults.executions("rows 1") != 0 ? "rows 1" : "";
        for (const char* other : {"rows 2", "rows 3"})
            if (w.faults.executions(other) != 0) what = other;
        return what;
    };
    CHECK(tested("", checkout_test::never).empty());
    CHECK(tested("", checkout_test::always) == "rows 1");
    CHECK(tested("testoncheckout=Yes;", checkout_test::never) == "rows 1");
    CHECK(tested("Pool_Test_On_Check_Out=off;", checkout_test::always).empty());
    CHECK(tested("health_check_query=rows 2;", checkout_test::always) == "rows 2");
    {
        const variable test("ODBC_POOL_TEST_ON_CHECKOUT", "on");
        const variable query("ODBC_POOL_HEALTH_CHECK_QUERY", "rows 3");
        CHECK(tested("", checkout_test::never) == "rows 3");
        CHECK(tested("PoolTestOnCheckout=0;", checkout_test::never).empty());
        CHECK(tested("PoolHealthCheckQuery={rows 2};", checkout_test::never) == "rows 2");
    }
    CHECK(tested("", checkout_test::never).empty());
    w.judge();
}

TEST_CASE("a value that is neither yes nor no is refused and says where it stands") {
    checked_world w("wrong value");
    {
        engine engine(w.options());
        const auto by_string = engine.try_open("PoolTestOnCheckout=maybe;" + w.faults.connection_string());
        REQUIRE(by_string.has_error());
        CHECK(by_string.error().code() == errc::invalid_argument);
        CHECK_THAT(by_string.error().message(), Catch::Contains("PoolTestOnCheckout"));
        CHECK_THAT(by_string.error().message(), !Catch::Contains("maybe"));
        {
            const variable test("ODBC_POOL_TEST_ON_CHECKOUT", "perhaps");
            const auto by_environment = engine.try_open(w.faults.connection_string());
            REQUIRE(by_environment.has_error());
            CHECK_THAT(by_environment.error().message(), Catch::Contains("ODBC_POOL_TEST_ON_CHECKOUT"));
        }
        CHECK(error_of(engine.connect("TestOnCheckout=2;" + w.faults.connection_string())).code() ==
              errc::invalid_argument);
        CHECK(w.faults.count("connect") == 0);
    }
    w.judge();
}

TEST_CASE("whoever has a session may ask whether it is alive") {
    checked_world w("ping");
    {
        engine engine(w.options());
        auto session = w.connect(engine);
        CHECK_NOTHROW(answer(session.submit(protocol::ping())));
        CHECK(w.asked() == 1);
        CHECK_NOTHROW(answer(session.submit(protocol::ping("rows 5"))));
        CHECK(w.faults.executions("rows 5") == 1);

        auto stream = answer(session.stream("rows 100000", stream_options().batch_rows(100).prefetch(1)));
        CHECK(error_of(session.submit(protocol::ping())).code() == errc::session_busy);
        (void)read(stream);
        w.faults.lose_connections();
        const error lost = error_of(session.submit(protocol::ping()));
        CHECK(lost.code() == errc::connection_lost);
        CHECK(lost.outcome() == outcome::none);
        CHECK(lost.session() == session_state::broken);
        CHECK_NOTHROW(answer(session.submit(protocol::ping())));
        CHECK(session.generation() == 2);
    }
    w.judge();
}
