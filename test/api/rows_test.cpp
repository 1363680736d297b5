// Rows as a user reads them: by column, by row, by name, as tuples and as structs.

#include "support.hpp"

#include <numeric>

using namespace api;
using sluice::errc;

namespace {

struct shop : theatre {
    shop() : s(set(true)) {}
    [[nodiscard]] sluice::row_set rows(const std::string& sql) { return in_time(s.session.query(sql)); }
    [[nodiscard]] sluice::batch first_batch(const std::string& sql) {
        return *in_time(in_time(s.session.stream(sql)).next());
    }
    stage s;
};

[[nodiscard]] bool says(const sluice::error& e, std::string_view part) {
    return e.message().find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("rows: a column as a range") {
    shop a;
    const auto batch = a.first_batch("select id, name, price from item order by id");
    std::int64_t sum = 0;
    for (const auto id : batch.column<std::int64_t>(0)) sum += id;
    CHECK(sum == 6);
    std::string names;
    for (const std::string_view name : batch.column<std::string_view>(1)) names += name.substr(0, 2);
    CHECK(names == "bonuwa");
    std::vector<std::optional<double>> prices;
    for (const auto price : batch.column<std::optional<double>>(2)) prices.push_back(price);
    CHECK(prices == std::vector<std::optional<double>>{0.5, std::nullopt, 2.25});
    // As the algorithms of the library take it.
    const auto ids = batch.column<std::int64_t>(0);
    CHECK(std::vector<std::int64_t>(ids.begin(), ids.end()) == std::vector<std::int64_t>{1, 2, 3});
    CHECK(std::accumulate(ids.begin(), ids.end(), std::int64_t{0}) == 6);
    CHECK(ids.size() == 3);
    CHECK(ids[2] == 3);
    // And without a view: the memory itself.
    const auto values = batch.values<std::int64_t>(0);
    CHECK(std::vector<std::int64_t>(values.begin(), values.end()) == std::vector<std::int64_t>{1, 2, 3});
    CHECK(batch.lengths(2)[1] == -1);
    CHECK(batch.is_null(1, 2));
    CHECK(batch.values<double>(2)[2] == 2.25);
}

TEST_CASE("rows: a column that is something else") {
    shop a;
    const auto batch = a.first_batch("select id, name, price from item order by id");
    const auto type = thrown([&] { (void)batch.column<double>(0); });
    CHECK(type.code() == errc::type_mismatch);
    CHECK(type.column() == 0);
    CHECK(says(type, "id"));
    const auto null = thrown([&] { (void)batch.column<double>(2); });
    CHECK(null.code() == errc::type_mismatch);
    CHECK(null.row() == 1);
    CHECK(null.column() == 2);
    CHECK(says(null, "optional"));
    CHECK(thrown([&] { (void)batch.column<std::int64_t>(3); }).code() == errc::type_mismatch);
    CHECK(thrown([&] { (void)batch.values<std::int64_t>(1); }).code() == errc::type_mismatch);
}

TEST_CASE("rows: row by row") {
    shop a;
    const auto rows = a.rows("select id, name, price from item order by id");
    REQUIRE(rows.size() == 3);
    int turns = 0;
    for (const auto row : rows) {
        ++turns;
        CHECK(row.get<int>(0) == turns);
        CHECK(row.get<int>("ID") == turns);
        CHECK(row.get<std::string_view>("name") == row.get<std::string>(1));
        CHECK(row.number() == static_cast<std::uint64_t>(turns - 1));
    }
    CHECK(turns == 3);
    const auto nut = rows[1];
    CHECK(nut.get<std::optional<double>>("price") == std::nullopt);
    CHECK(nut.try_get<std::optional<double>>("price").value() == std::nullopt);
    const auto null = thrown([&] { (void)nut.get<double>("price"); });
    CHECK(null.code() == errc::type_mismatch);
    CHECK(null.row() == 1);
    CHECK(null.column() == 2);
    CHECK(nut.try_get<double>(2).error().code() == errc::type_mismatch);
    const auto name = thrown([&] { (void)nut.get<int>("colour"); });
    CHECK(says(name, "colour"));
    CHECK(nut.try_get<int>("colour").error().message() == name.message());
    CHECK_FALSE(nut.try_get<int>(3).has_value());
    CHECK_FALSE(nut.try_get<std::int64_t>("name").has_value());
    CHECK(rows.columns()[1].name == "name");
    CHECK(rows.timings().executing > 0ns);
}

TEST_CASE("rows: what a statement without rows says") {
    shop a;
    const auto changed = a.rows("update item set price = 1 where id < 3");
    CHECK(changed.empty());
    CHECK(changed.affected_rows() == 2);
    CHECK(changed.columns().empty());
    CHECK(a.rows("select id from item where id > 99").columns().size() == 1);
    auto stream = in_time(a.s.session.stream("update item set price = 2"));
    CHECK_FALSE(in_time(stream.next()).has_value());
}

TEST_CASE("rows: as tuples and as structs") {
    shop a;
    auto& db = a.s.session;
    const auto tuples = in_time(db.query_as<std::tuple<short, std::string, std::optional<float>>>(
        "select id, name, price from item order by id"));
    CHECK(tuples[1] == std::tuple<short, std::string, std::optional<float>>(short{2}, "nut", std::nullopt));
    struct with_defaults {
        unsigned id = 7;
        std::optional<std::string> name = "nobody";
        std::optional<double> price = 7;
    };
    const auto structs = in_time(db.query_as<with_defaults>("select id, name, price from item order by id"));
    CHECK(structs[2].id == 3);
    CHECK(structs[2].name == long_name);
    CHECK(structs[1].price == std::nullopt);
    struct single {
        std::string name;
    };
    CHECK(in_time(db.query_as<single>("select name from item where id = ?", sluice::args(1)))[0].name == "bolt");
    CHECK(in_time(db.query_as<single>("select name from item where id = 99")).empty());
    // Of rows that are there already.
    CHECK(sluice::rows_as<std::tuple<int>>(a.rows("select id from item")).value().size() == 3);
}

// Checked before the first row: nothing is fetched, the error names every field that does not fit.
TEST_CASE("rows: fields that do not fit") {
    shop a;
    auto& db = a.s.session;
    using one = std::tuple<int>;
    using two = std::tuple<int, int>;
    const auto count = outcome_of<std::vector<two>>(db.query_as<two>("select id, name, price from item"));
    REQUIRE_FALSE(count.has_value());
    CHECK(count.error().code() == errc::type_mismatch);
    CHECK(says(count.error(), "3 columns"));
    CHECK(says(count.error(), "2 fields"));
    CHECK(says(count.error(), "name"));
    const auto type = outcome_of<std::vector<one>>(db.query_as<one>("select name from item"));
    CHECK(type.error().code() == errc::type_mismatch);
    CHECK(type.error().column() == 0);
    CHECK(type.error().row() == -1);
    // Also where there are no rows, and where there are no columns.
    CHECK_FALSE(outcome_of<std::vector<one>>(db.query_as<one>("select name from item where id > 99")).has_value());
    CHECK_FALSE(outcome_of<std::vector<one>>(db.query_as<one>("update item set price = 3")).has_value());
    CHECK(in_time(db.query("select 1")).size() == 1);
}

TEST_CASE("rows: NULL into a field that is not optional") {
    shop a;
    auto& db = a.s.session;
    using strict = std::tuple<int, double>;
    const auto r = outcome_of<std::vector<strict>>(db.query_as<strict>("select id, price from item order by id"));
    REQUIRE_FALSE(r.has_value());
    CHECK(r.error().code() == errc::type_mismatch);
    CHECK(r.error().row() == 1);
    CHECK(r.error().column() == 1);
    CHECK(says(r.error(), "price"));
    using narrow = std::tuple<signed char>;
    const auto big = outcome_of<std::vector<narrow>>(db.query_as<narrow>("select id * 100 + 1 from item order by id"));
    REQUIRE_FALSE(big.has_value());
    CHECK(big.error().row() == 1);
    CHECK(in_time(db.query("select 1")).size() == 1);
}

namespace {

asio::awaitable<std::vector<std::size_t>> rows_of_results(sluice::session& db) {
    std::vector<std::size_t> counts;
    auto stream = co_await db.async_stream("select id from item", sluice::use_awaitable);
    for (bool another = true; another;) {
        std::size_t rows = 0;
        while (const auto part = co_await stream.async_next(sluice::use_awaitable)) rows += part->rows();
        counts.push_back(rows);
        another = co_await stream.async_next_result(sluice::use_awaitable);
    }
    const sluice::result<bool> again = co_await stream.async_next_result();
    if (!again || *again) counts.clear();
    const auto all =
        co_await db.async_query_all("select id from item", sluice::request_options(), sluice::use_awaitable);
    counts.push_back(all.size());
    co_return counts;
}

}  // namespace

TEST_CASE("rows: results are asked for one after the other") {
    theatre house;
    auto s = house.set(true);
    CHECK(run(rows_of_results(s.session)) == std::vector<std::size_t>{3, 1});
    auto stream = in_time(s.session.stream("select id from item"));
    answer<bool> early;
    stream.async_next_result(early.handler());
    CHECK(early.get().error().code() == sluice::errc::invalid_argument);
    while (in_time(stream.next())) {
    }
    CHECK_FALSE(in_time(stream.next_result()));
    CHECK_FALSE(stream.affected_rows());
    answer<bool> last;
    stream.async_next_result(sluice::or_throw(last.throwing_handler()));
    CHECK(last.get().value() == false);
    CHECK(in_time(s.session.stream("insert into item values (60, 'sixty', null)")).affected_rows() == 1);
    in_time(stream.close());
    sluice::row_stream none;
    CHECK_THROWS_AS(in_time(none.next_result()), sluice::database_error);
}
