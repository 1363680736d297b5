// The overloads, each with and without a token and never with braces; and coroutines full of temporaries: g++ 12 copies
// aggregates and lambdas bit by bit into the frame, which the address sanitizer sees there and nowhere else.

#include "support.hpp"

using namespace api;

// Whatever one writes inside of a co_await expression has a constructor of its own, or no more than bits.
template <class... T>
inline constexpr bool are_safe = ((!std::is_aggregate_v<T> || std::is_trivially_copyable_v<T>)&&...);
static_assert(are_safe<sluice::args, sluice::value, sluice::null_value, sluice::decimal, sluice::bytes, sluice::date,
                       sluice::time, sluice::timestamp>);
static_assert(are_safe<sluice::request_options, sluice::stream_options, sluice::connect_options, sluice::pool_options,
                       sluice::engine_options, sluice::deadline_option, sluice::no_deadline_t>);
static_assert(are_safe<sluice::protocol::connect, sluice::protocol::disconnect, sluice::protocol::execute,
                       sluice::protocol::stream_start, sluice::protocol::stream_fetch, sluice::protocol::stream_close,
                       sluice::protocol::begin, sluice::protocol::commit, sluice::protocol::rollback,
                       sluice::protocol::reset, sluice::protocol::execute_all, sluice::protocol::stream_next_result,
                       sluice::protocol::pipeline, sluice::bulk_rows, sluice::bulk_load_options>);
static_assert(are_safe<sluice::use_future_t, std::remove_const_t<decltype(sluice::use_awaitable)>,
                       sluice::or_throw_t<asio::use_future_t<>>, asio::deferred_t>);
static_assert(are_safe<sluice::connection_string, sluice::engine, sluice::pool, sluice::session, sluice::row_stream,
                       sluice::batch, sluice::row_set, sluice::row_view, sluice::session_id, sluice::stream_id,
                       sluice::engine_executor>);
// Handles are for one owner; what they deliver is for all.
template <class... T>
inline constexpr bool are_handles = ((std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
                                      !std::is_copy_constructible_v<T>)&&...);
static_assert(are_handles<sluice::engine, sluice::pool, sluice::session, sluice::row_stream>);
static_assert(std::is_default_constructible_v<sluice::pool> && std::is_default_constructible_v<sluice::session> &&
              std::is_default_constructible_v<sluice::row_stream>);
static_assert(std::is_copy_constructible_v<sluice::batch> && std::is_copy_constructible_v<sluice::row_set>);

namespace {

const std::string one = "select id from item where id = 1";
const std::string by_id = "select id from item where id = ?";

[[nodiscard]] sluice::args wanted() {
    return sluice::args(1);
}
[[nodiscard]] sluice::request_options in_patience() {
    return sluice::request_options().timeout(patience);
}
[[nodiscard]] sluice::stream_options small() {
    return sluice::stream_options().batch_rows(2);
}

template <class Handle>
void overloads_by_future(Handle& db) {
    CHECK(in_time(db.query(one)).size() == 1);
    CHECK(in_time(db.query(by_id, wanted())).size() == 1);
    CHECK(in_time(db.query(one, in_patience())).size() == 1);
    CHECK(in_time(db.query(by_id, wanted(), in_patience())).size() == 1);
    using ids = std::vector<std::tuple<int>>;
    CHECK(in_time(db.template query_as<std::tuple<int>>(one)) == ids{{1}});
    CHECK(in_time(db.template query_as<std::tuple<int>>(by_id, wanted())) == ids{{1}});
    CHECK(in_time(db.template query_as<std::tuple<int>>(one, in_patience())) == ids{{1}});
    CHECK(in_time(db.template query_as<std::tuple<int>>(by_id, wanted(), in_patience())) == ids{{1}});
    CHECK(in_time(in_time(db.stream(one)).next())->rows() == 1);
    CHECK(in_time(in_time(db.stream(by_id, wanted())).next())->rows() == 1);
    CHECK(in_time(in_time(db.stream(one, small())).next())->rows() == 1);
    CHECK(in_time(in_time(db.stream(by_id, wanted(), small())).next())->rows() == 1);
}

// In two steps: g++ 12 cannot see the type of (co_await x).value() where x depends on a template parameter.
template <class Handle>
asio::awaitable<int> overloads_by_default(Handle& db) {
    int rows = 0;
    const auto a = co_await db.async_query(one);
    const auto b = co_await db.async_query(by_id, wanted());
    const auto c = co_await db.async_query(one, in_patience());
    const auto d = co_await db.async_query(by_id, wanted(), in_patience());
    for (const sluice::result<sluice::row_set>* r : {&a, &b, &c, &d}) rows += r->value()[0].template get<int>(0);
    using row = std::tuple<int>;
    const auto e = co_await db.template async_query_as<row>(one);
    const auto f = co_await db.template async_query_as<row>(by_id, wanted());
    const auto g = co_await db.template async_query_as<row>(one, in_patience());
    const auto h = co_await db.template async_query_as<row>(by_id, wanted(), in_patience());
    for (const sluice::result<std::vector<row>>* r : {&e, &f, &g, &h}) rows += std::get<0>(r->value()[0]);
    {
        const auto opened = co_await db.async_stream(one);
        rows += opened.has_value();
    }
    {
        const auto opened = co_await db.async_stream(by_id, wanted());
        rows += opened.has_value();
    }
    {
        const auto opened = co_await db.async_stream(one, small());
        rows += opened.has_value();
    }
    {
        const auto opened = co_await db.async_stream(by_id, wanted(), small());
        rows += opened.has_value();
    }
    co_return rows;
}

template <class Handle>
asio::awaitable<int> overloads_by_token(Handle& db) {
    using sluice::use_awaitable;
    int rows = 0;
    rows += (co_await db.async_query(one, use_awaitable))[0].template get<int>(0);
    rows += (co_await db.async_query(by_id, wanted(), use_awaitable))[0].template get<int>(0);
    rows += (co_await db.async_query(one, in_patience(), use_awaitable))[0].template get<int>(0);
    rows += (co_await db.async_query(by_id, wanted(), in_patience(), use_awaitable))[0].template get<int>(0);
    using row = std::tuple<int>;
    rows += std::get<0>((co_await db.template async_query_as<row>(one, use_awaitable))[0]);
    rows += std::get<0>((co_await db.template async_query_as<row>(by_id, wanted(), use_awaitable))[0]);
    rows += std::get<0>((co_await db.template async_query_as<row>(one, in_patience(), use_awaitable))[0]);
    rows += std::get<0>((co_await db.template async_query_as<row>(by_id, wanted(), in_patience(), use_awaitable))[0]);
    rows += static_cast<bool>(co_await db.async_stream(one, use_awaitable));
    rows += static_cast<bool>(co_await db.async_stream(by_id, wanted(), use_awaitable));
    rows += static_cast<bool>(co_await db.async_stream(one, small(), use_awaitable));
    rows += static_cast<bool>(co_await db.async_stream(by_id, wanted(), small(), use_awaitable));
    co_return rows;
}

asio::awaitable<int> other_overloads(sluice::engine& engine, std::string connection) {
    using sluice::use_awaitable;
    auto db = engine.open(connection,
                          sluice::pool_options().waiters_max(4).connect(sluice::connect_options().mailbox_slots(8)));
    int done = 0;
    done += (co_await db.async_acquire()).has_value();
    done += (co_await db.async_acquire(in_patience())).has_value();
    done += static_cast<bool>(co_await db.async_acquire(use_awaitable));
    done += static_cast<bool>(co_await db.async_acquire(in_patience(), use_awaitable));
    done += (co_await engine.async_connect(connection)).has_value();
    done += (co_await engine.async_connect(connection, sluice::connect_options().mailbox_slots(2))).has_value();
    done += static_cast<bool>(co_await engine.async_connect(connection, use_awaitable));
    auto session =
        co_await engine.async_connect(connection, sluice::connect_options().login_timeout(3s), use_awaitable);
    done += (co_await session.async_submit(sluice::protocol::begin())).has_value();
    done += (co_await session.async_submit(sluice::protocol::rollback(), in_patience())).has_value();
    (void)co_await session.async_submit(sluice::protocol::begin(), use_awaitable);
    (void)co_await session.async_submit(sluice::protocol::commit(), in_patience(), use_awaitable);
    auto stream = co_await session.async_stream(one, use_awaitable);
    done += (co_await stream.async_next()).has_value();
    done += (co_await stream.async_close()).has_value();
    done += (co_await session.async_close()).has_value();
    co_return done;
}

[[nodiscard]] std::string text(std::size_t size, char c) {
    return std::string(size, c);
}

// The text of one cell, so that the caller compares what came back.
[[nodiscard]] std::string first(const sluice::row_set& rows) {
    return rows[0].get<std::string>(0);
}
[[nodiscard]] std::string joined(const sluice::row_set& a, const sluice::row_set& b) {
    return first(a) + first(b);
}

// Not among them: co_await in a branch of ?:, where g++ 12 destroys the temporaries of the branch not taken, whatever
// their type.
asio::awaitable<void> many_temporaries(sluice::pool& db) {
    using sluice::use_awaitable;
    const std::stop_source never;
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{5}, std::size_t{15}, std::size_t{16}, std::size_t{300}}) {
        CHECK(first(co_await db.async_query("select ?", sluice::args(text(size, 'a')), use_awaitable)) ==
              text(size, 'a'));
        CHECK(first((co_await db.async_query(std::string("select ?"), sluice::args(std::string(size, 'b')))).value()) ==
              text(size, 'b'));
        CHECK(first(co_await db.async_query(std::string("select '") + text(size, 'c') + "' || ?",
                                            sluice::args(std::string("d")),
                                            sluice::request_options()
                                                .timeout(patience)
                                                .result_bytes_max(std::size_t{1} << 20)
                                                .stop(never.get_token()),
                                            sluice::or_throw(asio::use_awaitable))) == text(size, 'c') + "d");
        CHECK(first(co_await db.async_query("select ?", sluice::args(std::optional<std::string>(text(size, 'e'))),
                                            use_awaitable)) == text(size, 'e'));
        CHECK(first(co_await db.async_query("select ?", sluice::args(std::string_view(text(size, 'f'))),
                                            use_awaitable)) == text(size, 'f'));
        CHECK(joined(co_await db.async_query("select ?", sluice::args(text(size, 'g')), use_awaitable),
                     co_await db.async_query("select ?", sluice::args(text(size, 'h')), use_awaitable)) ==
              text(size, 'g') + text(size, 'h'));
    }
    auto [tupled] =
        co_await db.async_query("select ?", sluice::args(text(40, 'j')), asio::as_tuple(asio::use_awaitable));
    CHECK(first(*tupled) == text(40, 'j'));
    int turns = 0;
    for (auto row : co_await db.async_query("select ? union all select ?", sluice::args(text(50, 'k'), text(3, 'k')),
                                            use_awaitable))
        turns += row.get<std::string>(0).find_first_not_of('k') == std::string::npos;
    CHECK(turns == 2);
}

asio::awaitable<void> many_types(sluice::pool& db) {
    const auto rows = co_await db.async_query(
        "select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?",
        sluice::args(true, static_cast<signed char>(-1), 2U, std::int64_t{-3}, 1.5F, 2.25, sluice::decimal("12.340"),
                     text(100, 'x'), "literal", std::string_view("view"), sluice::bytes(3, std::byte{7}),
                     sluice::date{2024, 2, 29}, sluice::time{23, 59, 58, 0}, sluice::timestamp{2024, 2, 29, 1, 2, 3, 0},
                     std::optional<std::string>(text(60, 'y')), std::optional<std::string>(), sluice::null_of<int>()),
        sluice::request_options().timeout(patience), sluice::use_awaitable);
    REQUIRE(rows.size() == 1);
    const auto row = rows[0];
    CHECK(row.get<int>(0) == 1);
    CHECK(row.get<int>(1) == -1);
    CHECK(row.get<unsigned>(2) == 2);
    CHECK(row.get<std::int64_t>(3) == -3);
    CHECK(row.get<float>(4) == 1.5F);
    CHECK(row.get<double>(5) == 2.25);
    CHECK(row.get<sluice::decimal>(6) == sluice::decimal("12.34"));
    CHECK(row.get<std::string>(7) == text(100, 'x'));
    CHECK(row.get<std::string>(8) == "literal");
    CHECK(row.get<std::string>(9) == "view");
    CHECK_FALSE(row.is_null(10));
    CHECK(row.get<sluice::date>(11) == sluice::date{2024, 2, 29});
    CHECK(row.get<sluice::time>(12) == sluice::time{23, 59, 58, 0});
    CHECK(row.get<sluice::timestamp>(13) == sluice::timestamp{2024, 2, 29, 1, 2, 3, 0});
    CHECK(row.get<std::optional<std::string>>(14) == text(60, 'y'));
    CHECK(row.get<std::optional<std::string>>(15) == std::nullopt);
    CHECK(row.get<std::optional<int>>(16) == std::nullopt);
}

asio::awaitable<void> nested_temporaries(sluice::engine& engine, std::string path) {
    using sluice::use_awaitable;
    auto session = co_await engine.async_connect(
        sluice::connection_string().set("Driver", "SQLite3").set("Database", path).str(),
        sluice::connect_options().timeout(patience).mailbox_slots(16).login_timeout(std::chrono::seconds(5)),
        use_awaitable);
    CHECK((co_await (co_await session.async_stream(
                         "select id from item where id < ? and name <> ?", sluice::args(9, text(80, 'z')),
                         sluice::stream_options().batch_rows(2).prefetch(1).timeout(patience), use_awaitable))
               .async_next(use_awaitable))
              ->rows() == 2);
    CHECK(first(co_await session.async_submit(
              sluice::protocol::execute("select ? || ?", sluice::args(text(20, 'l'), "m")), use_awaitable)) ==
          text(20, 'l') + "m");
    const auto items = co_await session.async_query_as<item_struct>(
        std::string("select id, name, price from item where name in (?, ?)"),
        sluice::args(std::string("nut"), std::string(long_name)),
        sluice::request_options().timeout(sluice::no_deadline), use_awaitable);
    REQUIRE(items.size() == 2);
    CHECK(items[1].name == long_name);
}

}  // namespace

TEST_CASE("overloads: by future") {
    theatre house;
    auto s = house.set(true);
    overloads_by_future(s.pool);
    overloads_by_future(s.session);
}

TEST_CASE("overloads: with the default token") {
    theatre house;
    auto s = house.set(true);
    CHECK(run(overloads_by_default(s.pool)) == 12);
    CHECK(run(overloads_by_default(s.session)) == 12);
}

TEST_CASE("overloads: with a token") {
    theatre house;
    auto s = house.set(true);
    CHECK(run(overloads_by_token(s.pool)) == 12);
    CHECK(run(overloads_by_token(s.session)) == 12);
}

TEST_CASE("overloads: of acquire and connect and submit and close") {
    theatre house;
    CHECK(run(other_overloads(house.engine(), house.file().string())) == 12);
}

TEST_CASE("temporaries: strings and options and arguments") {
    theatre house;
    auto s = house.set(false);
    run(many_temporaries(s.pool));
}

TEST_CASE("temporaries: every type of parameter") {
    theatre house;
    auto s = house.set(false);
    run(many_types(s.pool));
}

TEST_CASE("temporaries: within one another") {
    theatre house;
    run(nested_temporaries(house.engine(), house.file().path()));
}
