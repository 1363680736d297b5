// Sessions that leave because time has passed.

#include "lender_steps.hpp"

namespace sluice::lending {

namespace {

rules aging(std::size_t most, std::int64_t lifetime, std::int64_t idle) {
    rules r = of_size(most);
    r.max_lifetime_ns = lifetime;
    r.idle_timeout_ns = idle;
    return r;
}

}  // namespace

TEST_CASE("an idle session leaves after the idle timeout") {
    lender l = with_idle(aging(2, never, 10 * one_second), 1);
    CHECK(l.next_event() == 10 * one_second);
    CHECK(text(l.tick(10 * one_second - 1)).empty());
    CHECK(text(l.tick(10 * one_second)) == "close 1");
    CHECK(l.next_event() == never);
}

TEST_CASE("use begins the idle time again and the others grow old") {
    lender l = with_idle(aging(2, never, 10 * one_second), 2);
    CHECK(text(l.want(11, 6 * one_second)) == "granted: lend 2 to 11");
    CHECK(text(l.returned(2, true, 7 * one_second)).empty());
    CHECK(text(l.tick(10 * one_second)) == "close 1");
    CHECK(l.next_event() == 17 * one_second);
}

TEST_CASE("min_idle sessions stay however long they are idle") {
    rules r = aging(4, never, 10 * one_second);
    r.min_idle = 2;
    lender l(r);
    CHECK(text(l.want(1, 0)) == "waits: connect 1, connect 2");
    CHECK(text(l.connected(1, 0, 0)) == "lend 1 to 1, connect 3");
    CHECK(text(l.connected(2, 1, 0)).empty());
    CHECK(text(l.connected(3, 2, 0)).empty());
    CHECK(text(l.returned(1, true, 3)).empty());
    CHECK(text(l.tick(100 * one_second)) == "close 2");
    CHECK(l.idle() == 2);
    CHECK(l.next_event() == never);
}

TEST_CASE("a session leaves at the end of its life less what chance takes off") {
    for (const double random : {0.0, 0.5, 1.0}) {
        lender l(aging(1, 100 * one_second, never));
        CHECK(text(l.want(1, 0)) == "waits: connect 1");
        CHECK(text(l.connected(1, 0, random)) == "lend 1 to 1");
        CHECK(text(l.returned(1, true, one_second)).empty());
        const auto end = 100 * one_second - static_cast<std::int64_t>(random * 10) * one_second;
        CHECK(l.next_event() == end);
        CHECK(text(l.tick(end - 1)).empty());
        CHECK(text(l.tick(end)) == "close 1");
    }
}

TEST_CASE("a lent session outlives its end and leaves when it comes back") {
    lender l = with_lent(aging(1, 100 * one_second, never), 1);
    CHECK(l.next_event() == never);
    CHECK(text(l.want(2, 0)) == "waits");
    CHECK(text(l.tick(200 * one_second)).empty());
    CHECK(text(l.returned(1, true, 200 * one_second)) == "connect 2, close 1");
    CHECK(text(l.connected(2, 200 * one_second, 0)) == "lend 2 to 2");
}

TEST_CASE("a session that is too old is not lent though nobody has ticked") {
    lender l = with_idle(aging(1, 100 * one_second, never), 1);
    CHECK(text(l.want(11, 100 * one_second)) == "waits: connect 2, close 1");
}

TEST_CASE("what leaves is replaced where min_idle asks for it") {
    rules r = aging(2, 100 * one_second, never);
    r.min_idle = 1;
    lender l(r);
    CHECK(text(l.start(0)) == "connect 1");
    CHECK(text(l.connected(1, 0, 0)).empty());
    CHECK(text(l.tick(100 * one_second)) == "connect 2, close 1");
}

TEST_CASE("the largest times are no times at all") {
    lender l = with_idle(aging(1, never, never), 1, never - 5);
    CHECK(l.next_event() == never);
    CHECK(text(l.tick(never - 1)).empty());
}

}  // namespace sluice::lending
