// What each driver is told of a value, and what is refused before it is sent.
#include "parameters.hpp"

#include <sluice/protocol/limits.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <cstring>
#include <deque>
#include <limits>
#include <string>

using namespace sluice;
using namespace sluice::odbc;

namespace {

const driver_profile* const all[] = {&postgresql_profile, &mariadb_profile, &sqlite_profile, &default_profile};

template <class T>
value value_of(T&& v) {
    return args(std::forward<T>(v))[0];
}

template <class T>
errc refusal(const driver_profile& profile, T&& v) {
    const value from = value_of(std::forward<T>(v));
    const auto made = make_parameter(profile, from, 4);
    if (made) return errc::ok;
    CHECK(made.error().outcome() == outcome::none);
    CHECK(made.error().session() == session_state::usable);
    CHECK(made.error().message().find("parameter 5") == 0);
    CHECK(made.error().column() == 4);
    return made.error().code();
}

std::string text_in(const bound_parameter& p) {
    return {static_cast<const char*>(p.data()), static_cast<std::size_t>(p.length)};
}

}  // namespace

TEST_CASE("parameters: fixed types travel in their own form") {
    for (const auto* profile : all) {
        const value number = value_of(std::int64_t{-5});
        const auto p = make_parameter(*profile, number, 0).value();
        CHECK(p.c_type == SQL_C_SBIGINT);
        CHECK(p.length == 8);
        std::int64_t read = 0;
        std::memcpy(&read, p.data(), 8);
        CHECK(read == -5);
        const value narrow = value_of(0.1F);
        const auto f = make_parameter(*profile, narrow, 0).value();
        CHECK(f.c_type == SQL_C_DOUBLE);
        double d = 0;
        std::memcpy(&d, f.data(), 8);
        CHECK(d == static_cast<double>(0.1F));
    }
}

TEST_CASE("parameters: each NULL is told with its type") {
    for (const auto* profile : all)
        for (const auto type : {column_type::boolean, column_type::int64, column_type::uint64, column_type::float32,
                                column_type::float64, column_type::decimal, column_type::text, column_type::binary,
                                column_type::date, column_type::time, column_type::timestamp}) {
            const value null = null_value{type};
            const auto p = make_parameter(*profile, null, 0).value();
            CHECK(p.length == SQL_NULL_DATA);
            CHECK(p.size > 0);
        }
    const value null = null_of<std::int64_t>();
    CHECK(make_parameter(postgresql_profile, null, 0)->sql_type == SQL_BIGINT);
}

TEST_CASE("parameters: text and binary are not copied and empty is not NULL") {
    const value text = value_of(std::string(100, 'x'));
    const auto p = make_parameter(postgresql_profile, text, 0).value();
    CHECK(p.data() == std::get<std::string>(text).data());
    CHECK(p.sql_type == SQL_VARCHAR);
    const value longer = value_of(std::string(5'000, 'x'));
    CHECK(make_parameter(postgresql_profile, longer, 0)->sql_type == SQL_LONGVARCHAR);
    const value empty = value_of("");
    const value no_bytes = value_of(bytes());
    for (const auto* profile : all) {
        CHECK(make_parameter(*profile, empty, 0)->length == 0);
        CHECK(make_parameter(*profile, empty, 0)->data() != nullptr);
        CHECK(make_parameter(*profile, no_bytes, 0)->length == 0);
        CHECK(make_parameter(*profile, no_bytes, 0)->data() != nullptr);
    }
}

TEST_CASE("parameters: text that a driver would cut or that is no text is refused") {
    const std::string nul("ab\0cd", 5);
    CHECK(refusal(postgresql_profile, nul) == errc::data);
    CHECK(refusal(sqlite_profile, nul) == errc::data);
    CHECK(refusal(default_profile, nul) == errc::data);
    CHECK(refusal(mariadb_profile, nul) == errc::ok);
    for (const auto* profile : all) CHECK(refusal(*profile, "a\xFF") == errc::data);
}

TEST_CASE("parameters: fractions finer than the server keeps are refused") {
    for (const auto* profile : {&postgresql_profile, &mariadb_profile}) {
        CHECK(refusal(*profile, timestamp{2026, 1, 1, 0, 0, 0, 123'456'000}) == errc::ok);
        CHECK(refusal(*profile, timestamp{2026, 1, 1, 0, 0, 0, 123'456'001}) == errc::data);
        CHECK(refusal(*profile, sluice::time{1, 2, 3, 999'999'999}) == errc::data);
    }
    CHECK(refusal(sqlite_profile, timestamp{2026, 1, 1, 0, 0, 0, 123'456'789}) == errc::ok);
}

TEST_CASE("parameters: days and times that the calendar does not have are refused") {
    for (const auto* profile : all) {
        CHECK(refusal(*profile, date{0, 1, 1}) == errc::data);
        CHECK(refusal(*profile, date{2026, 2, 29}) == errc::data);
        CHECK(refusal(*profile, sluice::time{24, 0, 0, 0}) == errc::data);
        CHECK(refusal(*profile, timestamp{10'000, 1, 1, 0, 0, 0, 0}) == errc::data);
        CHECK(refusal(*profile, date{1, 1, 1}) == errc::ok);
        CHECK(refusal(*profile, date{9'999, 12, 31}) == errc::ok);
    }
}

TEST_CASE("parameters: numbers that a server does not have are unsupported") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK(refusal(postgresql_profile, nan) == errc::ok);
    CHECK(refusal(postgresql_profile, -infinity) == errc::ok);
    CHECK(refusal(mariadb_profile, nan) == errc::unsupported);
    CHECK(refusal(mariadb_profile, infinity) == errc::unsupported);
    CHECK(refusal(mariadb_profile, decimal("NaN")) == errc::unsupported);
    CHECK(refusal(sqlite_profile, nan) == errc::unsupported);
    CHECK(refusal(sqlite_profile, infinity) == errc::ok);
    const auto largest = std::numeric_limits<std::uint64_t>::max();
    CHECK(refusal(sqlite_profile, largest) == errc::unsupported);
    CHECK(refusal(postgresql_profile, largest) == errc::ok);
    const value unsigned_value = value_of(largest);
    CHECK(make_parameter(mariadb_profile, unsigned_value, 0)->c_type == SQL_C_UBIGINT);
    CHECK(text_in(*make_parameter(default_profile, unsigned_value, 0)) == "18446744073709551615");
    const value small = value_of(std::uint64_t{7});
    CHECK(make_parameter(sqlite_profile, small, 0)->c_type == SQL_C_SBIGINT);
}

TEST_CASE("parameters: decimals are their text with precision and scale") {
    const value d = value_of(decimal("-12345.678"));
    const auto p = make_parameter(postgresql_profile, d, 0).value();
    CHECK(text_in(p) == "-12345.678");
    CHECK(p.sql_type == SQL_DECIMAL);
    CHECK(p.size == 8);
    CHECK(p.digits == 3);
    CHECK(make_parameter(sqlite_profile, d, 0)->sql_type == SQL_VARCHAR);
}

TEST_CASE("parameters: times with a fraction go as text and timestamps in the way of the driver") {
    const value t = value_of(sluice::time{12, 34, 56, 500'000'000});
    CHECK(text_in(*make_parameter(mariadb_profile, t, 0)) == "12:34:56.5");
    CHECK(make_parameter(mariadb_profile, t, 0)->sql_type == SQL_VARCHAR);
    CHECK(make_parameter(default_profile, t, 0)->sql_type == SQL_TYPE_TIME);
    const value whole = value_of(sluice::time{12, 34, 56, 0});
    CHECK(make_parameter(default_profile, whole, 0)->c_type == SQL_C_TYPE_TIME);
    const value ts = value_of(timestamp{2026, 2, 28, 1, 2, 3, 120'000'000});
    CHECK(text_in(*make_parameter(sqlite_profile, ts, 0)) == "2026-02-28 01:02:03.12");
    CHECK(make_parameter(postgresql_profile, ts, 0)->c_type == SQL_C_TYPE_TIMESTAMP);
    CHECK(make_parameter(postgresql_profile, ts, 0)->digits == 6);
}

TEST_CASE("parameters: the first that cannot be is named") {
    const auto made = make_parameters(sqlite_profile, args(1, std::string("a\0", 2), std::string("b\0", 2)));
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().message().find("parameter 2") == 0);
    CHECK(make_parameters(sqlite_profile, args(1, "a"))->size() == 2);
}

TEST_CASE("parameters with names are not bound in the order of their list") {
    for (const auto* profile : all) {
        const auto made = make_parameters(*profile, named_args("a", 1));
        REQUIRE_FALSE(made.has_value());
        CHECK(made.error().code() == errc::invalid_argument);
        CHECK(make_parameters(*profile, args(1)).has_value());
    }
}

TEST_CASE("values go where those before them are bound and one that does not fit is bound anew") {
    for (const auto* profile : all) {
        std::deque<args> alive;  // what is made points into them
        const auto made = [&](args from) {
            alive.push_back(std::move(from));
            auto all_made = make_parameters(*profile, alive.back());
            REQUIRE(all_made.has_value());
            return std::move(*all_made);
        };
        auto bound = made(args(1, 2.5, "text"));
        CHECK_FALSE(may_stay_bound(bound));
        give_room(bound, 16);
        CHECK_FALSE(may_stay_bound(bound));
        give_room(bound, 1'000);
        REQUIRE(may_stay_bound(bound));
        const auto tell = [&] {
            for (auto& each : bound) each.told = true;
        };
        tell();
        CHECK(text_in(bound[2]) == "text");
        CHECK(bound[2].size >= 4);
        const void* const places[] = {bound[0].data(), bound[1].data(), bound[2].data()};
        // Which of them were put in place.
        const auto put = [&](args from) {
            auto values = made(std::move(from));
            put_values(values, bound);
            give_room(bound, 1'000);
            std::string which;
            for (const auto& each : bound) which += each.told ? 'y' : 'n';
            tell();
            CHECK(may_stay_bound(bound));
            return which;
        };
        CHECK(put(args(7, 0.25, "")) == "yyy");
        CHECK(text_in(bound[2]).empty());
        CHECK(put(args(null_of<std::int64_t>(), 1.0, std::string(32, 'x'))) == "yyy");
        CHECK(bound[0].length == SQL_NULL_DATA);
        CHECK(text_in(bound[2]) == std::string(32, 'x'));
        for (std::size_t i = 0; i < 3; ++i) CHECK(bound[i].data() == places[i]);
        CHECK(put(args(8, 1.0, std::string(33, 'y'))) == "yyn");
        CHECK(text_in(bound[2]) == std::string(33, 'y'));
        CHECK(put(args(8, 1.0, std::string(64, 'z'))) == "yyy");
        CHECK(put(args(8, 9, "z")) == "yny");
        CHECK(put(args(8, 9, null_of<std::string>())) == "yyy");
        CHECK(bound[2].length == SQL_NULL_DATA);
        CHECK(put(args(8, 9, "after NULL")) == "yyy");
        CHECK(text_in(bound[2]) == "after NULL");
        auto longer = made(args(8, 9, std::string(600, 'l')));
        put_values(longer, bound);
        give_room(bound, 100'000);
        CHECK_FALSE(may_stay_bound(bound));
        CHECK(text_in(bound[2]) == std::string(600, 'l'));
    }
}
