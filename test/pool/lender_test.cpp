#include <sluice/pool/lender.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace sluice::lending {

namespace {

using entry = lender::entry;
using state = lender::state;

std::string name(entry e) {
    switch (e) {
        case entry::granted:
            return "granted";
        case entry::waits:
            return "waits";
        case entry::connect:
            return "connect";
        case entry::full:
            return "full";
        default:
            return "closed";
    }
}
std::string name(state s) {
    switch (s) {
        case state::absent:
            return "absent";
        case state::connecting:
            return "connecting";
        case state::idle:
            return "idle";
        default:
            return "lent";
    }
}
std::string name(const lender::handover& h) {
    if (h.to) return "to " + std::to_string(*h.to) + (h.connect ? " and connect" : "");
    return h.connect ? "connect" : "nobody";
}

constexpr std::size_t line_max = 2;

// A lender in each state, with so many in line: 2, 3 and so on; 1 is the one who made the connection wanted.
lender absent() {
    return lender(line_max);
}
lender connecting(std::size_t in_line = 1) {
    lender l(line_max);
    CHECK(l.want(1) == entry::connect);
    for (std::size_t i = 1; i < in_line; ++i) CHECK(l.want(1 + i) == entry::waits);
    return l;
}
lender lent(std::size_t in_line = 0) {
    lender l = connecting();
    CHECK(name(l.connected()) == "to 1");
    for (std::size_t i = 0; i < in_line; ++i) CHECK(l.want(2 + i) == entry::waits);
    return l;
}
lender idle() {
    lender l = lent();
    CHECK(name(l.returned(true)) == "nobody");
    return l;
}
lender closed(lender l) {
    l.close();
    return l;
}

struct wish {
    std::string what;
    lender from;
    std::string answer;
    std::string then;
    std::size_t waiting;
};

}  // namespace

TEST_CASE("who wants a session is answered as the table says") {
    const std::vector<wish> table{
        {"absent", absent(), "connect", "connecting", 1},
        {"connecting", connecting(), "waits", "connecting", 2},
        {"connecting with a full line", connecting(2), "full", "connecting", 2},
        {"idle", idle(), "granted", "lent", 0},
        {"lent", lent(), "waits", "lent", 1},
        {"lent with a full line", lent(2), "full", "lent", 2},
        {"closed and absent", closed(absent()), "closed", "absent", 0},
        {"closed and connecting", closed(connecting()), "closed", "connecting", 1},
        {"closed and idle", closed(idle()), "closed", "idle", 0},
        {"closed and lent", closed(lent(1)), "closed", "lent", 1},
    };
    for (const wish& w : table) {
        INFO(w.what);
        lender l = w.from;
        CHECK(name(l.want(9)) == w.answer);
        CHECK(name(l.now()) == w.then);
        CHECK(l.waiting() == w.waiting);
    }
}

TEST_CASE("a connection goes to the first in line or waits to be wanted") {
    lender with_line = connecting(2);
    CHECK(name(with_line.connected()) == "to 1");
    CHECK(name(with_line.now()) == "lent");
    CHECK(with_line.waiting() == 1);
    lender deserted = connecting();
    CHECK(deserted.withdraw(1));
    CHECK(name(deserted.connected()) == "nobody");
    CHECK(name(deserted.now()) == "idle");
}

TEST_CASE("a connection that fails sends everyone away in order") {
    lender l = connecting(2);
    CHECK(l.connect_failed() == std::vector<waiter_id>{1, 2});
    CHECK(name(l.now()) == "absent");
    CHECK(l.waiting() == 0);
    CHECK(name(l.want(3)) == "connect");
}

TEST_CASE("a session that comes back goes to the next in line") {
    lender l = lent(2);
    CHECK(name(l.returned(true)) == "to 2");
    CHECK(name(l.returned(true)) == "to 3");
    CHECK(name(l.returned(true)) == "nobody");
    CHECK(name(l.now()) == "idle");
}

TEST_CASE("a session that comes back unusable is replaced only where someone waits") {
    lender wanted = lent(2);
    CHECK(name(wanted.returned(false)) == "connect");
    CHECK(name(wanted.now()) == "connecting");
    CHECK(name(wanted.connected()) == "to 2");
    lender unwanted = lent();
    CHECK(name(unwanted.returned(false)) == "nobody");
    CHECK(name(unwanted.now()) == "absent");
}

TEST_CASE("only an idle session is lost by itself") {
    lender l = idle();
    l.lost();
    CHECK(name(l.now()) == "absent");
    for (const auto& other : {absent(), connecting(), lent(1)}) {
        lender same = other;
        same.lost();
        CHECK(same.now() == other.now());
        CHECK(same.waiting() == other.waiting());
    }
}

TEST_CASE("who withdraws gets nothing and the others keep their places") {
    lender l = connecting(2);
    CHECK(l.withdraw(1));
    CHECK_FALSE(l.withdraw(1));
    CHECK_FALSE(l.withdraw(7));
    CHECK(l.want(3) == entry::waits);
    CHECK(name(l.connected()) == "to 2");
    CHECK_FALSE(l.withdraw(2));
    CHECK(name(l.returned(true)) == "to 3");
}

TEST_CASE("a line of length 0 still has a session for the one who made it wanted") {
    lender l(0);
    CHECK(l.want(1) == entry::connect);
    CHECK(l.want(2) == entry::full);
    CHECK(name(l.connected()) == "to 1");
    CHECK(l.want(3) == entry::full);
    CHECK(name(l.returned(true)) == "nobody");
    CHECK(l.want(4) == entry::granted);
}

TEST_CASE("a closed lender still serves its line unless that is sent away") {
    lender served = closed(lent(2));
    CHECK(served.closed());
    CHECK(name(served.returned(true)) == "to 2");
    lender sent = closed(lent(2));
    CHECK(sent.send_away() == std::vector<waiter_id>{2, 3});
    CHECK(sent.send_away().empty());
    CHECK(name(sent.returned(true)) == "nobody");
}

}  // namespace sluice::lending
