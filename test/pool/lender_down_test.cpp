// rules::fail_fast: nobody waits for a server that is down.

#include "lender_steps.hpp"

namespace sluice::lending {

namespace {

rules failing_fast(std::size_t most) {
    rules r = of_size(most);
    r.fail_fast = true;
    return r;
}

// Its first connect failed.
lender that_is_down(const rules& by) {
    lender l(by);
    CHECK(text(l.want(1, 0)) == "waits: connect 1");
    CHECK(text(l.connect_failed(1, 0)) == "away 1");
    return l;
}

}  // namespace

TEST_CASE("who asks while the server is down is told at once and makes one connect begin") {
    lender l = that_is_down(failing_fast(4));
    CHECK(text(l.want(2, 1)) == "down: connect 2");
    CHECK(text(l.want(3, 2)) == "down");
    CHECK(l.waiting() == 0);
    CHECK(text(l.connect_failed(2, 3)).empty());
    CHECK(text(l.want(4, 4)) == "down: connect 3");
    SECTION("when it is back it is there for the next") {
        CHECK(text(l.connected(3, 5, 0)).empty());
        CHECK(l.idle() == 1);
        CHECK(text(l.want(5, 6)) == "granted: lend 3 to 5");
        CHECK(text(l.want(6, 6)) == "waits: connect 4");
    }
}

TEST_CASE("who asks before anything has failed waits") {
    lender l(failing_fast(2));
    CHECK(text(l.want(1, 0)) == "waits: connect 1");
    CHECK(text(l.want(2, 0)) == "waits: connect 2");
}

TEST_CASE("beside a session that is lent one waits though a connect failed") {
    lender l = with_lent(failing_fast(3), 1);
    CHECK(text(l.want(101, 0)) == "waits: connect 2");
    CHECK(text(l.connect_failed(2, 0)).empty());
    CHECK(text(l.want(102, 1)) == "waits");
    CHECK(text(l.returned(1, true, 2)) == "lend 1 to 101");
}

TEST_CASE("the last session lost while the server is down leaves its waiter in line for one connect") {
    lender l = with_idle(failing_fast(2), 1);
    const auto asked = l.want(5, 1);
    REQUIRE(asked.then.lend);
    CHECK(text(l.lost(*asked.then.lend, true, 2)) == "connect 2, close 1");
    CHECK(text(l.connect_failed(2, 3)) == "away 5");
    CHECK(text(l.want(6, 4)) == "down: connect 3");
}

TEST_CASE("without fail_fast one waits for the connect that one makes begin") {
    lender l = that_is_down(of_size(4));
    CHECK(text(l.want(2, 1)) == "waits: connect 2");
}

TEST_CASE("a pool that keeps sessions idle goes on connecting while it is down") {
    rules r = failing_fast(2);
    r.min_idle = 1;
    r.max_connecting = 1;
    lender l = that_is_down(r);
    CHECK(l.next_event() == in_ns(limits::pool_connect_pause));
    CHECK(text(l.tick(l.next_event())) == "connect 2");
}

}  // namespace sluice::lending
