// The line before an endpoint, one rule of its header after the other.

#include "policy/connect_queue.hpp"

#include <catch2/catch.hpp>

#include <numeric>
#include <vector>

namespace sluice::runtime {

namespace {

using failure = reconnect_pace::failure;
using line = std::vector<connect_queue::who>;

constexpr std::int64_t never = connect_queue::never;
constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1'000 * ms;

connect_queue down(failure how = failure::transient) {
    connect_queue q;
    q.want(99, false);
    (void)q.admit(0);
    q.failed(0, how, 0);
    return q;
}

}  // namespace

TEST_CASE("while the endpoint is up everyone in line may begin in their order") {
    connect_queue q;
    line everyone(50);
    std::iota(everyone.begin(), everyone.end(), 1);
    for (const auto who : everyone) q.want(who, who % 3 == 0);
    CHECK(q.next_event(7) == 7);
    CHECK(q.admit(7) == everyone);
    CHECK(q.waiting() == 0);
    CHECK(q.next_event(8) == never);
    CHECK(q.admit(8).empty());
}

TEST_CASE("a thousand that lose their connection at once connect behind one probe") {
    connect_queue q;
    for (connect_queue::who who = 1; who <= 1'000; ++who) {
        q.lost();
        q.want(who, false);
    }
    CHECK(q.admit(0) == line{1});
    CHECK(q.admit(0).empty());
    CHECK(q.next_event(0) == never);
    CHECK(q.waiting() == 999);
    q.succeeded();
    CHECK(q.next_event(1) == 1);
    CHECK(q.admit(1).size() == 999);
}

TEST_CASE("while the endpoint is down they go one by one in their order") {
    connect_queue q = down();
    for (connect_queue::who who = 1; who <= 5; ++who) q.want(who, false);
    std::int64_t now = 0;
    for (connect_queue::who who = 1; who <= 5; ++who) {
        CHECK(q.next_event(now) == now + 250 * ms);
        CHECK(q.admit(now + 250 * ms - 1).empty());
        now += 250 * ms;
        CHECK(q.admit(now) == line{who});
        CHECK(q.admit(now + second).empty());  // it is under way
        q.failed(now, failure::transient, 0);
    }
}

TEST_CASE("who asked for this very connection does not stand behind a long pause") {
    connect_queue q = down(failure::permanent);
    q.want(1, false);
    q.want(2, true);
    q.want(3, true);
    CHECK(q.next_event(0) == 400 * ms);
    CHECK(q.admit(400 * ms - 1).empty());
    CHECK(q.admit(400 * ms) == line{2});
    q.failed(400 * ms, failure::permanent, 0);
    CHECK(q.admit(800 * ms) == line{3});
    q.failed(800 * ms, failure::permanent, 0);
    CHECK(q.next_event(800 * ms) == 800 * ms + 60 * second);
    CHECK(q.admit(61 * second) == line{1});
}

TEST_CASE("who withdraws leaves the line and what was admitted is given back") {
    connect_queue q = down();
    q.want(1, false);
    q.want(2, false);
    q.withdraw(1);
    q.withdraw(7);
    CHECK(q.waiting() == 1);
    CHECK(q.admit(second) == line{2});
    q.want(3, false);
    CHECK(q.admit(2 * second).empty());
    q.withdrawn(2 * second);
    CHECK(q.admit(2 * second) == line{3});
    q.succeeded();
    CHECK(q.pace().now() == reconnect_pace::state::up);
}

TEST_CASE("nothing is to come where nobody waits") {
    CHECK(connect_queue().next_event(0) == never);
    CHECK(down().next_event(0) == never);
}

}  // namespace sluice::runtime
