// What a driver wrote into a block of rows, settled: lengths, converted values, long cells, and the first cell that is
// wrong.
#include "block.hpp"

#include <sluice/protocol/date_time.hpp>

#include <catch2/catch.hpp>

#include <cstring>
#include <memory>
#include <vector>

using namespace sluice;
using namespace sluice::odbc;

namespace {

struct fixture {
    executed_statement statement;
    connection_state connection;
    result_plan plan;
    staged_columns staged;
    block b;

    // Columns of these types, as a driver would have written them to `rows` rows: all zero, all NULL.
    fixture(const driver_profile& profile, std::vector<described_column> columns, std::size_t rows) {
        statement.connection = &connection;
        plan = make_plan(profile, std::move(columns), cursor_options());
        std::vector<std::size_t> strides;
        for (const auto& cell : plan.cells) strides.push_back(cell.stride);
        b.storage = std::make_shared<protocol::batch_storage>(plan.columns, strides, rows);
        b.first_row = 1'000;
        b.rows = rows;
        for (std::size_t i = 0; i < plan.cells.size(); ++i) {
            std::memset(b.storage->data(i), 0, strides[i] * rows);
            staged.emplace_back(plan.cells[i].bound * rows);
            for (std::size_t row = 0; row < rows; ++row) lengths(i)[row] = SQL_NULL_DATA;
        }
    }
    std::int64_t* lengths(std::size_t column) { return b.storage->lengths(column); }
    template <class T>
    T* cells(std::size_t column) {
        return reinterpret_cast<T*>(b.storage->data(column));
    }
    void settle_all() { settle(b, reading{statement, plan}, staged); }
};

described_column column_of(SQLSMALLINT type, std::int64_t size) {
    described_column made;
    made.sql_type = type;
    made.size = size;
    return made;
}

}  // namespace

TEST_CASE("lengths of fixed types become those of the type whatever the driver wrote") {
    fixture f(postgresql_profile, {column_of(SQL_INTEGER, 10), column_of(SQL_BIT, 1)}, 3);
    f.lengths(0)[0] = 4;
    f.lengths(0)[2] = 31;
    f.lengths(1)[1] = 1;
    f.cells<unsigned char>(1)[1] = 0x80;
    f.settle_all();
    CHECK(f.b.rows == 3);
    CHECK_FALSE(f.b.failure);
    CHECK(std::vector<std::int64_t>(f.lengths(0), f.lengths(0) + 3) == std::vector<std::int64_t>{8, -1, 8});
    CHECK(f.lengths(1)[1] == 1);
    CHECK(f.cells<unsigned char>(1)[1] == 1);
}

TEST_CASE("a length that no value of a fixed type has is the driver's fault and named") {
    fixture f(postgresql_profile, {column_of(SQL_INTEGER, 10), column_of(SQL_DOUBLE, 17)}, 4);
    f.lengths(1)[2] = SQL_NO_TOTAL;
    f.settle_all();
    CHECK(f.b.rows == 2);
    REQUIRE(f.b.failure);
    CHECK(f.b.failure->code() == errc::driver_misbehaved);
    CHECK(f.b.failure->row() == 1'002);
    CHECK(f.b.failure->column() == 1);
}

TEST_CASE("the first wrong cell in the order of rows ends the block whatever column comes first") {
    fixture f(postgresql_profile,
              {column_of(SQL_TYPE_DATE, 10), column_of(SQL_TYPE_TIME, 8), column_of(SQL_TYPE_TIMESTAMP, 26)}, 8);
    f.lengths(0)[6] = 6;
    f.cells<date>(0)[6] = {2020, 13, 1};
    f.lengths(1)[5] = 8;
    std::memcpy(f.staged[1].data() + 5 * f.plan.cells[1].bound, "25:00:00", 8);
    f.lengths(1)[1] = 15;
    std::memcpy(f.staged[1].data() + f.plan.cells[1].bound, "10:11:12.123456", 15);
    f.lengths(2)[3] = 16;
    f.cells<timestamp>(2)[3] = {2020, 2, 30, 0, 0, 0, 0};
    f.lengths(2)[7] = 16;
    f.settle_all();
    CHECK(f.b.rows == 3);
    REQUIRE(f.b.failure);
    CHECK(f.b.failure->code() == errc::type_mismatch);
    CHECK(f.b.failure->row() == 1'003);
    CHECK(f.b.failure->column() == 2);
    CHECK(f.cells<sluice::time>(1)[1] == parse_time("10:11:12.123456"));
    CHECK(f.lengths(1)[1] == sizeof(sluice::time));
}

TEST_CASE("long cells are listed in the order of rows and then of columns") {
    fixture f(postgresql_profile, {column_of(SQL_VARCHAR, 2), column_of(SQL_VARBINARY, 16)}, 3);
    const auto text = static_cast<std::int64_t>(f.b.storage->slot(0).stride);
    const auto bytes = static_cast<std::int64_t>(f.b.storage->slot(1).stride);
    f.lengths(0)[0] = text - 1;  // fits, with its terminator
    f.lengths(0)[1] = text;
    f.lengths(0)[2] = SQL_NO_TOTAL;
    f.lengths(1)[0] = bytes;  // fits
    f.lengths(1)[1] = bytes + 1;
    f.lengths(1)[2] = 1'000'000;
    f.settle_all();
    CHECK(f.b.rows == 3);
    REQUIRE(f.b.long_cells.size() == 4);
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (const auto& cell : f.b.long_cells) places.emplace_back(cell.row, cell.column);
    CHECK(places == std::vector<std::pair<std::size_t, std::size_t>>{{1, 0}, {1, 1}, {2, 0}, {2, 1}});
}

TEST_CASE("a long cell that cannot be read again is truncated and never silent") {
    for (const auto* profile : {&mariadb_profile, &default_profile}) {
        fixture f(*profile, {column_of(SQL_VARCHAR, 20), column_of(SQL_VARBINARY, 20)}, 4);
        f.lengths(0)[3] = 1'000;
        f.lengths(1)[2] = 21 + static_cast<std::int64_t>(f.b.storage->slot(1).stride);
        f.settle_all();
        CHECK(f.b.rows == 2);
        CHECK(f.b.long_cells.empty());
        REQUIRE(f.b.failure);
        CHECK(f.b.failure->code() == errc::truncated);
        CHECK(f.b.failure->row() == 1'002);
        CHECK(f.b.failure->column() == 1);
    }
}

TEST_CASE("doubles are narrowed to floats with their infinities") {
    fixture f(mariadb_profile, {column_of(SQL_REAL, 7)}, 3);
    const double values[] = {1.5, 0, -3.3999999521443642e38};
    for (std::size_t row = 0; row < 3; ++row)
        std::memcpy(f.staged[0].data() + row * sizeof(double), &values[row], sizeof(double));
    f.lengths(0)[0] = f.lengths(0)[2] = 8;
    f.settle_all();
    CHECK(f.b.rows == 3);
    CHECK(f.cells<float>(0)[0] == 1.5F);
    CHECK(f.cells<float>(0)[2] == -3.4e38F);
    CHECK(std::vector<std::int64_t>(f.lengths(0), f.lengths(0) + 3) == std::vector<std::int64_t>{4, -1, 4});
}
