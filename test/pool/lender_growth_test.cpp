// When sessions are connected, and what a connect that fails brings.

#include "lender_steps.hpp"

namespace sluice::lending {

namespace {

constexpr std::int64_t pause = in_ns(limits::pool_connect_pause);

}  // namespace

TEST_CASE("no more connect at once than allowed and no more are there than the size") {
    lender l(of_size(4));
    CHECK(text(l.want(1, 0)) == "waits: connect 1");
    CHECK(text(l.want(2, 0)) == "waits: connect 2");
    for (waiter_id who = 3; who <= 6; ++who) CHECK(text(l.want(who, 0)) == "waits");
    CHECK(text(l.connected(2, 0, 0)) == "lend 2 to 1, connect 3");
    CHECK(text(l.connected(1, 0, 0)) == "lend 1 to 2, connect 4");
    CHECK(text(l.connected(3, 0, 0)) == "lend 3 to 3");
    CHECK(text(l.connected(4, 0, 0)) == "lend 4 to 4");
    CHECK(l.waiting() == 2);
}

TEST_CASE("nothing is connected for those whom a connection under way will serve") {
    lender l(of_size(8));
    CHECK(text(l.want(1, 0)) == "waits: connect 1");
    CHECK(l.withdraw(1));
    CHECK(text(l.want(2, 0)) == "waits");
    CHECK(text(l.want(3, 0)) == "waits: connect 2");
}

TEST_CASE("a session that comes back unusable is replaced only where someone waits") {
    lender wanted = with_lent(of_size(1), 1);
    CHECK(text(wanted.want(2, 0)) == "waits");
    CHECK(text(wanted.returned(1, false, 0)) == "connect 2, close 1");
    CHECK(text(wanted.connected(2, 0, 0)) == "lend 2 to 2");
    lender unwanted = with_lent(of_size(1), 1);
    CHECK(text(unwanted.returned(1, false, 0)) == "close 1");
    CHECK(unwanted.size() == 0);
}

TEST_CASE("min_idle sessions are kept idle besides those that are lent") {
    rules r = of_size(4);
    r.min_idle = 2;
    lender l(r);
    CHECK(text(l.want(1, 0)) == "waits: connect 1, connect 2");
    CHECK(text(l.connected(1, 0, 0)) == "lend 1 to 1, connect 3");
    CHECK(text(l.connected(2, 0, 0)).empty());
    CHECK(text(l.connected(3, 0, 0)).empty());
    CHECK(l.idle() == 2);
    CHECK(text(l.want(2, 0)) == "granted: lend 3 to 2, connect 4");
    CHECK(text(l.want(3, 0)) == "granted: lend 2 to 3");  // 4 are there
}

TEST_CASE("a lender that starts eagerly connects what it keeps and at least one") {
    rules r = of_size(4);
    r.min_idle = 2;
    lender two(r);
    CHECK(text(two.start(0)) == "connect 1, connect 2");
    lender one(of_size(4));
    CHECK(text(one.start(0)) == "connect 1");
    CHECK(text(one.connected(1, 0, 0)).empty());
    CHECK(text(one.want(1, 0)) == "granted: lend 1 to 1");
}

TEST_CASE("a failed connect turns all away where there is no other session") {
    lender l(of_size(8));
    for (const waiter_id who : {1U, 2U, 3U}) CHECK(l.want(who, 0).what == lender::entry::waits);
    CHECK(text(l.connect_failed(1, 0)).empty());  // the other one may come
    CHECK(text(l.connect_failed(2, 0)) == "away 1, away 2, away 3");
    CHECK(l.next_event() == never);
    CHECK(text(l.want(4, 0)) == "waits: connect 3");  // at once, although one failed just now
    CHECK(text(l.want(5, 0)) == "waits");             // one attempt is enough to know
}

TEST_CASE("where connects fail and nothing is lent each attempt is the last hope of all in line") {
    lender l(of_size(8));
    for (const waiter_id who : {1U, 2U, 3U}) CHECK(l.want(who, 0).what == lender::entry::waits);
    CHECK(text(l.connect_failed(1, 0)).empty());
    CHECK(text(l.tick(10 * pause)).empty());
    CHECK(l.next_event() == never);
    CHECK(text(l.want(4, 10 * pause)) == "waits");
    CHECK(text(l.connect_failed(2, 10 * pause)) == "away 1, away 2, away 3, away 4");
}

TEST_CASE("a failed connect is repeated after a pause while other sessions are there") {
    lender l = with_lent(of_size(3), 1);
    CHECK(text(l.want(11, 0)) == "waits: connect 2");
    CHECK(text(l.want(12, 0)) == "waits: connect 3");
    CHECK(text(l.connect_failed(2, 10)).empty());
    CHECK(text(l.connect_failed(3, 20)).empty());
    CHECK(l.waiting() == 2);
    CHECK(l.next_event() == 20 + pause);
    CHECK(text(l.tick(20 + pause - 1)).empty());
    CHECK(text(l.tick(20 + pause)) == "connect 4, connect 5");
    CHECK(text(l.connected(4, 30 + pause, 0)) == "lend 4 to 11");
}

TEST_CASE("a pause ends with a connection that succeeds") {
    lender l = with_lent(of_size(4), 1);
    CHECK(text(l.want(11, 0)) == "waits: connect 2");
    CHECK(text(l.want(12, 0)) == "waits: connect 3");
    CHECK(text(l.connect_failed(2, 0)).empty());
    CHECK(text(l.want(13, 0)) == "waits");
    CHECK(text(l.connected(3, 1, 0)) == "lend 3 to 11, connect 4, connect 5");
}

TEST_CASE("the last session lost is replaced at once also after a failed connect") {
    lender l = with_lent(of_size(2), 1);
    CHECK(text(l.want(11, 0)) == "waits: connect 2");
    CHECK(text(l.connect_failed(2, 0)).empty());
    CHECK(text(l.returned(1, false, 0)) == "connect 3, close 1");
}

TEST_CASE("resized down idle sessions leave now and lent ones when they come back") {
    lender l = with_lent(of_size(4), 4);
    CHECK(text(l.returned(4, true, 0)).empty());
    CHECK(text(l.resize(0, 2, 0)) == "close 4");
    CHECK(text(l.want(11, 0)) == "waits");
    CHECK(text(l.returned(1, true, 0)) == "close 1");
    CHECK(text(l.returned(2, true, 0)) == "lend 2 to 11");
    CHECK(l.size() == 2);
}

TEST_CASE("resized down a connection under way leaves when it is made") {
    lender l = with_lent(of_size(3), 2);
    CHECK(text(l.want(11, 0)) == "waits: connect 3");
    CHECK(text(l.resize(0, 2, 0)).empty());
    CHECK(text(l.connected(3, 0, 0)) == "close 3");
    CHECK(text(l.returned(1, true, 0)) == "lend 1 to 11");
}

TEST_CASE("resized up those in line get sessions and min_idle is kept") {
    lender l = with_lent(of_size(1), 1);
    for (const waiter_id who : {2U, 3U, 4U}) CHECK(l.want(who, 0).what == lender::entry::waits);
    CHECK(text(l.resize(0, 8, 0)) == "connect 2, connect 3");
    lender idle = with_idle(of_size(1), 1);
    CHECK(text(idle.resize(2, 8, 0)) == "connect 2");
}

TEST_CASE("evicted sessions leave when they are idle or come back or are connected") {
    lender l = with_lent(of_size(3), 2);
    CHECK(text(l.returned(2, true, 0)).empty());
    CHECK(text(l.want(11, 0)) == "granted: lend 2 to 11");
    CHECK(text(l.want(12, 0)) == "waits: connect 3");
    CHECK(text(l.returned(1, true, 0)) == "lend 1 to 12");
    CHECK(text(l.returned(1, true, 0)).empty());
    CHECK(text(l.evict_all(0)) == "close 1");
    CHECK(text(l.returned(2, true, 0)) == "close 2");
    CHECK(text(l.want(13, 0)) == "waits");
    CHECK(text(l.connected(3, 0, 0)) == "connect 4, close 3");
    CHECK(text(l.connected(4, 0, 0)) == "lend 4 to 13");
}

}  // namespace sluice::lending
