// Sluice by futures and by coroutines, on an SQLite database in memory.
//
// Shows: a pool, parameters, rows as structs, a stream, a prepared statement, an error that does not throw, two queries
// under way at once, the catalog, named parameters.

#include <sluice/sluice.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdio>
#include <exception>
#include <optional>
#include <string>

namespace asio = boost::asio;

namespace {

struct item {
    int id;
    std::string name;
    std::optional<double> price;
};

void with_futures(sluice::pool& db) {
    db.query("create table item (id integer primary key, name varchar(40), price double)").get();
    auto bolt = db.query("insert into item values (?, ?, ?)", sluice::args(1, "bolt", 0.25));
    auto nut = db.query("insert into item values (?, ?, ?)", sluice::args(2, "nut", std::optional<double>()));
    bolt.get();  // both were under way
    nut.get();
    for (const item& i : db.query_as<item>("select id, name, price from item order by id").get()) {
        std::printf("future:    %d %s %s\n", i.id, i.name.c_str(),
                    i.price ? std::to_string(*i.price).c_str() : "no price");
    }
}

// What the database says of its tables, and named parameters.
asio::awaitable<void> with_the_catalog(sluice::pool& db) {
    const auto columns = co_await db.async_catalog(sluice::columns().name("item"), sluice::use_awaitable);
    for (const auto column : columns) {
        std::printf("catalog:   %s %s\n", column.get<std::string>("COLUMN_NAME").c_str(),
                    column.get<std::string>("TYPE_NAME").c_str());
    }
    const auto keys = co_await db.async_catalog(sluice::primary_keys().name("item"), sluice::use_awaitable);
    std::printf("catalog:   the key is %s\n", keys[0].get<std::string>("COLUMN_NAME").c_str());

    const auto rows = co_await db.async_query("select name from item where id = :id or name = :name or id = -:id",
                                              sluice::named_args("name", "nut", "id", 1), sluice::use_awaitable);
    std::printf("named:     %zu rows\n", rows.size());
}

asio::awaitable<void> with_coroutines(sluice::pool& db) {
    co_await with_the_catalog(db);

    const auto rows =
        co_await db.async_query("select name from item where id = ?", sluice::args(2), sluice::use_awaitable);
    std::printf("coroutine: %s\n", rows[0].get<std::string>("name").c_str());

    // Without use_awaitable nothing throws: the result says what happened.
    const auto wrong = co_await db.async_query("select nonsense from item");
    std::printf("coroutine: %s, the server has %s\n", std::string(sluice::to_string(wrong.error().code())).c_str(),
                wrong.error().outcome() == sluice::outcome::none ? "done nothing" : "perhaps done it");

    // A statement of one's own: prepared once on a session, executed with the values alone.
    auto session = co_await db.async_acquire(sluice::use_awaitable);
    auto price = co_await session.async_prepare("update item set price = ? where id = ?", sluice::use_awaitable);
    for (int id = 1; id <= 2; ++id) {
        const auto done = co_await price.async_query(sluice::args(id * 0.5, id), sluice::use_awaitable);
        std::printf("statement: %lld row\n", static_cast<long long>(done.affected_rows().value_or(0)));
    }
    session = sluice::session();  // back to the pool

    auto stream = co_await db.async_stream("select id, name from item order by id", sluice::use_awaitable);
    while (auto batch = co_await stream.async_next(sluice::use_awaitable)) {
        for (const std::int64_t id : batch->column<std::int64_t>(0))
            std::printf("stream:    item %lld\n", static_cast<long long>(id));
    }
}

}  // namespace

int main() {
    try {
        sluice::engine engine;
        auto db = engine.open("Driver=SQLite3;Database=:memory:");
        with_futures(db);

        asio::io_context context;
        std::exception_ptr failed;
        asio::co_spawn(context, with_coroutines(db), [&](std::exception_ptr e) { failed = e; });
        context.run();
        if (failed) std::rethrow_exception(failed);
        return 0;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "async_demo: %s\n", e.what());
        return 1;
    }
}
