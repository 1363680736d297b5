// Every operation by std::future: the face without tokens, sluice::use_future, and Asio's own.

#include "support.hpp"

using namespace api;

TEST_CASE("future: every operation of the face without tokens") {
    try_all([]<class Op>(stage& s) { return outcome_of<typename Op::value>(Op::future(s)); });
}

TEST_CASE("future: every operation with use_future") {
    try_all([]<class Op>(stage& s) { return outcome_of<typename Op::value>(Op::start(s, sluice::use_future)); });
}

TEST_CASE("future: every operation with the use_future of Asio holds a result") {
    try_all([]<class Op>(stage& s) { return in_time(Op::start(s, asio::use_future)); });
}

TEST_CASE("future: every operation with or_throw of the use_future of Asio") {
    try_all([]<class Op>(stage& s) {
        return outcome_of<typename Op::value>(Op::start(s, sluice::or_throw(asio::use_future)));
    });
}

TEST_CASE("future: what it throws is the error with every diagnostic") {
    theatre house;
    auto db = house.engine().open(house.file().string());
    try {
        (void)db.query("select missing from nowhere").get();
        FAIL("no exception");
    } catch (const sluice::database_error& e) {
        CHECK(e.code() == sluice::errc::syntax);
        CHECK(e.error().outcome() == sluice::outcome::none);
        REQUIRE(!e.error().diagnostics().empty());
        CHECK(std::string(e.what()).find("nowhere") != std::string::npos);
    }
    CHECK(in_time(db.query("select 1")).size() == 1);
}

// A future that nobody waits for does not block where it dies, and what was asked for is done.
TEST_CASE("future: dropped without a look") {
    theatre house;
    auto one = in_time(house.engine().connect(house.file().string()));
    for (int i = 0; i < 50; ++i) (void)one.query("insert into item values (9, 'pin', 1)");
    CHECK(in_time(one.query("select count(*) from item where id = 9"))[0].get<int>(0) == 50);
}

// The promise is fulfilled where the result is made, so that get() works in a handler too.
TEST_CASE("future: get in a handler") {
    theatre house;
    auto db = house.engine().open(house.file().string());
    auto other = house.engine().open(house.file().string());
    std::promise<std::size_t> sum;
    db.async_query("select id from item", [&](sluice::result<sluice::row_set> r) {
        sum.set_value(r->size() + in_time(other.query("select id from item")).size());
    });
    CHECK(in_time(sum.get_future()) == 6);
}

TEST_CASE("future: use_future with an executor and with a slot") {
    theatre house;
    auto db = house.engine().open(house.file().string());
    gui_loop loop;
    auto bound = db.async_query("select id from item", asio::bind_executor(loop.get_executor(), sluice::use_future));
    REQUIRE(loop.run_until([&] { return bound.wait_for(0s) == std::future_status::ready; }));
    CHECK(bound.get().size() == 3);
    asio::cancellation_signal signal;
    auto slotted =
        db.async_query("select id from item", asio::bind_cancellation_slot(signal.slot(), sluice::use_future));
    CHECK(in_time(std::move(slotted)).size() == 3);
}
