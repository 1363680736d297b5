// Operations that start later, never, together, or inside of others.

#include "support.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/co_composed.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/experimental/promise.hpp>
#include <boost/asio/experimental/use_promise.hpp>
#include <boost/asio/multiple_exceptions.hpp>

using namespace api;
namespace experimental = boost::asio::experimental;

namespace {

const std::string insert = "insert into item values (9, 'pin', 1)";

[[nodiscard]] int pins(sluice::pool& db) {
    return in_time(db.query("select count(*) from item where id = 9"))[0].get<int>(0);
}

}  // namespace

TEST_CASE("deferred: every operation launched later") {
    try_all([]<class Op>(stage& s) {
        answer<typename Op::value> a;
        auto later = Op::start(s);
        std::move(later)(a.handler());
        return a.get();
    });
}

TEST_CASE("deferred: launched late and twice and never") {
    theatre house;
    auto db = house.engine().open(house.file().string());
    auto later = db.async_query(insert);
    CHECK(pins(db) == 0);
    answer<sluice::row_set> once;
    answer<sluice::row_set> again;
    later(once.handler());
    CHECK(once.get()->affected_rows() == 1);
    CHECK(pins(db) == 1);
    std::move(later)(again.handler());
    CHECK(again.get()->affected_rows() == 1);
    { const auto never = db.async_query(insert); }
    CHECK(pins(db) == 2);
}

// What is never launched is never submitted: the session has no transaction, no stream, and is not closed.
TEST_CASE("deferred: no operation is submitted that is not launched") {
    theatre house;
    for_each_operation([&]<class Op>() {
        INFO(Op::name);
        stage s = house.set<Op>();
        { const auto never = Op::start(s); }
        if (!Op::needs_session) return;
        if (s.stream) (void)in_time(s.stream.close());
        (void)in_time(s.session.submit(sluice::protocol::reset()));
        (void)in_time(s.session.submit(sluice::protocol::begin()));
        (void)in_time(s.session.submit(sluice::protocol::rollback()));
    });
}

TEST_CASE("deferred: one after the other") {
    theatre house;
    auto db = house.engine().open(house.file().string());
    std::promise<int> count;
    auto both = db.async_query(insert)(asio::deferred(
        [&](sluice::result<sluice::row_set>) { return db.async_query("select count(*) from item where id = 9"); }));
    CHECK(pins(db) == 0);
    std::move(both)([&](sluice::result<sluice::row_set> r) { count.set_value((*r)[0].get<int>(0)); });
    CHECK(in_time(count.get_future()) == 1);
}

TEST_CASE("deferred: the throwing form") {
    theatre house;
    auto db = house.engine().open(house.file().string());
    std::promise<std::size_t> size;
    auto later = db.async_query("select id from item", sluice::or_throw(asio::deferred));
    std::move(later)([&](std::exception_ptr e, sluice::row_set rows) { size.set_value(e ? 0 : rows.size()); });
    CHECK(in_time(size.get_future()) == 3);
}

TEST_CASE("awaitable operators: both and either") {
    using namespace asio::experimental::awaitable_operators;
    theatre house;
    auto s = house.set(true);
    run([](stage& on) -> asio::awaitable<void> {
        auto [items, more] = co_await (on.pool.async_query("select id from item", sluice::use_awaitable) &&
                                       on.session.async_query("select ?", sluice::args(1), sluice::use_awaitable));
        CHECK(items.size() == 3);
        CHECK(more.size() == 1);

        asio::steady_timer timer(co_await asio::this_coro::executor, patience);
        auto sooner = co_await (on.pool.async_query("select id from item", sluice::use_awaitable) ||
                                timer.async_wait(asio::use_awaitable));
        REQUIRE(sooner.index() == 0);
        CHECK(std::get<0>(sooner).size() == 3);

        // The one that fails does not win.
        auto good = co_await (on.pool.async_query("select missing from nowhere", sluice::use_awaitable) ||
                              on.session.async_query("select id from item", sluice::use_awaitable));
        REQUIRE(good.index() == 1);
        CHECK(std::get<1>(good).size() == 3);

        auto failed = false;
        try {
            (void)co_await (on.pool.async_query("select missing from nowhere", sluice::use_awaitable) &&
                            on.session.async_query("select id from item", sluice::use_awaitable));
        } catch (const sluice::database_error&) {
            failed = true;
        } catch (const asio::multiple_exceptions&) {
            failed = true;  // the other one was still queued, and was cancelled
        }
        CHECK(failed);
    }(s));
}

TEST_CASE("parallel group: all of them and the first that succeeds") {
    theatre house;
    auto s = house.set(true);
    run([](stage& on) -> asio::awaitable<void> {
        auto [order, first, second] =
            co_await experimental::make_parallel_group(on.pool.async_query("select id from item"),
                                                       on.session.async_query("select 1"))
                .async_wait(experimental::wait_for_all(), asio::use_awaitable);
        CHECK(order.size() == 2);
        CHECK(first.value().size() == 3);
        CHECK(second.value().size() == 1);

        auto [came, e1, rows1, e2, rows2] =
            co_await experimental::make_parallel_group(
                on.pool.async_query("select missing from nowhere", sluice::or_throw(asio::deferred)),
                on.session.async_query("select id from item", sluice::or_throw(asio::deferred)))
                .async_wait(experimental::wait_for_one_success(), asio::use_awaitable);
        CHECK(came.size() == 2);
        CHECK(static_cast<bool>(e1));
        CHECK(rows1.empty());
        CHECK_FALSE(static_cast<bool>(e2));
        CHECK(rows2.size() == 3);
    }(s));
}

TEST_CASE("promise: started at once and awaited later") {
    theatre house;
    auto s = house.set(false);
    run([](stage& on) -> asio::awaitable<void> {
        auto started = on.pool.async_query(
            "select id from item", asio::bind_executor(co_await asio::this_coro::executor, experimental::use_promise));
        auto [rows] = co_await started(asio::as_tuple(asio::use_awaitable));
        CHECK(rows.value().size() == 3);
    }(s));
}

TEST_CASE("redirect_error: an error that is no error_code passes through") {
    theatre house;
    auto s = house.set(false);
    run([](stage& on) -> asio::awaitable<void> {
        boost::system::error_code untouched;
        const auto rows =
            co_await on.pool.async_query("select id from item", asio::redirect_error(asio::use_awaitable, untouched));
        CHECK(rows.value().size() == 3);
        CHECK_FALSE(untouched);
    }(s));
}

namespace {

// A composed operation in the old way: two queries, their rows added.
struct count_twice {
    sluice::pool& db;
    std::size_t first = 0;
    enum { starting, one, both } state = starting;
    template <class Self>
    void operator()(Self& self, sluice::result<sluice::row_set> r = {}) {
        if (state != starting && !r) return self.complete(r.error());
        switch (state) {
            case starting:
                state = one;
                return db.async_query("select id from item", std::move(self));
            case one:
                first = r->size();
                state = both;
                return db.async_query("select 1", std::move(self));
            case both:
                return self.complete(first + r->size());
        }
    }
};

template <class Token>
auto async_count_twice(sluice::pool& db, const asio::any_io_executor& on, Token&& token) {
    return asio::async_compose<Token, void(sluice::result<std::size_t>)>(count_twice{db}, token, on);
}

}  // namespace

TEST_CASE("async_compose: operations inside of one") {
    theatre house;
    auto s = house.set(false);
    asio::io_context context;
    answer<std::size_t> a;
    async_count_twice(s.pool, context.get_executor(), asio::bind_executor(context, a.handler()));
    context.run();
    REQUIRE(a.is_there());
    CHECK(a.get().value() == 4);
    CHECK(a.where() == std::this_thread::get_id());
    CHECK(run([](stage& on) -> asio::awaitable<std::size_t> {
              co_return (co_await async_count_twice(on.pool, co_await asio::this_coro::executor, asio::use_awaitable))
                  .value();
          }(s)) == 4);
}

namespace {

template <class Token>
auto async_count_composed(sluice::pool& db, Token&& token) {
    return asio::async_initiate<Token, void(sluice::result<std::size_t>)>(
        experimental::co_composed<void(sluice::result<std::size_t>)>([](auto, sluice::pool* on) -> void {
            const auto first = co_await on->async_query("select id from item", asio::deferred);
            if (!first) co_return {sluice::result<std::size_t>(first.error())};
            const auto second = co_await on->async_query("select 1", asio::deferred);
            if (!second) co_return {sluice::result<std::size_t>(second.error())};
            co_return {sluice::result<std::size_t>(first->size() + second->size())};
        }),
        token, &db);
}

}  // namespace

TEST_CASE("co_composed: operations inside of one") {
    theatre house;
    auto s = house.set(false);
    asio::io_context context;
    answer<std::size_t> a;
    async_count_composed(s.pool, asio::bind_executor(context, a.handler()));
    context.run();
    REQUIRE(a.is_there());
    CHECK(a.get().value() == 4);
}
