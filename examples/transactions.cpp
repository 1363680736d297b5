// Transactions as objects, on an SQLite database in memory.
//
// Shows: commit, a savepoint, what dropping a handle does, who is kept out, a whole transaction that is done again
// where it meets a conflict: with futures, and as a loop in a coroutine.

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <cstdio>
#include <exception>

namespace asio = boost::asio;

namespace {

const char* const pay = "update account set balance = balance - ? where id = ?";

long long balance(sluice::pool& db, int id) {
    const auto rows = db.query("select balance from account where id = ?", sluice::args(id)).get();
    return rows[0].get<std::int64_t>(0);
}

void with_a_handle(sluice::pool& db) {
    auto tx = db.begin().get();  // has a session of the pool until it is over
    tx.query(pay, sluice::args(5, 1)).get();
    tx.savepoint("before the fee").get();
    tx.query(pay, sluice::args(1, 1)).get();
    tx.rollback_to("before the fee").get();
    tx.commit().get();
    std::printf("handle:    %lld after the commit\n", balance(db, 1));

    {
        auto dropped = db.begin().get();
        dropped.query(pay, sluice::args(50, 1)).get();
    }
    std::printf("handle:    %lld after one that was dropped\n", balance(db, 1));
}

void kept_out(sluice::pool& db) {
    auto session = db.acquire().get();
    auto tx = session.begin(sluice::transaction_options().read_only(true)).get();
    try {
        session.query("select 1").get();
    } catch (const sluice::database_error& e) {
        std::printf("session:   %s\n", std::string(sluice::to_string(e.code())).c_str());
    }
    tx.rollback().get();
}

void repeated(sluice::pool& db) {
    // On this thread, which waits; done again where the server finds a conflict.
    const auto left = db.transact([](sluice::transaction& tx) {
        tx.query(pay, sluice::args(10, 1)).get();
        return tx.query("select balance from account where id = 1").get()[0].get<std::int64_t>(0);
    });
    std::printf("transact:  %lld\n", static_cast<long long>(left));
}

asio::awaitable<sluice::result<sluice::protocol::done>> move_money(sluice::pool& db, int from, int to) {
    auto tx = co_await db.async_begin(sluice::use_awaitable);
    if (auto taken = co_await tx.async_query(pay, sluice::args(7, from)); !taken) co_return taken.error();
    if (auto given = co_await tx.async_query(pay, sluice::args(-7, to)); !given) co_return given.error();
    co_return co_await tx.async_commit();
}

asio::awaitable<void> in_a_coroutine(sluice::pool& db) {
    for (sluice::tx_retry retry;;) {
        const auto moved = co_await move_money(db, 1, 2);
        if (moved) co_return;
        const bool again = co_await retry.async_again(db, moved.error(), sluice::use_awaitable);
        if (!again) throw sluice::database_error(moved.error());
    }
}

}  // namespace

int main() {
    try {
        sluice::engine engine;
        auto db = engine.open("Driver=SQLite3;Database=:memory:");
        db.query("create table account (id integer primary key, balance integer)").get();
        db.query("insert into account values (1, 100), (2, 100)").get();
        with_a_handle(db);
        kept_out(db);
        repeated(db);

        asio::io_context context;
        std::exception_ptr failed;
        asio::co_spawn(context, in_a_coroutine(db), [&](std::exception_ptr e) { failed = e; });
        context.run();
        if (failed) std::rethrow_exception(failed);
        std::printf("coroutine: %lld and %lld\n", balance(db, 1), balance(db, 2));
        return balance(db, 1) == 78 && balance(db, 2) == 107 ? 0 : 1;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "transactions: %s\n", e.what());
        return 1;
    }
}
