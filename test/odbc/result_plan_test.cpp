// What is decided of a result before it is read: types, ways, sizes; and how the sizes of batches go on.
#include "result_plan.hpp"

#include "batch_pace.hpp"

#include <sluice/protocol/batch_storage.hpp>
#include <sluice/protocol/limits.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::odbc;

namespace {

described_column column_of(SQLSMALLINT type, std::int64_t size = 0, const char* name = "", std::int64_t octets = 0) {
    described_column made;
    made.sql_type = type;
    made.size = size;
    made.type_name = std::string(name);
    made.octets = octets;
    return made;
}

column_type type_of(const driver_profile& profile, const described_column& from) {
    return delivered_type(profile, from);
}

cursor_options reading_as(cursor_options::reading how) {
    cursor_options made;
    made.how = how;
    return made;
}
const cursor_options streaming_read = reading_as(cursor_options::reading::stream);
const cursor_options whole_read = reading_as(cursor_options::reading::whole);

reading_way way_of(const driver_profile& profile, std::vector<described_column> columns) {
    return make_plan(profile, std::move(columns), streaming_read).way;
}

// Every stride is at least a word, every bound is at least what is asked for.
result_plan plan_with(std::vector<std::size_t> strides, std::size_t rows, std::size_t bytes) {
    result_plan plan;
    for (const std::size_t stride : strides) {
        column_plan cell;
        cell.stride = stride;
        plan.cells.push_back(cell);
    }
    plan.batch_rows = rows;
    plan.batch_bytes = bytes;
    plan.first_rows = rows;
    return plan;
}

}  // namespace

TEST_CASE("the types that a standard driver describes") {
    const std::vector<std::pair<SQLSMALLINT, column_type>> table = {{SQL_BIT, column_type::boolean},
                                                                    {SQL_TINYINT, column_type::int64},
                                                                    {SQL_SMALLINT, column_type::int64},
                                                                    {SQL_INTEGER, column_type::int64},
                                                                    {SQL_BIGINT, column_type::int64},
                                                                    {SQL_REAL, column_type::float32},
                                                                    {SQL_FLOAT, column_type::float64},
                                                                    {SQL_DOUBLE, column_type::float64},
                                                                    {SQL_DECIMAL, column_type::decimal},
                                                                    {SQL_NUMERIC, column_type::decimal},
                                                                    {SQL_CHAR, column_type::text},
                                                                    {SQL_VARCHAR, column_type::text},
                                                                    {SQL_LONGVARCHAR, column_type::text},
                                                                    {SQL_WCHAR, column_type::text},
                                                                    {SQL_WVARCHAR, column_type::text},
                                                                    {SQL_WLONGVARCHAR, column_type::text},
                                                                    {SQL_BINARY, column_type::binary},
                                                                    {SQL_VARBINARY, column_type::binary},
                                                                    {SQL_LONGVARBINARY, column_type::binary},
                                                                    {SQL_TYPE_DATE, column_type::date},
                                                                    {SQL_TYPE_TIME, column_type::time},
                                                                    {SQL_TYPE_TIMESTAMP, column_type::timestamp},
                                                                    {SQL_GUID, column_type::text},
                                                                    {SQL_INTERVAL_DAY_TO_SECOND, column_type::text},
                                                                    {SQLSMALLINT{-4711}, column_type::text},
                                                                    {SQL_UNKNOWN_TYPE, column_type::text}};
    for (const auto* profile : {&postgresql_profile, &mariadb_profile, &default_profile})
        for (const auto& [sql_type, delivered] : table) {
            INFO("SQL type " << sql_type);
            CHECK(to_string(type_of(*profile, column_of(sql_type, 10))) == to_string(delivered));
        }
    auto large = column_of(SQL_BIGINT, 20);
    large.is_unsigned = true;
    CHECK(type_of(mariadb_profile, large) == column_type::uint64);
    CHECK(type_of(sqlite_profile, large) == column_type::int64);
    CHECK(type_of(postgresql_profile, column_of(SQL_FLOAT, 10, "money")) == column_type::text);
}

TEST_CASE("the types that sqliteodbc describes by what a table was declared with") {
    const auto lite = [](SQLSMALLINT type, std::int64_t size, const char* name) {
        return to_string(type_of(sqlite_profile, column_of(type, size, name)));
    };
    CHECK(lite(SQL_BIGINT, 20, "INTEGER") == "int64");
    CHECK(lite(SQL_TINYINT, 1, "tinyint") == "int64");
    CHECK(lite(SQL_VARCHAR, 255, "unsigned big int") == "int64");
    CHECK(lite(SQL_VARCHAR, 255, "bigserial") == "int64");
    CHECK(lite(SQL_VARCHAR, 255, "POINT") == "text");
    CHECK(lite(SQL_VARCHAR, 255, "print") == "text");
    CHECK(lite(SQL_DOUBLE, 54, "double precision") == "float64");
    CHECK(lite(SQL_DOUBLE, 10, "numeric") == "decimal");
    CHECK(lite(SQL_VARCHAR, 18, "decimal") == "decimal");
    CHECK(lite(SQL_VARCHAR, 255, "NUMBER") == "decimal");
    CHECK(lite(SQL_BIT, 1, "boolean") == "boolean");
    CHECK(lite(SQL_BINARY, 255, "BLOB") == "binary");
    CHECK(lite(SQL_VARCHAR, 255, "tinyblob") == "binary");
    CHECK(lite(SQL_VARCHAR, 16, "binary") == "binary");
    CHECK(lite(SQL_LONGVARCHAR, 65536, "TEXT") == "text");
    CHECK(lite(SQL_TYPE_DATE, 10, "date") == "date");
    CHECK(lite(SQL_TYPE_TIME, 8, "time") == "time");
    CHECK(lite(SQL_TYPE_TIMESTAMP, 32, "datetime") == "timestamp");
    const auto dynamic = [](const char* name, std::int64_t size) {
        return (*make_plan(sqlite_profile, {column_of(SQL_VARCHAR, size, name)}, whole_read).columns)[0].dynamic;
    };
    CHECK(dynamic("varchar", 255));
    CHECK(dynamic("ANY", 255));
    CHECK_FALSE(dynamic("varchar", 10));
    CHECK_FALSE(dynamic("json", 255));
    CHECK_FALSE((*make_plan(mariadb_profile, {column_of(SQL_VARCHAR, 255, "varchar")}, whole_read).columns)[0].dynamic);
}

TEST_CASE("the way of reading follows from what can be read again") {
    const auto number = column_of(SQL_INTEGER, 10);
    const auto brief = column_of(SQL_VARCHAR, 40, "varchar", 160);
    const auto endless = column_of(SQL_LONGVARCHAR, 1'073'741'823, "text", 2'147'483'647);
    const auto unsized = column_of(SQL_VARCHAR, 0);
    CHECK(way_of(postgresql_profile, {number, brief, endless, unsized}) == reading_way::block);
    CHECK(way_of(sqlite_profile, {number}) == reading_way::single_row);
    CHECK(way_of(mariadb_profile, {number, brief}) == reading_way::block);
    CHECK(way_of(mariadb_profile, {number, unsized}) == reading_way::block);
    CHECK(way_of(mariadb_profile, {number, brief, endless}) == reading_way::single_row);
    CHECK(way_of(mariadb_profile, {column_of(SQL_VARCHAR, 1'024)}) == reading_way::block);
    CHECK(way_of(mariadb_profile, {column_of(SQL_VARCHAR, 1'025)}) == reading_way::single_row);
    CHECK(way_of(mariadb_profile, {column_of(SQL_VARBINARY, 4'096)}) == reading_way::block);
    CHECK(way_of(mariadb_profile, {column_of(SQL_LONGVARBINARY, 4'294'967'295)}) == reading_way::single_row);
    CHECK(way_of(default_profile, {number, brief}) == reading_way::block);
    CHECK(way_of(default_profile, {number, unsized}) == reading_way::single_row_unbound);
    CHECK(way_of(default_profile, {number, endless}) == reading_way::single_row_unbound);
    CHECK(way_of(default_profile, {column_of(SQL_LONGVARBINARY, -4)}) == reading_way::single_row_unbound);
}

TEST_CASE("what cannot be read again is bound with room for all that it can be") {
    const auto plan = make_plan(mariadb_profile,
                                {column_of(SQL_VARCHAR, 40, "", 160), column_of(SQL_DECIMAL, 18, "", 20),
                                 column_of(SQL_VARBINARY, 300, "", 300), column_of(SQL_VARCHAR, 0)},
                                streaming_read);
    CHECK(plan.cells[0].stride >= 161);
    CHECK(plan.cells[1].stride >= 22);
    CHECK(plan.cells[2].stride >= 300);
    CHECK(plan.cells[3].stride >= 1);
    const auto single =
        make_plan(postgresql_profile, {column_of(SQL_LONGVARCHAR, 8'190, "text", 32'760)}, streaming_read);
    CHECK(single.cells[0].stride == 256);
}

TEST_CASE("float arrays are bound as doubles where the driver may step over them wrongly") {
    const auto cell = [](const driver_profile& profile) {
        return make_plan(profile, {column_of(SQL_REAL, 7)}, streaming_read).cells[0];
    };
    CHECK(cell(postgresql_profile).c_type == SQL_C_FLOAT);
    for (const auto* profile : {&mariadb_profile, &default_profile}) {
        CHECK(cell(*profile).c_type == SQL_C_DOUBLE);
        CHECK(cell(*profile).form == cell_form::as_double);
        CHECK(cell(*profile).stride == sizeof(float));
        CHECK(cell(*profile).bound == sizeof(double));
    }
}

TEST_CASE("a batch has as many rows as fit its bytes and at least one") {
    CHECK(batch_pace(plan_with({8}, 1'024, 1 << 20)).rows() == 1'024);
    CHECK(batch_pace(plan_with({8, 1'016}, 1'024, 1 << 20)).rows() == 1'008);
    CHECK(batch_pace(plan_with({4'096}, 1'024, 1'000)).rows() == 1);
    CHECK(batch_pace(plan_with({8}, 1, 1 << 20)).rows() == 1);
    CHECK(batch_pace(plan_with({8}, 65'536, 1 << 26)).rows() == 65'536);
}

TEST_CASE("batches do not cross the packets in which a driver gets its rows") {
    auto plan = plan_with({1'000}, 1'024, 300'000);  // 297 rows would fit
    plan.fetch_rows = 1'024;
    CHECK(batch_pace(plan).rows() == 256);
    plan.batch_rows = plan.fetch_rows = plan.first_rows = 1'000;
    CHECK(batch_pace(plan).rows() == 250);
    plan.batch_rows = plan.fetch_rows = plan.first_rows = 1'021;  // has no divisor: alignment would cost too much
    CHECK(batch_pace(plan).rows() == 297);
    plan.batch_bytes = 1 << 26;
    CHECK(batch_pace(plan).rows() == 1'021);
}

TEST_CASE("a whole result begins with few rows and grows while batches are full") {
    auto plan = plan_with({8}, 1'024, 1 << 20);
    plan.first_rows = 16;
    batch_pace pace(plan);
    CHECK(pace.rows() == 16);
    pace.after(0);
    CHECK(pace.rows() == 16);
    pace.after(16);
    CHECK(pace.rows() == 64);
    pace.after(3);
    CHECK(pace.rows() == 64);
    pace.after(64);
    pace.after(256);
    CHECK(pace.rows() == 1'024);
    pace.after(1'024);
    CHECK(pace.rows() == 1'024);
}

TEST_CASE("a column is widened when more than one value in sixteen did not fit") {
    auto plan = plan_with({64, 64}, 1'024, 1 << 20);
    batch_pace pace(plan);
    for (int i = 0; i < 64; ++i) pace.saw_long(1, 200);
    pace.after(1'024);
    CHECK(pace.strides() == std::vector<std::size_t>{64, 64});
    for (int i = 0; i < 65; ++i) pace.saw_long(1, static_cast<std::size_t>(100 + i));
    pace.after(1'024);
    CHECK(pace.strides() == std::vector<std::size_t>{64, 168});
    // No stride is wider than the cap, and what would not fit that either does not count.
    for (int i = 0; i < 1'000; ++i) pace.saw_long(0, 1'000'000);
    pace.after(1'024);
    CHECK(pace.strides() == std::vector<std::size_t>{64, 168});
    for (int i = 0; i < 1'000; ++i) pace.saw_long(0, limits::bound_cell_bytes_max - 1);
    pace.after(1'024);
    CHECK(pace.strides() == std::vector<std::size_t>{limits::bound_cell_bytes_max, 168});
    CHECK(pace.rows() == (1 << 20) / protocol::batch_storage::row_bytes(pace.strides()));
}
