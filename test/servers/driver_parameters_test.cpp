// Every type as a parameter, into a column of that type and out of it again: the same value, or an error that names it.
#include "driver.hpp"

#include <sluice/protocol/row.hpp>

#include <cmath>
#include <limits>

using namespace driver;
using namespace sluice;

namespace {

// What is stored of `v` in a column of `type`, as a batch of one row.
batch stored(place& at, const char* type, const args& v) {
    at.create(std::string("v ") + type);
    CHECK(at.run("insert into @ (v) values (?)", v).affected_rows == 1);
    auto done = at.run("select v from @");
    results::heap_source source;
    auto got = done.rows.fetch(source);
    if (!got) FAIL(got.error().to_string());
    REQUIRE(*got);
    REQUIRE((*got)->rows() == 1);
    return batch(*got);
}

template <class T>
T round_trip(place& at, const char* type, const T& v) {
    const auto got = stored(at, type, args(v));
    auto read = got[0].try_get<T>(0);
    if (!read) FAIL(type << ": " << read.error().to_string());
    // The server finds it by the same value.
    if constexpr (!std::is_same_v<T, bytes>)
        if (v == v) CHECK(at.cell("select count(*) from @ where v = ?", args(v)) == "1");
    return *read;
}

// Refused before it is sent, and the session goes on.
template <class T>
void check_refused(place& at, const T& v, errc code) {
    const auto e = at.failure("insert into @ (v) values (?)", args(v));
    CHECK(name(e.code()) == name(code));
    CHECK(name(e.outcome()) == "none");
    CHECK(name(e.session()) == "usable");
    CHECK(e.message().find("parameter 1") == 0);
    at.check_usable();
}

const std::string emoji = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";

template <class T>
constexpr T lowest = std::numeric_limits<T>::lowest();
template <class T>
constexpr T highest = std::numeric_limits<T>::max();

}  // namespace

TEST_CASE("parameters: bool") {
    place at("dp_bool");
    CHECK(round_trip(at, "boolean", true) == true);
    CHECK(round_trip(at, "boolean", false) == false);
}

TEST_CASE("parameters: whole numbers to their limits") {
    place at("dp_integers");
    for (const std::int64_t v : {std::int64_t{0}, std::int64_t{-1}, lowest<std::int64_t>, highest<std::int64_t>})
        CHECK(round_trip(at, "bigint", v) == v);
    for (const std::int32_t v : {lowest<std::int32_t>, highest<std::int32_t>}) CHECK(round_trip(at, "integer", v) == v);
    for (const std::int16_t v : {lowest<std::int16_t>, highest<std::int16_t>})
        CHECK(round_trip(at, "smallint", v) == v);
    for (const std::int8_t v : {lowest<std::int8_t>, highest<std::int8_t>}) CHECK(round_trip(at, "smallint", v) == v);
    for (const std::uint32_t v : {0U, highest<std::uint32_t>}) CHECK(round_trip(at, "bigint", v) == v);
}

TEST_CASE("parameters: unsigned 64 bits where the server has them") {
    place at("dp_unsigned");
    const char* type = pick("numeric(20)", "bigint unsigned", "bigint");
    const auto signed_max = static_cast<std::uint64_t>(highest<std::int64_t>);
    const auto check = [&](std::uint64_t v) {
        at.create(std::string("v ") + type);
        at.run("insert into @ (v) values (?)", args(v));
        CHECK(at.cell("select v from @") == std::to_string(v));
        CHECK(at.cell("select count(*) from @ where v = ?", args(v)) == "1");
    };
    check(signed_max);
    if (is_sqlite)
        check_refused(at, signed_max + 1, errc::unsupported);
    else
        check(highest<std::uint64_t>);
    if (is_mariadb) CHECK(round_trip(at, type, highest<std::uint64_t>) == highest<std::uint64_t>);
}

TEST_CASE("parameters: doubles arrive with every bit") {
    place at("dp_double");
    const char* type = pick("double precision", "double", "double");
    for (const double v : {0.1, 1.0 / 3, 0.30000000000000004, 123456789012345678.0, -2.5e-10}) {
        at.create(std::string("v ") + type);
        at.run("insert into @ (v) values (?)", args(v));
        // Compared where it is stored: what sqliteodbc reads back has 15 digits.
        CHECK(at.cell("select count(*) from @ where v = ?", args(v)) == "1");
        if (!is_sqlite) CHECK(round_trip(at, type, v) == v);
    }
    for (const double v : {highest<double>, lowest<double>, std::numeric_limits<double>::denorm_min()}) {
        at.create(std::string("v ") + type);
        at.run("insert into @ (v) values (?)", args(v));
        CHECK(at.cell("select count(*) from @ where v = ?", args(v)) == "1");
    }
}

TEST_CASE("parameters: minus zero keeps its sign on PostgreSQL alone") {
    place at("dp_minus_zero");
    const double read = round_trip(at, pick("double precision", "double", "double"), -0.0);
    CHECK(read == 0);
    CHECK(std::signbit(read) == is_postgresql);
}

TEST_CASE("parameters: NaN and infinity where the server has them") {
    place at("dp_nan");
    const char* type = pick("double precision", "double", "double");
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    at.create(std::string("v ") + type);
    if (is_postgresql)
        CHECK(std::isnan(round_trip(at, type, nan)));
    else
        check_refused(at, nan, errc::unsupported);
    for (const double v : {infinity, -infinity}) {
        if (is_mariadb) {
            check_refused(at, v, errc::unsupported);
        } else {
            at.create(std::string("v ") + type);
            at.run("insert into @ (v) values (?)", args(v));
            CHECK(at.cell("select count(*) from @ where v = ?", args(v)) == "1");
        }
    }
}

TEST_CASE("parameters: floats are widened and so exact in a column of either width") {
    place at("dp_float");
    const char* narrow = pick("real", "float", "float");
    const char* wide = pick("double precision", "double", "double");
    for (const float v : {0.1F, 16'777'216.F, highest<float>, std::numeric_limits<float>::denorm_min()}) {
        if (!is_sqlite) CHECK(round_trip(at, narrow, v) == v);
        at.create(std::string("v ") + wide);
        at.run("insert into @ (v) values (?)", args(v));
        CHECK(at.cell("select count(*) from @ where v = ?", args(static_cast<double>(v))) == "1");
    }
}

TEST_CASE("parameters: decimals are exact") {
    place at("dp_decimal");
    const char* type = pick("numeric(36,10)", "decimal(36,10)", "text");
    for (const char* text : {"12345.678", "-0.0001", "99999999999999999999999999.9999999999", "0", "1.50"}) {
        const decimal v(text);
        at.create(std::string("v ") + type);
        at.run("insert into @ (v) values (?)", args(v));
        CHECK(at.cell("select count(*) from @ where v = ?", args(v)) == "1");
        CHECK(decimal(at.cell("select v from @")) == v);
    }
    if (is_postgresql) CHECK(round_trip(at, "numeric", decimal("NaN")) == decimal("NaN"));
    if (is_mariadb) check_refused(at, decimal("NaN"), errc::unsupported);
}

TEST_CASE("parameters: sqlite keeps 15 digits of a decimal in a column declared so") {
    if (!is_sqlite) return;
    place at("dp_decimal_limit");
    CHECK(round_trip(at, "decimal(36,10)", decimal("12345.678")) == decimal("12345.678"));
    at.create("v decimal(36,10)");
    at.run("insert into @ (v) values (?)", args(decimal("12345678901234567890.5")));
    CHECK(at.cell("select typeof(v) from @") == "real");
}

TEST_CASE("parameters: text of any kind and empty is not NULL") {
    place at("dp_text");
    const char* type = pick("text", "longtext", "text");
    for (const std::string& v : {std::string(), std::string(" "), emoji, std::string("it's \\ \"q\" ? $1 {d} %s"),
                                 std::string("a\nb\r\nc\td"), std::string("007"), std::string("NULL")})
        CHECK(round_trip(at, type, v) == v);
    CHECK(at.cell("select count(*) from @ where v is null") == "0");
}

TEST_CASE("parameters: text and binary of 10 MB") {
    place at("dp_long");
    std::string text(std::size_t{10} << 20, 'x');
    for (std::size_t i = 0; i < text.size(); i += 97) text[i] = static_cast<char>('a' + i % 26);
    CHECK(round_trip(at, pick("text", "longtext", "text"), text) == text);
    bytes binary(std::size_t{10} << 20);
    for (std::size_t i = 0; i < binary.size(); ++i) binary[i] = static_cast<std::byte>(i * 7);
    CHECK(round_trip(at, pick("bytea", "longblob", "blob"), binary) == binary);
}

TEST_CASE("parameters: binary with NULs and empty is not NULL") {
    place at("dp_binary");
    const char* type = pick("bytea", "blob", "blob");
    const bytes v{std::byte{0}, std::byte{1}, std::byte{0xff}, std::byte{0}, std::byte{'\\'}, std::byte{'\''}};
    CHECK(round_trip(at, type, v) == v);
    CHECK(round_trip(at, type, bytes()).empty());
    CHECK(at.cell("select count(*) from @ where v is null") == "0");
}

TEST_CASE("parameters: text with a NUL is kept or refused and never cut") {
    place at("dp_nul");
    const std::string v("ab\0cd", 5);
    at.create(std::string("v ") + pick("text", "text", "text"));
    if (is_mariadb)
        CHECK(round_trip(at, "text", v) == v);
    else
        check_refused(at, v, errc::data);
}

TEST_CASE("parameters: text that is not UTF-8 is refused") {
    place at("dp_utf8");
    at.create("v varchar(20)");
    check_refused(at, std::string("a\xFF\xFEz"), errc::data);
}

TEST_CASE("parameters: days from year 1 to 9999") {
    place at("dp_date");
    for (const date v : {date{1, 1, 1}, date{9999, 12, 31}, date{2024, 2, 29}}) CHECK(round_trip(at, "date", v) == v);
    at.create("v date");
    check_refused(at, date{2026, 2, 30}, errc::data);
    check_refused(at, date{0, 1, 1}, errc::data);
}

TEST_CASE("parameters: times with a fraction") {
    place at("dp_time");
    const char* type = pick("time(6)", "time(6)", "time");
    for (const sluice::time v :
         {sluice::time{0, 0, 0, 0}, sluice::time{12, 34, 56, 500'000'000}, sluice::time{23, 59, 59, 999'999'000}})
        CHECK(round_trip(at, type, v) == v);
    at.create(std::string("v ") + type);
    const sluice::time fine{1, 2, 3, 123'456'789};
    if (is_sqlite)
        CHECK(round_trip(at, type, fine) == fine);
    else
        check_refused(at, fine, errc::data);
}

TEST_CASE("parameters: timestamps with a fraction from year 1 to 9999") {
    place at("dp_timestamp");
    const char* type = pick("timestamp(6)", "datetime(6)", "timestamp");
    for (const timestamp v : {timestamp{1, 1, 1, 0, 0, 0, 0}, timestamp{9999, 12, 31, 23, 59, 59, 999'999'000},
                              timestamp{2026, 2, 28, 1, 2, 3, 1'000}, timestamp{2026, 2, 28, 1, 2, 3, 500'000'000}})
        CHECK(round_trip(at, type, v) == v);
    const timestamp fine{2026, 2, 28, 1, 2, 3, 123'456'789};
    if (is_sqlite)
        CHECK(round_trip(at, type, fine) == fine);
    else
        check_refused(at, fine, errc::data);
}

TEST_CASE("parameters: sqlite timestamps compare in the order of time") {
    if (!is_sqlite) return;
    place at("dp_timestamp_order");
    at.create("v timestamp");
    for (const std::uint32_t ns : {500'000'000U, 0U, 120'000'000U, 999'999'999U})
        at.run("insert into @ (v) values (?)", args(timestamp{2026, 1, 1, 0, 0, 0, ns}));
    CHECK(at.cell("select group_concat(v) from (select v from @ order by v)") ==
          "2026-01-01 00:00:00,2026-01-01 00:00:00.12,2026-01-01 00:00:00.5,2026-01-01 00:00:00.999999999");
}

TEST_CASE("parameters: NULL of every type") {
    place at("dp_null");
    const auto check = [&](const char* type, const args& null) {
        INFO(type);
        CHECK(stored(at, type, null).is_null(0, 0));
    };
    check("boolean", args(null_of<bool>()));
    check("bigint", args(null_of<std::int64_t>()));
    check(pick("numeric(20)", "bigint unsigned", "bigint"), args(null_of<std::uint64_t>()));
    check(pick("real", "float", "float"), args(null_of<float>()));
    check(pick("double precision", "double", "double"), args(null_of<double>()));
    check("decimal(10,2)", args(null_of<decimal>()));
    check("varchar(10)", args(null_of<std::string>()));
    check(pick("bytea", "blob", "blob"), args(null_of<bytes>()));
    check("date", args(null_of<date>()));
    check("time", args(null_of<sluice::time>()));
    check(pick("timestamp", "datetime", "timestamp"), args(null_of<timestamp>()));
}

TEST_CASE("parameters: many in one statement") {
    place at("dp_many");
    at.create("v bigint");
    std::string sql = "insert into @ (v) values (?)";
    for (int i = 1; i < 2'000; ++i) sql += ",(?)";
    std::vector<value> values;
    for (int i = 0; i < 2'000; ++i) values.emplace_back(std::int64_t{i});
    CHECK(at.run(sql, args::from(std::move(values))).affected_rows == 2'000);
    CHECK(at.cell("select sum(v) from @") == "1999000");
}
