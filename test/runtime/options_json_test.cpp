#include "json_fields.hpp"

#include <sluice/runtime/options_json.hpp>

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;

TEST_CASE("every option of a pool can be set by JSON") {
    const auto made = pool_options_from_json(R"({
        "max_size": 12, "min_idle": 3, "max_connecting": 4, "waiters_max": 7,
        "max_lifetime": "2 h", "idle_timeout": "5 min", "order": "fifo", "eager": true,
        "test_on_checkout": "always", "test_if_idle_for": "250ms", "test_within": "1 s", "keepalive": 0,
        "health_check_query": "select 2", "fail_fast_when_down": true, "on_return": ["r"], "leak_threshold": "30 s",
        "catalog_cache": {"entries": 9, "ttl": "10 min", "bytes_max": 1000},
        "connect": {"timeout": "4 s", "login_timeout": "3 s", "mailbox_slots": 5, "reconnect": false,
                    "statement_cache": 6, "transaction_pooler": true, "on_connect": ["a", "b"]}})");
    REQUIRE(made.has_value());
    CHECK(made->max_size() == 12);
    CHECK(made->min_idle() == 3);
    CHECK(made->max_connecting() == 4);
    CHECK(made->waiters_max() == 7);
    CHECK(made->max_lifetime() == 2h);
    CHECK(made->idle_timeout() == 5min);
    CHECK(made->order() == idle_order::fifo);
    CHECK(made->eager());
    CHECK(made->test_on_checkout() == checkout_test::always);
    CHECK(made->test_if_idle_for() == 250ms);
    CHECK(made->test_within() == 1s);
    CHECK(made->keepalive() == 0s);
    CHECK(made->health_check_query() == "select 2");
    CHECK(made->fail_fast_when_down());
    CHECK(made->on_return() == std::vector<std::string>{"r"});
    CHECK(made->leak_threshold() == 30s);
    CHECK(made->catalog_entries() == 9);
    CHECK(made->catalog_ttl() == 10min);
    CHECK(made->catalog_bytes() == 1000);
    const connect_options& connect = made->connect();
    const clock::time_point now;
    CHECK(connect.deadline().from(now) == now + 4s);
    CHECK(connect.login_timeout() == 3s);
    CHECK(connect.mailbox_slots() == 5);
    CHECK_FALSE(connect.reconnect());
    CHECK(connect.statement_cache() == 6);
    CHECK(connect.transaction_pooler());
    CHECK(connect.on_connect() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("every option of an engine that is no function can be set by JSON") {
    const auto made = engine_options_from_json(
        R"({"sessions_max": 100, "quarantined_max": 0, "cancels_per_second": 7, "worker_stack_bytes": 300000, "memory_max": 5000000000, "shutdown_grace": "500 ms"})");
    REQUIRE(made.has_value());
    CHECK(made->sessions_max() == 100);
    CHECK(made->quarantined_max() == 0);
    CHECK(made->cancels_per_second() == 7);
    CHECK(made->worker_stack_bytes() == 300'000);
    CHECK(made->memory_max() == 5'000'000'000);
    CHECK(made->shutdown_grace() == 500ms);
}

TEST_CASE("what is left out of the JSON has its default") {
    const auto made = pool_options_from_json("{}");
    REQUIRE(made.has_value());
    CHECK(made->max_size() == pool_options().max_size());
    CHECK(made->connect().login_timeout() == 15s);
    REQUIRE(connect_options_from_json(R"({"statement_cache": 0})").has_value());
}

TEST_CASE("all that is wrong with JSON is told in one error and no value is") {
    const auto made = pool_options_from_json(R"({
        "max_size": -1, "min_idle": "secret", "max_conecting": 4, "waiters_max": 1.5, "max_lifetime": 30,
        "idle_timeout": "secret", "order": "secret", "eager": 1, "health_check_query": ["secret"],
        "keepalive": "99 d", "connect": {"on_connect": ["a", 7], "nope": 1}, "catalog_cache": true})");
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code() == errc::invalid_argument);
    const std::string text(made.error().message());
    INFO(text);
    for (const char* part :
         {"max_size is not a whole number", "min_idle is not a whole number", "'max_conecting' is no option",
          "max_connecting", "waiters_max is not a whole number", "max_lifetime is not a length of time",
          "idle_timeout is not a length of time", "order is not one of \"lifo\", \"fifo\"",
          "eager is not true or false", "health_check_query is not a text", "keepalive is not 0 and not within",
          "connect.on_connect is not a list of texts", "'connect.nope' is no option", "catalog_cache is not an object"})
        CHECK_THAT(text, Catch::Contains(part));
    CHECK_THAT(text, !Catch::Contains("secret"));
}

TEST_CASE("what is no JSON is told with the byte") {
    for (const char* text : {"", "{", "{\"max_size\": }", "[1]", "12", "{\"max_size\": 1} x"}) {
        const auto made = pool_options_from_json(text);
        REQUIRE_FALSE(made.has_value());
        CHECK(made.error().code() == errc::invalid_argument);
    }
    CHECK_THAT(std::string(pool_options_from_json("{\"max_size\": }").error().message()),
               Catch::Contains("byte 14 cannot stand there"));
}

TEST_CASE("a length of time has a number and a unit") {
    using runtime::duration_of;
    CHECK(duration_of("0 s") == clock::duration(0s));
    CHECK(duration_of("15us") == clock::duration(15us));
    CHECK(duration_of("3 h") == clock::duration(3h));
    CHECK(duration_of("30 d") == clock::duration(24h * 30));
    for (const char* text : {"", "5", "s", "5  s", "-1 s", "1.5 s", "5 S", "5 s ", "5 weeks", "4294967296 s"})
        CHECK_FALSE(duration_of(text).has_value());
    CHECK_FALSE(duration_of("4294967295 d").has_value());
}
