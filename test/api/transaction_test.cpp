// Transactions by every family of tokens, as users write them.

#include "support.hpp"

using namespace api;

namespace {

using done = sluice::protocol::done;

std::int64_t items(sluice::pool& db) {
    return in_time(db.query("select count(*) from item"))[0].get<std::int64_t>(0);
}

asio::awaitable<void> by_results(sluice::pool& db) {
    auto begun = co_await db.async_begin();
    auto tx = std::move(begun.value());
    (co_await tx.async_query("insert into item values (10, 'ten', null)")).value();
    (co_await tx.async_savepoint("odd \"name\"")).value();
    (co_await tx.async_query("insert into item values (11, 'eleven', null)")).value();
    (co_await tx.async_rollback_to("odd \"name\"")).value();
    (co_await tx.async_release("odd \"name\"", sluice::request_options())).value();
    const sluice::result<done> ended = co_await tx.async_commit();
    ended.value();
}

asio::awaitable<sluice::errc> by_throwing(sluice::pool& db) {
    auto tx = co_await db.async_begin(sluice::transaction_options().isolation(sluice::isolation::serializable),
                                      sluice::request_options().timeout(20s), sluice::use_awaitable);
    co_await tx.async_query("insert into item values (12, 'twelve', null)", sluice::use_awaitable);
    co_await tx.async_rollback(sluice::use_awaitable);
    try {
        co_await tx.async_commit(sluice::request_options(), sluice::use_awaitable);
    } catch (const sluice::database_error& e) {
        co_return e.code();
    }
    co_return sluice::errc::ok;
}

// The loop of the documents, against conflicts that the body makes up.
asio::awaitable<int> by_retry(sluice::pool& db, int conflicts) {
    int attempts = 0;
    sluice::error_record made;
    made.code = sluice::errc::serialization;
    made.records.emplace_back();
    made.records.back().sqlstate = "40001";
    const sluice::error conflict(made);
    for (sluice::tx_retry retry(sluice::tx_retry().pause(1ms, 2ms));;) {
        auto tx = co_await db.async_begin(sluice::use_awaitable);
        ++attempts;
        sluice::result<done> ended = conflict;
        if (attempts > conflicts) ended = co_await tx.async_commit();
        tx = sluice::transaction();
        if (ended) break;
        const bool again = co_await retry.async_again(db, ended.error(), sluice::use_awaitable);
        if (!again) break;
    }
    co_return attempts;
}

asio::awaitable<std::int64_t> by_statements(sluice::session& db) {
    auto put = co_await db.async_prepare("insert into item values (?, ?, null)", sluice::use_awaitable);
    auto find = co_await db.async_prepare("select id, name from item where id = ?", sluice::use_awaitable);
    auto tx = co_await db.async_begin(sluice::use_awaitable);
    (co_await tx.async_query(put, sluice::args(40, "forty"))).value();
    co_await tx.async_query(put, sluice::args(41, "forty-one"), sluice::request_options().timeout(20s),
                            sluice::use_awaitable);
    auto named = (co_await tx.async_query_as<std::tuple<int, std::string>>(find, sluice::args(41))).value();
    auto rows = co_await tx.async_stream(find, sluice::args(40), sluice::use_awaitable);
    std::int64_t seen = std::get<1>(named.at(0)) == "forty-one" ? 1 : 0;
    while (auto batch = co_await rows.async_next(sluice::use_awaitable))
        seen += static_cast<std::int64_t>(batch->rows());
    const auto without = co_await tx.async_query(find);
    if (!without && without.error().code() == sluice::errc::invalid_argument) ++seen;
    (co_await tx.async_commit()).value();
    co_return seen;
}

struct insert_one {
    int id;
    void operator()(sluice::transaction& tx, sluice::transact_done<int> answers) const {
        tx.async_query("insert into item values (?, 'one', null)", sluice::args(id),
                       [answers = std::move(answers)](sluice::result<sluice::row_set> r) mutable {
                           if (!r) return answers(r.error());
                           answers(static_cast<int>(r->affected_rows().value_or(-1)));
                       });
    }
};

}  // namespace

TEST_CASE("transaction: by coroutines with results and with exceptions") {
    const database file;
    sluice::engine engine;
    auto db = engine.open(file.string());
    make_items(db);
    run(by_results(db));
    CHECK(items(db) == 4);
    CHECK(run(by_throwing(db)) == sluice::errc::stale_handle);
    CHECK(items(db) == 4);
}

TEST_CASE("transaction: by futures and handlers on an executor of their own") {
    const database file;
    sluice::engine engine;
    auto db = engine.open(file.string());
    make_items(db);
    {
        auto tx = in_time(db.async_begin(sluice::use_future));
        (void)in_time(tx.query("insert into item values (20, 'twenty', null)"));
        const done ended = in_time(tx.async_commit(sluice::use_future));
        CHECK(ended.warnings.empty());
    }
    gui_loop gui;
    answer<done> committed;
    answer<done> begun;
    sluice::transaction tx;
    auto start = [&](sluice::result<sluice::transaction> r) {
        tx = std::move(r.value());
        begun.handler()(done());
        tx.async_commit(asio::bind_executor(gui.get_executor(), committed.handler()));
    };
    db.async_begin(sluice::transaction_options(), asio::bind_executor(gui.get_executor(), start));
    REQUIRE(gui.run_until([&] { return begun.is_there() && committed.is_there(); }));
    CHECK(begun.get().has_value());
    CHECK(committed.get().has_value());
    CHECK(committed.where() == std::this_thread::get_id());
    CHECK(items(db) == 4);
}

TEST_CASE("transaction: prepared statements by coroutines and futures and handlers") {
    const database file;
    sluice::engine engine;
    auto db = engine.open(file.string());
    make_items(db);
    auto session = in_time(db.acquire());
    CHECK(run(by_statements(session)) == 3);
    auto find = in_time(session.prepare("select name from item where id = ?"));
    auto tx = in_time(session.begin());
    CHECK(in_time(tx.query(find, sluice::args(40)))[0].get<std::string>(0) == "forty");
    CHECK(in_time(tx.query_as<std::tuple<std::string>>(find, sluice::args(41))).size() == 1);
    auto rows = in_time(tx.stream(find, sluice::args(41), sluice::stream_options().batch_rows(1)));
    CHECK(in_time(rows.next())->rows() == 1);
    in_time(rows.close());
    answer<sluice::row_set> heard;
    tx.async_query(find, sluice::args(40), heard.handler());
    CHECK(heard.get().value().size() == 1);
    answer<sluice::row_stream> opened;
    tx.async_stream(find, sluice::args(40), sluice::stream_options(), sluice::or_throw(opened.throwing_handler()));
    CHECK(opened.get().has_value());
    in_time(tx.rollback());
}

TEST_CASE("transaction: or_throw with a handler and a cancelled begin") {
    const database file;
    sluice::engine engine;
    auto db = engine.open(file.string(), sluice::pool_options().max_size(1));
    make_items(db);
    auto held = in_time(db.begin());
    answer<sluice::transaction> begun;
    asio::cancellation_signal stop;
    db.async_begin(sluice::or_throw(asio::bind_cancellation_slot(stop.slot(), begun.throwing_handler())));
    stop.emit(asio::cancellation_type::total);
    CHECK(begun.get().error().code() == sluice::errc::cancelled);
    in_time(held.rollback());
    CHECK(items(db) == 3);
}

TEST_CASE("transaction: the loop of tx_retry in a coroutine") {
    const database file;
    sluice::engine engine;
    auto db = engine.open(file.string());
    CHECK(run(by_retry(db, 0)) == 1);
    CHECK(run(by_retry(db, 3)) == 4);
    CHECK(run(by_retry(db, 99)) == 5);  // tx_retry's attempts
}

TEST_CASE("transaction: transact and async_transact") {
    const database file;
    sluice::engine engine;
    auto db = engine.open(file.string());
    make_items(db);
    const auto before = db.transact([](sluice::transaction& tx) {
        (void)in_time(tx.query("insert into item values (30, 'thirty', null)"));
        return in_time(tx.query("select count(*) from item"))[0].get<std::int64_t>(0);
    });
    CHECK(before == 4);
    CHECK(in_time(db.async_transact<int>(insert_one{31}, sluice::use_future)) == 1);
    answer<int> heard;
    db.async_transact<int>(insert_one{32}, sluice::tx_retry().attempts(2), heard.handler());
    CHECK(heard.get().value() == 1);
    CHECK(items(db) == 6);
}

TEST_CASE("transaction: handles move and types of a co_await are no aggregates") {
    static_assert(std::is_nothrow_move_constructible_v<sluice::transaction>);
    static_assert(!std::is_copy_constructible_v<sluice::transaction>);
    static_assert(!std::is_aggregate_v<sluice::transaction_options> && !std::is_aggregate_v<sluice::tx_retry>);
    sluice::transaction none;
    CHECK_FALSE(none);
    const auto moved = std::move(none);
    CHECK(moved.state() == sluice::transaction_state::none);
    CHECK(moved.facts().driver_name.empty());
    CHECK_THROWS_AS(in_time(sluice::session().begin()), sluice::database_error);
    CHECK_THROWS_AS(in_time(sluice::pool().begin()), sluice::database_error);
}
