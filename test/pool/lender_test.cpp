// Who gets which session, in which order, and who gets none.

#include "lender_steps.hpp"

namespace sluice::lending {

TEST_CASE("the first wish connects and the connection goes to the first in line") {
    lender l(of_size(1));
    CHECK(text(l.want(1, 0)) == "waits: connect 1");
    CHECK(text(l.want(2, 0)) == "waits");
    CHECK(text(l.connected(1, 0, 0)) == "lend 1 to 1");
    CHECK(l.waiting() == 1);
    CHECK(l.lent() == 1);
}

TEST_CASE("a session that comes back goes to the next in line or is idle") {
    lender l = with_lent(of_size(1), 1);
    CHECK(text(l.want(2, 0)) == "waits");
    CHECK(text(l.want(3, 0)) == "waits");
    CHECK(text(l.returned(1, true, 0)) == "lend 1 to 2");
    CHECK(text(l.returned(1, true, 0)) == "lend 1 to 3");
    CHECK(text(l.returned(1, true, 0)).empty());
    CHECK(l.idle() == 1);
    CHECK(text(l.want(4, 0)) == "granted: lend 1 to 4");
}

TEST_CASE("of the idle sessions the last used one is lent or the one idle for longest") {
    for (const auto order : {idle_order::lifo, idle_order::fifo}) {
        rules r = of_size(3);
        r.order = order;
        lender l = with_idle(r, 3);  // 3 came back last
        CHECK(text(l.want(11, 0)) == (order == idle_order::lifo ? "granted: lend 3 to 11" : "granted: lend 1 to 11"));
        CHECK(text(l.want(12, 0)) == "granted: lend 2 to 12");
    }
}

TEST_CASE("a line that is full lets in only who makes a connection begin") {
    rules r = of_size(2);
    r.waiters_max = 0;
    lender l(r);
    CHECK(text(l.want(1, 0)) == "waits: connect 1");
    CHECK(text(l.want(2, 0)) == "waits: connect 2");
    CHECK(text(l.want(3, 0)) == "full");
    CHECK(text(l.connected(1, 0, 0)) == "lend 1 to 1");
    CHECK(text(l.want(4, 0)) == "full");
    CHECK(text(l.connect_failed(2, 0)).empty());
    CHECK(text(l.want(5, 0)) == "full");  // the next connect has to wait
    CHECK(text(l.returned(1, true, 0)) == "lend 1 to 2");
    CHECK(text(l.returned(1, true, 0)).empty());
    CHECK(text(l.want(6, 0)) == "granted: lend 1 to 6");
}

TEST_CASE("who withdraws gets nothing and the others keep their places") {
    lender l = with_lent(of_size(1), 1);
    for (const waiter_id who : {2U, 3U, 4U}) CHECK(l.want(who, 0).what == lender::entry::waits);
    CHECK(l.withdraw(3));
    CHECK_FALSE(l.withdraw(3));
    CHECK_FALSE(l.withdraw(1));
    CHECK(text(l.returned(1, true, 0)) == "lend 1 to 2");
    CHECK_FALSE(l.withdraw(2));
    CHECK(text(l.returned(1, true, 0)) == "lend 1 to 4");
}

TEST_CASE("a connection that nobody waits for any more is idle") {
    lender l(of_size(2));
    CHECK(text(l.want(1, 0)) == "waits: connect 1");
    CHECK(l.withdraw(1));
    CHECK(text(l.connected(1, 0, 0)).empty());
    CHECK(l.idle() == 1);
}

TEST_CASE("an idle session that was lost is passed over and its waiter keeps his place") {
    lender l = with_idle(of_size(3), 3);
    const auto first = l.want(11, 0);
    const auto second = l.want(12, 0);
    const auto third = l.want(13, 0);
    CHECK(text(third) == "granted: lend 1 to 13");
    CHECK(text(l.want(14, 0)) == "waits");
    CHECK(text(l.lost(*third.then.lend, true, 0)) == "connect 4, close 1");
    CHECK(text(l.lost(*first.then.lend, true, 0)) == "connect 5, close 3");
    CHECK(text(l.lost(*second.then.lend, true, 0)) == "close 2");  // two connect already
    CHECK(text(l.connected(4, 0, 0)) == "lend 4 to 11, connect 6");
    CHECK(text(l.connected(5, 0, 0)) == "lend 5 to 12");
    CHECK(text(l.connected(6, 0, 0)) == "lend 6 to 13");
    CHECK(text(l.returned(4, true, 0)) == "lend 4 to 14");
}

TEST_CASE("an idle session that was lost is replaced by the next idle one") {
    lender l = with_idle(of_size(2), 2);
    const auto lent = l.want(11, 0);
    CHECK(text(lent) == "granted: lend 2 to 11");
    CHECK(text(l.lost(*lent.then.lend, true, 0)) == "lend 1 to 11, close 2");
    CHECK(text(l.lost({11, 1, 1}, false, 0)) == "close 1");  // he has left
    CHECK(l.size() == 0);
    CHECK(l.waiting() == 0);
}

TEST_CASE("a closed lender serves its line and keeps nothing idle") {
    lender l = with_lent(of_size(2), 2);
    CHECK(text(l.want(3, 0)) == "waits");
    CHECK(text(l.close()).empty());
    CHECK(text(l.want(4, 0)) == "closed");
    CHECK(text(l.returned(1, true, 0)) == "lend 1 to 3");
    CHECK(text(l.returned(2, true, 0)) == "close 2");
    CHECK(text(l.returned(1, false, 0)) == "close 1");
    CHECK(l.size() == 0);
    CHECK(text(with_idle(of_size(2), 2).close()) == "close 1, close 2");
}

TEST_CASE("a closed lender still connects for its line") {
    lender l = with_lent(of_size(1), 1);
    CHECK(text(l.want(2, 0)) == "waits");
    CHECK(text(l.close()).empty());
    CHECK(text(l.returned(1, false, 0)) == "connect 2, close 1");
    CHECK(text(l.connected(2, 0, 0)) == "lend 2 to 2");
}

TEST_CASE("the line is sent away in order") {
    lender l = with_lent(of_size(1), 1);
    for (const waiter_id who : {2U, 3U, 4U}) CHECK(l.want(who, 0).what == lender::entry::waits);
    CHECK(text(l.send_away()) == "away 2, away 3, away 4");
    CHECK(text(l.send_away()).empty());
    CHECK(text(l.returned(1, true, 0)).empty());
}

TEST_CASE("why somebody gets no session is the failure first then what is on its way then what others have") {
    lender l = with_lent(of_size(3), 2);
    const auto why = [&](std::size_t checked, bool failing) {
        return l.shortage(checked, failing).reason;
    };
    CHECK(why(0, false) == shortage_reason::exhausted);
    CHECK(why(1, false) == shortage_reason::exhausted);   // the other one is somebody's
    CHECK(why(2, false) == shortage_reason::connecting);  // nobody has one yet
    CHECK(why(0, true) == shortage_reason::down);
    CHECK(text(l.want(101, 0)) == "waits: connect 3");
    CHECK(why(0, false) == shortage_reason::connecting);
    CHECK(why(2, true) == shortage_reason::down);
    const pool_shortage now = l.shortage(1, false);
    CHECK(now.max_size == 3);
    CHECK(now.lent == 1);
    CHECK(now.tested == 1);
    CHECK(now.idle == 0);
    CHECK(now.connecting == 1);
    CHECK(now.waiting == 1);
}

}  // namespace sluice::lending
