// Sessions that are lent for too long are named, once a loan.

#include "lender_steps.hpp"

namespace sluice::lending {

namespace {

rules naming(std::size_t most, std::int64_t after_ns) {
    rules r = of_size(most);
    r.overdue_after_ns = after_ns;
    return r;
}

}  // namespace

TEST_CASE("a session that is lent for too long is named once") {
    lender l = with_lent(naming(2, 10), 2, 100);
    CHECK(l.next_event() == 110);
    CHECK(text(l.tick(109)).empty());
    CHECK(text(l.tick(110)) == "overdue 1, overdue 2");
    CHECK(l.next_event() == never);
    CHECK(text(l.tick(500)).empty());
    CHECK(text(l.returned(1, true, 500)).empty());
    CHECK(text(l.want(7, 600)) == "granted: lend 1 to 7");
    CHECK(l.next_event() == 610);
    CHECK(text(l.tick(611)) == "overdue 1");
}

TEST_CASE("what comes back in time is not named whatever the order") {
    lender l = with_lent(naming(3, 10), 1, 0);
    (void)l.want(2, 4);
    (void)l.connected(2, 4, 0);
    (void)l.want(3, 6);
    (void)l.connected(3, 6, 0);
    CHECK(text(l.returned(2, true, 8)).empty());
    CHECK(text(l.tick(20)) == "overdue 1, overdue 3");
}

TEST_CASE("a loan that is handed on begins anew") {
    lender l = with_lent(naming(1, 10), 1, 0);
    CHECK(text(l.want(2, 5)) == "waits");
    CHECK(text(l.returned(1, true, 9)) == "lend 1 to 2");
    CHECK(l.next_event() == 19);
    CHECK(text(l.tick(18)).empty());
    CHECK(text(l.tick(19)) == "overdue 1");
}

TEST_CASE("a session that was lost when it was lent is not named") {
    rules r = naming(2, 10);
    lender l = with_idle(r, 1, 0);
    const auto asked = l.want(5, 1);
    REQUIRE(asked.then.lend);
    CHECK(text(l.lost(*asked.then.lend, false, 2)) == "close 1");
    CHECK(l.next_event() == never);
    CHECK(text(l.tick(100)).empty());
}

TEST_CASE("nothing is named unless it is asked for") {
    lender l = with_lent(of_size(2), 2, 0);
    CHECK(l.next_event() == never);
    CHECK(text(l.tick(never - 1)).empty());
}

}  // namespace sluice::lending
