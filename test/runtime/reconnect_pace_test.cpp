// The pace of reconnecting, one rule of its header after the other.

#include "policy/reconnect_pace.hpp"

#include <catch2/catch.hpp>

#include <random>
#include <vector>

namespace sluice::runtime {

namespace {

using failure = reconnect_pace::failure;
using state = reconnect_pace::state;

constexpr std::int64_t never = reconnect_pace::never;
constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1'000 * ms;

reconnect_pace doubtful() {
    reconnect_pace p;
    p.lost();
    return p;
}

// Down since `now`, with the pause that goes with `random`.
reconnect_pace down(std::int64_t now, double random = 0, failure how = failure::transient) {
    reconnect_pace p;
    p.begun(now);
    p.failed(now, how, random);
    return p;
}

// When attempts begin that fail at once, up to `until`.
std::vector<std::int64_t> attempts(reconnect_pace p, std::int64_t now, std::int64_t until, std::mt19937_64& random) {
    std::vector<std::int64_t> begun;
    while ((now = p.may_begin(now)) < until) {
        begun.push_back(now);
        p.begun(now);
        p.failed(now, failure::transient, std::uniform_real_distribution<double>(0, 1)(random));
    }
    return begun;
}

}  // namespace

TEST_CASE("while nobody has failed everybody may begin") {
    reconnect_pace p;
    for (int i = 0; i < 100; ++i) {
        CHECK(p.may_begin(5) == 5);
        CHECK(p.may_begin_asked(5) == 5);
        p.begun(5);
    }
    CHECK(p.now() == state::up);
}

TEST_CASE("after a loss one may begin and the others wait for what comes of it") {
    reconnect_pace p = doubtful();
    CHECK(p.now() == state::doubtful);
    CHECK(p.may_begin(5) == 5);
    p.begun(5);
    CHECK(p.may_begin(6) == never);
    CHECK(p.may_begin_asked(6) == never);
    SECTION("success opens for everyone") {
        p.succeeded();
        CHECK(p.now() == state::up);
        for (int i = 0; i < 10; ++i) {
            CHECK(p.may_begin(7) == 7);
            p.begun(7);
        }
    }
    SECTION("failure makes them one at a time") {
        p.failed(7, failure::transient, 0);
        CHECK(p.now() == state::down);
        CHECK(p.may_begin(7) == 5 + 250 * ms);
    }
    SECTION("without an answer the next one may") {
        p.withdrawn(7);
        CHECK(p.may_begin(8) == 8);
    }
}

TEST_CASE("those that began before the first failure count while they are under way") {
    reconnect_pace p;
    for (int i = 0; i < 3; ++i) p.begun(0);
    p.failed(1, failure::transient, 0);
    CHECK(p.may_begin(10 * second) == never);
    p.withdrawn(2);
    CHECK(p.may_begin(10 * second) == never);
    p.failed(3, failure::transient, 0);
    CHECK(p.may_begin(10 * second) == 10 * second);
    CHECK(p.failures() == 2);
}

TEST_CASE("the pause of the first minutes is 250 to 400 ms from one start to the next") {
    CHECK(down(second, 0).may_begin(second) == second + 250 * ms);
    CHECK(down(second, 0.5).may_begin(second) == second + 325 * ms);
    CHECK(down(second, 1).may_begin(second) == second + 400 * ms);
    CHECK(down(second, 1).may_begin(9 * second) == 9 * second);
}

TEST_CASE("at most four a second begin in the first five minutes") {
    std::mt19937_64 random(11);
    const auto begun = attempts(down(0), 0, 300 * second, random);
    CHECK(begun.size() > 300 * 2);
    for (std::size_t i = 4; i < begun.size(); ++i) REQUIRE(begun[i] - begun[i - 4] >= second);
    for (std::size_t i = 1; i < begun.size(); ++i) REQUIRE(begun[i] - begun[i - 1] <= 400 * ms);
}

TEST_CASE("later pauses double to ten seconds") {
    std::mt19937_64 random(12);
    const auto begun = attempts(down(0), 0, 400 * second, random);
    std::vector<std::int64_t> pauses;
    for (std::size_t i = 1; i < begun.size(); ++i) {
        if (begun[i - 1] >= 300 * second) pauses.push_back((begun[i] - begun[i - 1]) / ms);
    }
    REQUIRE(pauses.size() >= 7);
    pauses.resize(7);
    CHECK(pauses == std::vector<std::int64_t>{500, 1'000, 2'000, 4'000, 8'000, 10'000, 10'000});
}

TEST_CASE("a success ends the outage and the next one begins briskly") {
    std::mt19937_64 random(13);
    reconnect_pace p = down(0);
    p.begun(400 * second);
    p.failed(400 * second, failure::transient, 0);
    CHECK(p.may_begin(400 * second) == 400 * second + 500 * ms);
    p.begun(401 * second);
    p.succeeded();
    CHECK(p.failures() == 0);
    CHECK(p.may_begin(401 * second) == 401 * second);
    p.begun(500 * second);
    p.failed(500 * second, failure::transient, 0);
    CHECK(p.may_begin(500 * second) == 500 * second + 250 * ms);
}

TEST_CASE("what does not pass by itself is tried once a minute") {
    reconnect_pace p = down(second, 0, failure::permanent);
    CHECK(p.is_permanent());
    CHECK(p.may_begin(second) == 61 * second);
    p.begun(61 * second);
    p.failed(61 * second, failure::transient, 0);
    CHECK_FALSE(p.is_permanent());
    CHECK(p.may_begin(61 * second) == 61 * second + 250 * ms);
}

TEST_CASE("who asked for this connection waits for the shortest pace at most") {
    struct row {
        reconnect_pace from;
        std::int64_t now, asked;
    };
    std::vector<row> table{
        {down(second, 0), second, second + 250 * ms},
        {down(second, 1), second, second + 400 * ms},
        {down(second, 0, failure::permanent), second, second + 400 * ms},
        {down(second, 0, failure::permanent), 30 * second, 30 * second},
        {down(second, 0, failure::permanent), 100 * second, 100 * second},
    };
    for (const row& r : table) CHECK(r.from.may_begin_asked(r.now) == r.asked);
    reconnect_pace busy = down(0, 0, failure::permanent);
    busy.begun(second);
    CHECK(busy.may_begin_asked(2 * second) == never);
}

TEST_CASE("a loss is no news to who is down already") {
    reconnect_pace p = down(0);
    p.lost();
    CHECK(p.now() == state::down);
    CHECK(p.may_begin(0) == 250 * ms);
}

TEST_CASE("an attempt given up without an answer leaves the pause as it was") {
    reconnect_pace p = down(0, 1);
    p.begun(second);
    p.withdrawn(5 * second);
    CHECK(p.may_begin(second) == second + 400 * ms);
    CHECK(p.failures() == 1);
    reconnect_pace none;
    none.withdrawn(0);  // nothing was under way
    CHECK(none.may_begin(1) == 1);
}

TEST_CASE("a leave of which no attempt comes is as if it had not been given") {
    reconnect_pace p = down(0, 1);
    const auto next = p.may_begin(0);
    for (std::int64_t at = second; at < 10 * second; at += second) {
        p.begun(at);
        CHECK(p.may_begin(at) == reconnect_pace::never);
        p.unused();
        CHECK(p.may_begin(0) == next);
    }
    reconnect_pace none;
    none.unused();  // nothing was under way
    CHECK(none.may_begin(1) == 1);
}

}  // namespace sluice::runtime
