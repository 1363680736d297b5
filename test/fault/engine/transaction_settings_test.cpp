// The options of a transaction on a driver that nobody knows: what is refused, what is set, and what is set back.
#include "fault_world.hpp"

using namespace sluice;
using namespace sluice::testing;

namespace {

transaction_options serializable() {
    return transaction_options().isolation(isolation::serializable);
}

void check_unsupported(const error& e) {
    INFO(e.to_string());
    CHECK(e.code() == errc::unsupported);
    CHECK(e.outcome() == outcome::none);
    CHECK(e.session() == session_state::usable);
}

}  // namespace

TEST_CASE("transaction options: what cannot be given is refused before anything is sent") {
    world w("unsupported");
    {
        engine engine;
        auto session = w.connect(engine);
        const auto before = w.faults.count("SQLSetConnectAttr");
        check_unsupported(error_of(session.begin(transaction_options().read_only(true))));
        check_unsupported(error_of(session.begin(transaction_options().lock_timeout(5ms))));
        CHECK(error_of(session.begin(transaction_options().lock_timeout(0ms))).code() == errc::invalid_argument);
        CHECK(error_of(session.begin(transaction_options().lock_timeout(25h))).code() == errc::invalid_argument);
        CHECK(w.faults.count("SQLSetConnectAttr") == before);
        answer(session.query("affect 1"));
    }
    CHECK(w.faults.count("SQLEndTran") == 0);
    w.judge();
}

TEST_CASE("transaction options: the isolation is set before and set back after") {
    for (const bool commits : {true, false}) {
        world w("isolation");
        {
            engine engine;
            auto session = w.connect(engine);
            const auto before = w.faults.count("SQLSetConnectAttr");
            auto tx = answer(session.begin(serializable()));
            CHECK(w.faults.count("SQLSetConnectAttr") == before + 2);
            answer(tx.query("affect 1"));
            answer(commits ? tx.commit() : tx.rollback());
            CHECK(w.faults.count("SQLSetConnectAttr") == before + 4);
            // The driver's own level: nothing is to be set.
            tx = answer(session.begin(transaction_options().isolation(isolation::read_committed)));
            answer(tx.commit());
            CHECK(w.faults.count("SQLSetConnectAttr") == before + 6);
        }
        CHECK(w.faults.count("connect") == 1);
        w.judge();
    }
}

TEST_CASE("transaction options: a level that the driver does not take is refused and leaves no transaction") {
    world w("isolation refused");
    {
        engine engine;
        auto session = w.connect(engine);
        w.faults.add("at SQLSetConnectAttr 1 error HYC00");
        check_unsupported(error_of(session.begin(serializable())));
        CHECK(answer(session.query("affect 1")).affected_rows() == 1);
        w.faults.add("at SQLSetConnectAttr 2 error HY000");  // autocommit stays on
        CHECK(error_of(session.begin(serializable())).outcome() == outcome::none);
        CHECK(answer(session.query("affect 1")).affected_rows() == 1);
        auto tx = answer(session.begin(serializable()));
        answer(tx.commit());
    }
    CHECK(w.faults.count("connect") == 1);
    w.judge();
}

TEST_CASE("transaction options: a session that does not get its own level back is given up") {
    world w("isolation not set back");
    {
        engine engine;
        auto session = w.connect(engine);
        auto tx = answer(session.begin(serializable()));
        answer(tx.query("affect 1"));
        w.faults.add("at SQLSetConnectAttr 2 error HY000");
        answer(tx.commit());  // that was made
        answer(session.query("affect 2"));
    }
    CHECK(w.faults.count("connect") == 2);
    w.judge();
}
