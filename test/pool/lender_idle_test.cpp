// Who gets a session only once it has proved to be alive, and which idle sessions are tested.

#include "lender_steps.hpp"

namespace sluice::lending {

namespace {

rules checked_after(std::int64_t ns, std::size_t most = 2) {
    rules r = of_size(most);
    r.check_after_ns = ns;
    return r;
}

rules kept_alive(std::size_t most = 2) {
    rules r = of_size(most);
    r.keepalive_ns = 100 * one_second;
    return r;
}

}  // namespace

TEST_CASE("a session that nothing was heard of for long is checked before it is lent") {
    lender l = with_idle(checked_after(one_second), 1);
    CHECK(text(l.want(2, one_second - 1)) == "granted: lend 1 to 2");
    CHECK(text(l.returned(1, true, 2 * one_second)).empty());
    CHECK(text(l.want(3, 3 * one_second)) == "granted: check and lend 1 to 3");
    CHECK(l.lent() == 1);
}

TEST_CASE("a session that nobody has had yet is checked when it has been idle for long") {
    rules r = checked_after(one_second, 1);
    r.min_idle = 1;
    lender l(r);
    CHECK(text(l.start(0)) == "connect 1");
    CHECK(text(l.connected(1, 0, 0)).empty());
    CHECK(text(l.want(1, one_second)) == "granted: check and lend 1 to 1");
}

TEST_CASE("with no patience at all a session is checked for each but the first") {
    lender l(checked_after(0, 1));
    CHECK(text(l.want(1, 0)) == "waits: connect 1");
    CHECK(text(l.want(2, 0)) == "waits");
    CHECK(text(l.connected(1, 0, 0)) == "lend 1 to 1");
    CHECK(text(l.returned(1, true, 0)) == "check and lend 1 to 2");
    CHECK(text(l.returned(1, true, 0)).empty());
    CHECK(text(l.want(3, 0)) == "granted: check and lend 1 to 3");
}

TEST_CASE("without checks none is asked for, whatever was lost") {
    lender l = with_idle(of_size(2), 2);
    CHECK(text(l.want(3, 1'000 * one_second)) == "granted: lend 2 to 3");
    CHECK(text(l.returned(2, false, 1'000 * one_second)) == "close 2");
    CHECK(text(l.want(4, 1'000 * one_second)) == "granted: lend 1 to 4");
}

TEST_CASE("who fails the check is replaced by another one and its waiter keeps the place") {
    lender l = with_idle(checked_after(one_second), 2);
    const auto asked = l.want(3, one_second);
    REQUIRE(text(asked) == "granted: check and lend 2 to 3");
    const auto next = l.lost(*asked.then.lend, true, one_second);
    REQUIRE(text(next) == "check and lend 1 to 3, close 2");
    CHECK(text(l.want(4, one_second)) == "waits: connect 3");
    CHECK(text(l.lost(*next.lend, true, one_second)) == "connect 4, close 1");
    CHECK(text(l.connected(3, one_second, 0)) == "lend 3 to 3");
    CHECK(text(l.connected(4, one_second, 0)) == "lend 4 to 4");
}

TEST_CASE("after one was found dead all that were idle then are checked") {
    lender l = with_idle(checked_after(one_second, 3), 3);
    CHECK(text(l.want(4, 10)) == "granted: lend 3 to 4");
    CHECK(text(l.returned(3, false, 20)) == "close 3");
    CHECK(text(l.want(5, 30)) == "granted: check and lend 2 to 5");
    CHECK(text(l.returned(2, true, 40)).empty());
    CHECK(text(l.want(6, 50)) == "granted: lend 2 to 6");  // it has been heard of since
    CHECK(text(l.want(7, 60)) == "granted: check and lend 1 to 7");
}

TEST_CASE("an idle session is tested as often as it is to be kept alive") {
    lender l = with_idle(kept_alive(), 1);
    CHECK(l.next_event() == 100 * one_second);
    CHECK(text(l.tick(100 * one_second - 1)).empty());
    CHECK(text(l.tick(100 * one_second)) == "test 1");
    CHECK(l.testing() == 1);
    CHECK(l.idle() == 0);
    CHECK(l.lent() == 0);
    CHECK(text(l.tested(1, true, 101 * one_second)).empty());
    CHECK(l.idle() == 1);
    CHECK(l.next_event() == 201 * one_second);
    CHECK(text(l.tick(201 * one_second)) == "test 1");
    CHECK(text(l.tested(1, false, 201 * one_second)) == "close 1");
    CHECK(l.size() == 0);
}

TEST_CASE("tests of several sessions do not all fall together") {
    lender l(kept_alive());
    (void)l.want(1, 0);
    (void)l.want(2, 0);
    (void)l.connected(1, 0, 0);
    (void)l.connected(2, 0, 0.5);
    (void)l.returned(1, true, 0);
    (void)l.returned(2, true, 0);
    CHECK(text(l.tick(95 * one_second)) == "test 2");
    CHECK(text(l.tick(100 * one_second)) == "test 1");
}

TEST_CASE("a test does not make a session younger nor less idle") {
    rules r = kept_alive(1);
    r.idle_timeout_ns = 150 * one_second;
    lender l = with_idle(r, 1);
    CHECK(text(l.tick(100 * one_second)) == "test 1");
    CHECK(text(l.tested(1, true, 100 * one_second)).empty());
    CHECK(l.next_event() == 150 * one_second);
    CHECK(text(l.tick(150 * one_second)) == "close 1");
}

TEST_CASE("who comes while a session is tested waits for it and needs no connect nor place in line") {
    rules r = kept_alive();
    r.waiters_max = 0;
    lender l = with_idle(r, 1);
    CHECK(text(l.tick(100 * one_second)) == "test 1");
    CHECK(text(l.want(2, 100 * one_second)) == "waits");
    CHECK(text(l.tested(1, true, 100 * one_second)) == "lend 1 to 2");
}

TEST_CASE("where the session that is tested is dead another one is connected for who waits") {
    lender l = with_idle(kept_alive(), 1);
    CHECK(text(l.tick(100 * one_second)) == "test 1");
    CHECK(text(l.want(2, 100 * one_second)) == "waits");
    CHECK(text(l.tested(1, false, 100 * one_second)) == "connect 2, close 1");
    CHECK(text(l.connected(2, 100 * one_second, 0)) == "lend 2 to 2");
}

TEST_CASE("a session that is tested leaves afterwards where it has to") {
    lender evicted = with_idle(kept_alive(), 1);
    CHECK(text(evicted.tick(100 * one_second)) == "test 1");
    CHECK(text(evicted.evict_all(100 * one_second)).empty());
    CHECK(text(evicted.tested(1, true, 100 * one_second)) == "close 1");

    lender closed = with_idle(kept_alive(), 1);
    CHECK(text(closed.tick(100 * one_second)) == "test 1");
    CHECK(text(closed.close()).empty());
    CHECK(text(closed.tested(1, true, 100 * one_second)) == "close 1");

    lender smaller = with_idle(kept_alive(), 2);
    CHECK(text(smaller.tick(100 * one_second)) == "test 1, test 2");
    CHECK(text(smaller.resize(0, 1, 100 * one_second)).empty());
    CHECK(text(smaller.tested(1, true, 100 * one_second)) == "close 1");
    CHECK(text(smaller.tested(2, true, 100 * one_second)).empty());
}

}  // namespace sluice::lending
