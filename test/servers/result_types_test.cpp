// Every type of a column on the three drivers: what the schema says, what the cell holds, and what a driver cannot do.
#include "results.hpp"

#include <sluice/protocol/row.hpp>

using namespace results;
using sluice::column_type;
using sluice::errc;

namespace {

struct expected {
    const char* sql;
    column_type type;
    cell value;
    const char* type_name = nullptr;  // as described; null: not looked at
};

// All in one row, so that each column is read beside all others; then the same with NULLs around it.
void check_row(sluice::odbc::connection& on, const std::vector<expected>& all, const std::string& from = "") {
    std::string sql = "select ";
    for (const auto& one : all) sql += std::string(one.sql) + (&one == &all.back() ? "" : ", ");
    sql += from;
    for (const auto& how : {whole(), stream(), stream(1), stream(3, 1)}) {
        const table got = query(on, sql, how);
        if (got.failure) FAIL(got.failure->to_string());
        REQUIRE(got.rows.size() == 1);
        for (std::size_t i = 0; i < all.size(); ++i) {
            INFO(all[i].sql);
            CHECK(sluice::to_string((*got.columns)[i].type) == sluice::to_string(all[i].type));
            CHECK(got.rows[0][i] == all[i].value);
            if (all[i].type_name != nullptr) CHECK((*got.columns)[i].type_name == all[i].type_name);
        }
    }
}

// The cell that cannot be delivered is named, and the session goes on.
void check_mismatch(server s, sluice::odbc::connection& on, const std::string& sql, errc code, std::int64_t row,
                    std::int32_t column) {
    INFO(name_of(s) << ": " << sql);
    for (const auto& how : {whole(), stream(), stream(1), stream(2)}) {
        const table got = query(on, sql, how);
        CHECK(static_cast<std::int64_t>(got.rows.size()) == row);
        REQUIRE(got.failure);
        CHECK(sluice::to_string(got.failure->code()) == sluice::to_string(code));
        CHECK(got.failure->row() == row);
        CHECK(got.failure->column() == column);
        CHECK(got.failure->session() == sluice::session_state::usable);
        CHECK(query(on, "select 1").rows.size() == 1);
    }
}

const std::string emoji = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";

}  // namespace

TEST_CASE("postgresql: each type arrives as what it is") {
    auto on = connect(server::postgresql, "result_types");
    check_row(
        on, {
                {"true", column_type::boolean, "1", "bool"},
                {"false", column_type::boolean, "0"},
                {"null::bool", column_type::boolean, std::nullopt},
                {"(-32768)::int2", column_type::int64, "-32768", "int2"},
                {"2147483647", column_type::int64, "2147483647", "int4"},
                {"(-9223372036854775807 - 1)::int8", column_type::int64, "-9223372036854775808", "int8"},
                {"9223372036854775807", column_type::int64, "9223372036854775807"},
                {"4294967295::oid", column_type::int64, "4294967295", "oid"},
                {"1.5::real", column_type::float32, "1.5", "float4"},
                {"0.1::float8", column_type::float64, "0.10000000000000001", "float8"},
                {"1.7976931348623157e308::float8", column_type::float64, "1.7976931348623157e+308"},
                {"5e-324::float8", column_type::float64, "4.9406564584124654e-324"},
                {"'NaN'::float8", column_type::float64, "nan"},
                {"'-Infinity'::float8", column_type::float64, "-inf"},
                {"'Infinity'::real", column_type::float32, "inf"},
                {"1.5000::numeric(18,4)", column_type::decimal, "1.5000", "numeric"},
                {"-0.10::numeric", column_type::decimal, "-0.10"},
                {"'NaN'::numeric", column_type::decimal, "NaN"},
                {"'1' || repeat('0', 100)", column_type::text, "1" + std::string(100, '0')},
                {"('1' || repeat('0', 300))::numeric", column_type::decimal, "1" + std::string(300, '0')},
                {"'ab '::char(3)", column_type::text, "ab ", "char"},
                {"''::varchar(10)", column_type::text, ""},
                {"null::text", column_type::text, std::nullopt},
                {"'a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z'::text", column_type::text, emoji},
                {"'\\x00ff00'::bytea", column_type::binary, std::string("\0\xFF\0", 3), "bytea"},
                {"''::bytea", column_type::binary, ""},
                {"null::bytea", column_type::binary, std::nullopt},
                {"date '0001-01-01'", column_type::date, "0001-01-01", "date"},
                {"date '9999-12-31'", column_type::date, "9999-12-31"},
                {"time '00:00:00'", column_type::time, "00:00:00", "time"},
                {"time '23:59:59.999999'", column_type::time, "23:59:59.999999"},
                {"null::time", column_type::time, std::nullopt},
                {"timestamp '0001-01-01 00:00:00'", column_type::timestamp, "0001-01-01 00:00:00"},
                {"timestamp '9999-12-31 23:59:59.999999'", column_type::timestamp, "9999-12-31 23:59:59.999999"},
                {"null::timestamp", column_type::timestamp, std::nullopt},
                {"timestamptz '2020-01-01 12:00:00+02'", column_type::timestamp, "2020-01-01 10:00:00", "timestamptz"},
                {"'6f9619ff-8b86-d011-b42d-00cf4fc964ff'::uuid", column_type::text,
                 "6F9619FF-8B86-D011-B42D-00CF4FC964FF", "uuid"},
                {"'{\"a\": 1}'::json", column_type::text, "{\"a\": 1}"},
                {"interval '1 day 02:00:00'", column_type::text, "1 day 02:00:00"},
                {"array[1,2]", column_type::text, "{1,2}"},
                {"'5'::money", column_type::text, "$5.00", "money"},
                {"'101'::bit(3)", column_type::text, "101"},
            });
}

TEST_CASE("mariadb: each type arrives as what it is") {
    auto on = connect(server::mariadb, "result_types");
    run(on,
        "create or replace temporary table typed(b bool, b1 bit(1), b12 bit(12), ti tinyint, tu tinyint unsigned, "
        "si smallint, i int, iu int unsigned, bi bigint, bu bigint unsigned, f float, d double, n decimal(30,10), "
        "c char(10), vc varchar(10), v1 varchar(1000), vb varbinary(300), da date, tm time(6), dt datetime(6), y year, "
        "j json, u uuid)");
    run(on,
        "insert into typed values(2, b'1', b'101', -128, 255, -32768, 2147483647, 4294967295, -9223372036854775808, "
        "18446744073709551615, 1.5, 1.7976931348623157e308, 12345678901234567890.0123456789, 'ab', "
        "'a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z', '', x'00ff00', '9999-12-31', '23:59:59.999999', "
        "'9999-12-31 23:59:59.999999', 2020, '{}', '6f9619ff-8b86-d011-b42d-00cf4fc964ff')");
    check_row(on,
              {
                  {"b", column_type::int64, "2", "tinyint"},
                  {"b1", column_type::boolean, "1", "bit"},
                  {"b12", column_type::binary, std::string("\0\x05", 2), "bit"},
                  {"ti", column_type::int64, "-128"},
                  {"tu", column_type::int64, "255"},
                  {"si", column_type::int64, "-32768"},
                  {"i", column_type::int64, "2147483647"},
                  {"iu", column_type::int64, "4294967295"},
                  {"bi", column_type::int64, "-9223372036854775808"},
                  {"bu", column_type::uint64, "18446744073709551615"},
                  {"f", column_type::float32, "1.5"},
                  {"d", column_type::float64, "1.7976931348623157e+308"},
                  {"n", column_type::decimal, "12345678901234567890.0123456789"},
                  {"c", column_type::text, "ab"},
                  {"vc", column_type::text, emoji},
                  {"v1", column_type::text, ""},
                  {"vb", column_type::binary, std::string("\0\xFF\0", 3)},
                  {"da", column_type::date, "9999-12-31"},
                  {"tm", column_type::time, "23:59:59.999999"},
                  {"dt", column_type::timestamp, "9999-12-31 23:59:59.999999"},
                  {"y", column_type::int64, "2020"},
                  {"u", column_type::text, "6f9619ff-8b86-d011-b42d-00cf4fc964ff"},
                  {"null", column_type::text, std::nullopt},
                  {"''", column_type::text, ""},
                  {"cast(-0.5 as decimal(1,1))", column_type::decimal, "-0.5"},
                  {"1e0", column_type::float64, "1"},
                  {"count(*)", column_type::int64, "1"},
              },
              " from typed");
    // A long column: the whole result is read one row at a time.
    check_row(on,
              {
                  {"j", column_type::text, "{}"},
                  {"b1", column_type::boolean, "1"},
                  {"f", column_type::float32, "1.5"},
                  {"tm", column_type::time, "23:59:59.999999"},
                  {"dt", column_type::timestamp, "9999-12-31 23:59:59.999999"},
                  {"bu", column_type::uint64, "18446744073709551615"},
                  {"vb", column_type::binary, std::string("\0\xFF\0", 3)},
              },
              " from typed");
}

TEST_CASE("mariadb: NULL beside a value in every type and in both ways of reading") {
    auto on = connect(server::mariadb, "result_types");
    run(on,
        "create or replace temporary table nulls(id int, b1 bit(1), i int, bu bigint unsigned, f float, d double, "
        "n decimal(10,2), v varchar(10), vb varbinary(10), da date, tm time, dt datetime, j text)");
    run(on,
        "insert into nulls values(1, b'1', 1, 1, 1.5, 1.5, 1.50, 'v', 'b', '2020-02-29', '10:11:12', "
        "'2020-02-29 10:11:12', 'j'), (2, null, null, null, null, null, null, null, null, null, null, null, null), "
        "(3, b'0', 2, 2, 2.5, 2.5, 2.50, 'w', 'c', '2020-03-01', '10:11:13', '2020-03-01 10:11:12', 'k')");
    const row first{"1",    "1", "1", "1",          "1.5",      "1.5",
                    "1.50", "v", "b", "2020-02-29", "10:11:12", "2020-02-29 10:11:12"};
    const row third{"3",    "0", "2", "2",          "2.5",      "2.5",
                    "2.50", "w", "c", "2020-03-01", "10:11:13", "2020-03-01 10:11:12"};
    for (const char* more : {"", ", j"}) {
        for (const auto& how : {whole(), stream(1), stream(2), stream()}) {
            const table got = query(
                on, "select id, b1, i, bu, f, d, n, v, vb, da, tm, dt" + std::string(more) + " from nulls order by id",
                how);
            if (got.failure) FAIL(got.failure->to_string());
            REQUIRE(got.rows.size() == 3);
            for (std::size_t c = 0; c < first.size(); ++c) {
                INFO((*got.columns)[c].name << more);
                CHECK(got.rows[0][c] == first[c]);
                CHECK(got.rows[1][c] == (c == 0 ? cell("2") : cell()));
                CHECK(got.rows[2][c] == third[c]);
            }
        }
    }
}

TEST_CASE("sqlite: a declared column arrives as declared and an expression as dynamic text") {
    auto on = connect(server::sqlite, "result_types");
    run(on, "drop table if exists typed");
    run(on,
        "create table typed(b boolean, i integer, bi bigint, ub \"unsigned big int\", r real, dp double precision, "
        "dc decimal(18,4), nu numeric, vc varchar(10), t text, x blob, bin binary(4), da date, ti time, ts timestamp, "
        "dt datetime, point text, untyped)");
    run(on,
        "insert into typed values(1, 9223372036854775807, -9223372036854775808, 7, 0.1, 1e300, 1.5, -2.25, "
        "'longer than the ten that it says', 'a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z', x'00ff00', x'01020304', "
        "'0001-01-01', '23:59:59.999999999', '9999-12-31 23:59:59.123456789', '2020-02-29', 'p', 5)");
    check_row(on,
              {
                  {"b", column_type::boolean, "1", "boolean"},
                  {"i", column_type::int64, "9223372036854775807", "INTEGER"},
                  {"bi", column_type::int64, "-9223372036854775808"},
                  {"ub", column_type::int64, "7"},
                  {"r", column_type::float64, "0.10000000000000001"},
                  {"dp", column_type::float64, "1.0000000000000001e+300"},
                  {"dc", column_type::decimal, "1.5", "decimal"},
                  {"nu", column_type::decimal, "-2.25"},
                  {"vc", column_type::text, "longer than the ten that it says"},
                  {"t", column_type::text, emoji},
                  {"x", column_type::binary, std::string("\0\xFF\0", 3)},
                  {"bin", column_type::binary, "\x01\x02\x03\x04"},
                  {"da", column_type::date, "0001-01-01"},
                  {"ti", column_type::time, "23:59:59.999999999"},
                  {"ts", column_type::timestamp, "9999-12-31 23:59:59.123456789"},
                  {"dt", column_type::timestamp, "2020-02-29 00:00:00"},
                  {"point", column_type::text, "p"},
                  {"untyped", column_type::text, "5"},
                  {"i + 0", column_type::text, "9223372036854775807"},
                  {"'text'", column_type::text, "text"},
                  {"null", column_type::text, std::nullopt},
                  {"1.5", column_type::text, "1.5"},
                  {"(select i from typed)", column_type::int64, "9223372036854775807"},
                  {"1e999", column_type::text, "Inf"},
              },
              " from typed");
    const table got = query(on, "select i, i + 1 as sum, vc, untyped, t from typed");
    CHECK_FALSE((*got.columns)[0].dynamic);
    CHECK((*got.columns)[1].dynamic);
    CHECK((*got.columns)[1].name == "sum");
    CHECK_FALSE((*got.columns)[2].dynamic);
    CHECK((*got.columns)[3].dynamic);
    CHECK_FALSE((*got.columns)[4].dynamic);
    CHECK((*query(on, "select typed.i, count(typed.i) from typed").columns)[1].name == "count(typed.i)");
}

TEST_CASE("sqlite: a cell that is not what its column says is an error with its place after the rows before it") {
    auto on = connect(server::sqlite, "result_mismatch");
    const auto s = server::sqlite;
    run(on, "drop table if exists odd");
    run(on,
        "create table odd(id integer primary key, i integer, r real, b boolean, d date, ti time, ts timestamp, "
        "n decimal(10,2))");
    run(on,
        "insert into odd(id) with recursive c(i) as (select 1 union all select i + 1 from c where i < 20) "
        "select i from c");
    run(on, "update odd set i = id, r = id, b = 1, d = '2020-01-01', ti = '10:00:00', ts = '2020-01-01', n = 1.25");
    const std::vector<std::pair<const char*, const char*>> faults = {
        {"i", "'abc'"},
        {"i", "1.5"},
        {"i", "''"},
        {"i", "x'41'"},
        {"r", "'abc'"},
        {"r", "''"},
        {"b", "2"},
        {"b", "'yes'"},
        {"d", "'2020-02-30'"},
        {"d", "18000"},
        {"d", "'2020-01-01 10:00:00'"},
        {"ti", "'24:00:00'"},
        {"ti", "'x'"},
        {"ts", "'yesterday'"},
        {"ts", "'2020-01-01 25:00:00'"},
        {"n", "'one'"},
        {"i", "'99999999999999999999999999999999999999999999999999999999999999999999999999999'"},
    };
    for (const auto& [column, value] : faults) {
        for (const int at : {1, 2, 7, 20}) {
            const std::string where = " where id = " + std::to_string(at);
            run(on, std::string("update odd set ") + column + " = " + value + where);
            check_mismatch(s, on, std::string("select id, ") + column + ", i from odd order by id", errc::type_mismatch,
                           at - 1, 1);
            run(on, std::string("update odd set i = id, ") + column + " = null" + where);
        }
    }
}

TEST_CASE("sqlite: an infinity and fifteen digits are what its driver passes on of a double") {
    auto on = connect(server::sqlite, "result_doubles");
    run(on, "drop table if exists doubles");
    run(on, "create table doubles(r real)");
    run(on,
        "insert into doubles values(9e999), (-9e999), (0.30000000000000004), (1.7976931348623157e308), "
        "(-1.7976931348623157e308), (4.9406564584124654e-324), (123456789012345)");
    const table got = query(on, "select r from doubles order by rowid");
    if (got.failure) FAIL(got.failure->to_string());
    const std::vector<const char*> wanted = {"inf",
                                             "-inf",
                                             "0.29999999999999999",
                                             "1.7976931348623157e+308",
                                             "-1.7976931348623157e+308",
                                             "4.9406564584124654e-324",
                                             "123456789012345"};
    REQUIRE(got.rows.size() == wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(got.rows[i][0] == cell(wanted[i]));
}

TEST_CASE("mariadb: what no calendar and no clock has is an error with its place and a zero date is NULL") {
    auto on = connect(server::mariadb, "result_mismatch");
    const auto s = server::mariadb;
    run(on, "set sql_mode = ''");
    run(on, "create or replace temporary table odd(id int primary key, d date, dt datetime(6), t time(6), j text)");
    const auto fill = [&] {
        run(on, "delete from odd");
        run(on, "insert into odd select seq, '2020-01-01', '2020-01-01 10:00:00', '10:00:00', '' from seq_1_to_20");
    };
    const std::vector<std::pair<const char*, const char*>> faults = {
        {"t", "'838:59:59.999999'"},     {"t", "'-00:00:01'"}, {"t", "'24:00:00'"}, {"d", "'2020-00-00'"},
        {"dt", "'2020-05-00 10:00:00'"}, {"d", "'2021-02-00'"}};
    for (const auto& [column, value] : faults) {
        for (const int at : {1, 2, 7, 20}) {
            fill();
            run(on, std::string("update odd set ") + column + " = " + value + " where id = " + std::to_string(at));
            for (const char* more : {"", ", j"})
                check_mismatch(s, on, std::string("select id, ") + column + ", id" + more + " from odd order by id",
                               errc::type_mismatch, at - 1, 1);
        }
    }
    fill();
    run(on, "update odd set d = '0000-00-00', dt = '0000-00-00 00:00:00' where id = 2");
    const table got = query(on, "select d, dt from odd where id = 2");
    REQUIRE(got.rows.size() == 1);
    CHECK(got.rows[0] == row{std::nullopt, std::nullopt});
}

TEST_CASE("postgresql: what psqlodbc makes of dates that it cannot hold is what the documents say") {
    auto on = connect(server::postgresql, "result_mismatch");
    const auto s = server::postgresql;
    check_mismatch(s, on,
                   "select i, time '10:00:00' + case when i = 3 then interval '0' else interval '1 s' end, "
                   "case when i = 3 then time '24:00:00' else time '00:00:00' end from generate_series(1, 5) i",
                   errc::type_mismatch, 2, 2);
    check_mismatch(s, on,
                   "select case when i = 2 then timestamp '0044-03-15 BC' else timestamp '2020-01-01' end "
                   "from generate_series(1, 5) i",
                   errc::type_mismatch, 1, 0);
    // Limits of the driver: it says neither of these.
    CHECK(query(on, "select timestamp 'infinity'").rows.at(0).at(0) == cell("9999-12-31 23:59:59"));
    CHECK(query(on, "select date '0044-03-15 BC'").rows.at(0).at(0) == cell("0044-03-15"));
    // It makes today of what has more digits than it expects.
    const table far = query(on, "select timestamp '10000-01-01 10:00:00', current_date::text");
    REQUIRE(far.rows.size() == 1);
    CHECK(far.rows[0][0]->substr(0, 8) == far.rows[0][1]->substr(0, 8));
}
