// The fault driver's rows, read through the driver manager: every cell is the formula's, in blocks and one at a time.
#include "raw_odbc.hpp"

#include <sluice/testing/cells.hpp>
#include <sluice/testing/fault_script.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace sluice::testing;

namespace {

std::string read_text(SQLHSTMT statement, SQLUSMALLINT column, SQLSMALLINT c_type, std::size_t piece) {
    std::string all;
    std::vector<char> buffer(piece);
    SQLLEN indicator = 0;
    const std::size_t room = c_type == SQL_C_CHAR ? piece - 1 : piece;
    for (;;) {
        const SQLRETURN result =
            SQLGetData(statement, column, c_type, buffer.data(), static_cast<SQLLEN>(buffer.size()), &indicator);
        if (!SQL_SUCCEEDED(result)) return all;
        all.append(buffer.data(), std::min(room, static_cast<std::size_t>(indicator)));
        if (result == SQL_SUCCESS) return all;
    }
}

cell_timestamp_parts parts_of(const SQL_TIMESTAMP_STRUCT& t) {
    return {t.year, t.month, t.day, t.hour, t.minute, t.second, t.fraction};
}

}  // namespace

TEST_CASE("a row read by SQLGetData holds what the formula says in every type") {
    const fault_script faults("rows by SQLGetData");
    const raw::connection on(faults.connection_string());
    raw::statement rows(on);
    REQUIRE(rows.execute("rows 20 seed 7 columns id, b: bigint, i: integer, d: double, v: varchar(10), t: text, "
                         "x: varbinary(6), at: timestamp") == SQL_SUCCESS);
    for (std::uint64_t row = 0; row < 20; ++row) {
        REQUIRE(rows.fetch() == SQL_SUCCESS);
        const auto hash = [row](std::uint64_t column) {
            return cell_hash(7, row, column);
        };
        std::int64_t id = -1;
        std::int64_t big = 0;
        SQLINTEGER integer = 0;
        double real = 0;
        SQL_TIMESTAMP_STRUCT at{};
        SQLLEN indicator = 0;
        REQUIRE(SQLGetData(rows.get(), 1, SQL_C_SBIGINT, &id, 0, &indicator) == SQL_SUCCESS);
        REQUIRE(SQLGetData(rows.get(), 2, SQL_C_SBIGINT, &big, 0, &indicator) == SQL_SUCCESS);
        REQUIRE(SQLGetData(rows.get(), 3, SQL_C_SLONG, &integer, 0, &indicator) == SQL_SUCCESS);
        REQUIRE(SQLGetData(rows.get(), 4, SQL_C_DOUBLE, &real, 0, &indicator) == SQL_SUCCESS);
        REQUIRE(SQLGetData(rows.get(), 8, SQL_C_TYPE_TIMESTAMP, &at, 0, &indicator) == SQL_SUCCESS);
        CHECK(indicator == sizeof at);
        CHECK(id == static_cast<std::int64_t>(row));
        CHECK(big == cell_bigint(hash(1)));
        CHECK(integer == cell_integer(hash(2)));
        CHECK(real == cell_double(hash(3)));
        CHECK(read_text(rows.get(), 5, SQL_C_CHAR, 100) == cell_text(hash(4), cell_length(hash(4), 10)));
        CHECK(read_text(rows.get(), 6, SQL_C_CHAR, 7) ==
              cell_text(hash(5), cell_length(hash(5), described_bytes_text)));
        CHECK(read_text(rows.get(), 7, SQL_C_BINARY, 4) == cell_binary(hash(6), cell_length(hash(6), 6)));
        CHECK(parts_of(at) == cell_timestamp(hash(7)));
    }
    CHECK(rows.fetch() == SQL_NO_DATA);
    CHECK(faults.violations().empty());
}

TEST_CASE("numbers and times are given as text too") {
    const fault_script faults("as text");
    const raw::connection on(faults.connection_string());
    raw::statement rows(on);
    REQUIRE(rows.execute("rows 1 columns b: bigint, d: double, at: timestamp") == SQL_SUCCESS);
    REQUIRE(rows.fetch() == SQL_SUCCESS);
    CHECK(read_text(rows.get(), 1, SQL_C_CHAR, 5) == std::to_string(cell_bigint(cell_hash(1, 0, 0))));
    CHECK(std::stod(read_text(rows.get(), 2, SQL_C_CHAR, 40)) == cell_double(cell_hash(1, 0, 1)));
    const auto at = cell_timestamp(cell_hash(1, 0, 2));
    const std::string text = read_text(rows.get(), 3, SQL_C_CHAR, 40);
    CHECK(text.size() == 26);
    CHECK(std::stoi(text.substr(0, 4)) == at.year);
    CHECK(std::stoul(text.substr(20)) * 1'000 == at.fraction);
}

TEST_CASE("a block holds the same cells column by column and the last one is partial") {
    const fault_script faults("rows in blocks");
    const raw::connection on(faults.connection_string());
    raw::statement rows(on);
    constexpr std::size_t block = 4;
    std::vector<std::int64_t> ids(block);
    std::vector<std::int64_t> hashes(block);
    std::vector<char> texts(block * 33);
    std::vector<double> values(block);
    std::vector<SQLLEN> lengths(block * 4);
    std::vector<SQLUSMALLINT> status(block, 99);
    SQLULEN fetched = 99;
    rows.set(SQL_ATTR_ROW_ARRAY_SIZE, block);
    rows.set_pointer(SQL_ATTR_ROWS_FETCHED_PTR, &fetched);
    rows.set_pointer(SQL_ATTR_ROW_STATUS_PTR, status.data());
    REQUIRE(rows.execute("rows 10") == SQL_SUCCESS);
    REQUIRE(SQLBindCol(rows.get(), 1, SQL_C_SBIGINT, ids.data(), 0, lengths.data()) == SQL_SUCCESS);
    REQUIRE(SQLBindCol(rows.get(), 2, SQL_C_SBIGINT, hashes.data(), 0, lengths.data() + block) == SQL_SUCCESS);
    REQUIRE(SQLBindCol(rows.get(), 3, SQL_C_CHAR, texts.data(), 33, lengths.data() + 2 * block) == SQL_SUCCESS);
    REQUIRE(SQLBindCol(rows.get(), 4, SQL_C_DOUBLE, values.data(), 0, lengths.data() + 3 * block) == SQL_SUCCESS);
    std::uint64_t row = 0;
    while (rows.fetch() == SQL_SUCCESS) {
        REQUIRE(fetched == (row == 8 ? 2 : block));
        for (std::size_t at = 0; at < fetched; ++at, ++row) {
            const std::uint64_t hash = cell_hash(default_seed, row, 2);
            CHECK(status[at] == SQL_ROW_SUCCESS);
            CHECK(ids[at] == static_cast<std::int64_t>(row));
            CHECK(hashes[at] == cell_bigint(cell_hash(default_seed, row, 1)));
            CHECK(texts.data() + at * 33 == cell_text(hash, cell_length(hash, described_bytes_default)));
            CHECK(lengths[2 * block + at] == static_cast<SQLLEN>(cell_length(hash, described_bytes_default)));
            CHECK(values[at] == cell_double(cell_hash(default_seed, row, 3)));
        }
    }
    CHECK(row == 10);
    CHECK(fetched == 0);
    CHECK(status == std::vector<SQLUSMALLINT>(block, SQL_ROW_NOROW));
}

TEST_CASE("a bind offset moves values and indicators") {
    const fault_script faults("bind offset");
    const raw::connection on(faults.connection_string());
    raw::statement rows(on);
    std::vector<std::int64_t> ids(2, -1);
    std::vector<SQLLEN> indicators(2, -7);
    SQLULEN offset = sizeof(std::int64_t);
    rows.set_pointer(SQL_ATTR_ROW_BIND_OFFSET_PTR, &offset);
    REQUIRE(rows.execute("rows 1") == SQL_SUCCESS);
    REQUIRE(SQLBindCol(rows.get(), 1, SQL_C_SBIGINT, ids.data(), 0, indicators.data()) == SQL_SUCCESS);
    REQUIRE(rows.fetch() == SQL_SUCCESS);
    CHECK(ids == std::vector<std::int64_t>{-1, 0});
    CHECK(indicators == std::vector<SQLLEN>{-7, 8});
}

TEST_CASE("an error at row n comes after exactly n rows whatever the block") {
    const fault_script faults("error at row n");
    const raw::connection on(faults.connection_string());
    for (const SQLULEN block : std::vector<SQLULEN>{1, 2, 3, 4, 10, 100}) {
        for (std::uint64_t n = 0; n <= 10; ++n) {
            CAPTURE(block, n);
            raw::statement rows(on);
            rows.set(SQL_ATTR_ROW_ARRAY_SIZE, block);
            REQUIRE(rows.execute("rows 10 error " + std::to_string(n) + " 22012 7 'division by zero'") == SQL_SUCCESS);
            SQLRETURN last = SQL_SUCCESS;
            CHECK(rows.count_rows(last) == n);
            CHECK(last == SQL_ERROR);
            const auto said = rows.diagnostics();
            REQUIRE(said.size() == 1);
            CHECK(said[0].state == "22012");
            CHECK(said[0].native == 7);
            CHECK(said[0].message == "division by zero");
            CHECK(rows.fetch() == SQL_ERROR);
            CHECK_FALSE(on.dead());
        }
    }
}

TEST_CASE("an error behind the last row is never met") {
    const fault_script faults("error too late");
    const raw::connection on(faults.connection_string());
    raw::statement rows(on);
    REQUIRE(rows.execute("rows 10 error 11 22012") == SQL_SUCCESS);
    SQLRETURN last = SQL_ERROR;
    CHECK(rows.count_rows(last) == 10);
    CHECK(last == SQL_NO_DATA);
}

TEST_CASE("an error without a diagnostic has none") {
    const fault_script faults("no diagnostic");
    const raw::connection on(faults.connection_string());
    raw::statement rows(on);
    REQUIRE(rows.execute("rows 10 error 3") == SQL_SUCCESS);
    SQLRETURN last = SQL_SUCCESS;
    CHECK(rows.count_rows(last) == 3);
    CHECK(last == SQL_ERROR);
    CHECK(rows.diagnostics().empty());
}

TEST_CASE("a connection lost between rows is dead afterwards") {
    const fault_script faults("lost at row n");
    const raw::connection on(faults.connection_string());
    {
        raw::statement rows(on);
        REQUIRE(rows.execute("rows 10 lost 5") == SQL_SUCCESS);
        CHECK_FALSE(on.dead());
        SQLRETURN last = SQL_SUCCESS;
        CHECK(rows.count_rows(last) == 5);
        CHECK(last == SQL_ERROR);
        CHECK(rows.state() == "08S01");
        CHECK(on.dead());
        CHECK(rows.close() == SQL_SUCCESS);
        CHECK(rows.execute("ok") == SQL_ERROR);
        CHECK(rows.state() == "08S01");
    }
    CHECK(SQLEndTran(SQL_HANDLE_DBC, on.get(), SQL_COMMIT) == SQL_ERROR);
    SQLHSTMT another = nullptr;
    CHECK(SQLAllocHandle(SQL_HANDLE_STMT, on.get(), &another) == SQL_ERROR);
    CHECK(on.state() == "08S01");
    CHECK(SQLDisconnect(on.get()) == SQL_SUCCESS);
}

TEST_CASE("NULL cells are where the formula says and need an indicator") {
    const fault_script faults("null cells");
    const raw::connection on(faults.connection_string());
    raw::statement rows(on);
    REQUIRE(rows.execute("rows 200 null 3 columns id, b: bigint, v: varchar") == SQL_SUCCESS);
    std::size_t nulls = 0;
    for (std::uint64_t row = 0; row < 200; ++row) {
        REQUIRE(rows.fetch() == SQL_SUCCESS);
        for (std::uint64_t column = 0; column < 3; ++column) {
            char buffer[64];
            SQLLEN indicator = 0;
            REQUIRE(SQLGetData(rows.get(), static_cast<SQLUSMALLINT>(column + 1), SQL_C_CHAR, buffer, sizeof buffer,
                               &indicator) == SQL_SUCCESS);
            const bool expected = column != 0 && cell_is_null(cell_hash(default_seed, row, column), 3);
            CHECK((indicator == SQL_NULL_DATA) == expected);
            if (expected) ++nulls;
        }
    }
    CHECK(nulls > 80);
    CHECK(nulls < 190);
    rows.close();
    REQUIRE(rows.execute("rows 1 null 1") == SQL_SUCCESS);
    std::int64_t hash = 0;
    REQUIRE(SQLBindCol(rows.get(), 2, SQL_C_SBIGINT, &hash, 0, nullptr) == SQL_SUCCESS);
    CHECK(rows.fetch() == SQL_ERROR);
    CHECK(rows.state() == "22002");
}

TEST_CASE("a value longer than described is cut with its true length and read again by pieces") {
    const fault_script faults("long cells");
    const raw::connection on(faults.connection_string());
    raw::statement rows(on);
    SQLULEN described = 0;
    REQUIRE(rows.execute("rows 3 length 8 long 1 100000 columns id, v: varchar(8), x: varbinary(8)") == SQL_SUCCESS);
    REQUIRE(SQLDescribeCol(rows.get(), 2, nullptr, 0, nullptr, nullptr, &described, nullptr, nullptr) == SQL_SUCCESS);
    CHECK(described == 8);
    char text[9];
    SQLLEN length = 0;
    REQUIRE(SQLBindCol(rows.get(), 2, SQL_C_CHAR, text, sizeof text, &length) == SQL_SUCCESS);
    for (std::uint64_t row = 0; row < 3; ++row) {
        const std::uint64_t hash = cell_hash(default_seed, row, 1);
        REQUIRE(rows.fetch() == (row == 1 ? SQL_SUCCESS_WITH_INFO : SQL_SUCCESS));
        CHECK(text == cell_text(hash, 8));
        CHECK(length == (row == 1 ? 100'000 : 8));
        if (row != 1) continue;
        CHECK(rows.state() == "01004");
        CHECK(read_text(rows.get(), 2, SQL_C_CHAR, 4'096) == cell_text(hash, 100'000));
        CHECK(read_text(rows.get(), 3, SQL_C_BINARY, 9'999) == cell_binary(cell_hash(default_seed, row, 2), 100'000));
        CHECK(SQLGetData(rows.get(), 3, SQL_C_BINARY, text, sizeof text, &length) == SQL_NO_DATA);
    }
}

TEST_CASE("a value cut in a block is read again after SQLSetPos") {
    const fault_script faults("long cells in a block");
    const raw::connection on(faults.connection_string());
    raw::statement rows(on);
    std::vector<char> texts(27);
    std::vector<SQLLEN> lengths(3);
    std::vector<SQLUSMALLINT> status(3);
    rows.set(SQL_ATTR_ROW_ARRAY_SIZE, 3);
    rows.set_pointer(SQL_ATTR_ROW_STATUS_PTR, status.data());
    REQUIRE(rows.execute("rows 3 length 8 long 1 500 columns v: varchar(8)") == SQL_SUCCESS);
    REQUIRE(SQLBindCol(rows.get(), 1, SQL_C_CHAR, texts.data(), 9, lengths.data()) == SQL_SUCCESS);
    REQUIRE(rows.fetch() == SQL_SUCCESS_WITH_INFO);
    CHECK(lengths == std::vector<SQLLEN>{8, 500, 8});
    CHECK(status == std::vector<SQLUSMALLINT>{SQL_ROW_SUCCESS, SQL_ROW_SUCCESS_WITH_INFO, SQL_ROW_SUCCESS});
    for (const std::uint64_t row : std::vector<std::uint64_t>{1, 0, 2}) {
        REQUIRE(SQLSetPos(rows.get(), row + 1, SQL_POSITION, SQL_LOCK_NO_CHANGE) == SQL_SUCCESS);
        CHECK(read_text(rows.get(), 1, SQL_C_CHAR, 100) ==
              cell_text(cell_hash(default_seed, row, 0), row == 1 ? 500 : 8));
    }
    CHECK(SQLSetPos(rows.get(), 4, SQL_POSITION, SQL_LOCK_NO_CHANGE) == SQL_ERROR);
}

TEST_CASE("conversions that the driver does not do say HYC00 and a number that does not fit says 22003") {
    const fault_script faults("conversions");
    const raw::connection on(faults.connection_string());
    raw::statement rows(on);
    REQUIRE(rows.execute("rows 1 columns b: bigint, v: varchar") == SQL_SUCCESS);
    REQUIRE(rows.fetch() == SQL_SUCCESS);
    SQLINTEGER integer = 0;
    SQLLEN indicator = 0;
    CHECK(SQLGetData(rows.get(), 1, SQL_C_SLONG, &integer, 0, &indicator) == SQL_ERROR);
    CHECK(rows.state() == "22003");
    CHECK(SQLGetData(rows.get(), 2, SQL_C_SLONG, &integer, 0, &indicator) == SQL_ERROR);
    CHECK(rows.state() == "HYC00");
    CHECK(SQLBindCol(rows.get(), 1, SQL_C_GUID, &integer, 0, &indicator) == SQL_ERROR);
    CHECK(rows.state() == "HYC00");
}

TEST_CASE("columns are described by name and type and size") {
    const fault_script faults("described");
    const raw::connection on(faults.connection_string());
    raw::statement rows(on);
    REQUIRE(rows.prepare("rows 1 columns id, name: varchar(20), note: text, x: varbinary(0), at: timestamp") ==
            SQL_SUCCESS);
    REQUIRE(rows.columns() == 5);
    const std::vector<std::string> names = {"id", "name", "note", "x", "at"};
    const std::vector<SQLSMALLINT> types = {SQL_BIGINT, SQL_VARCHAR, SQL_LONGVARCHAR, SQL_VARBINARY,
                                            SQL_TYPE_TIMESTAMP};
    const std::vector<SQLULEN> sizes = {19, 20, described_bytes_text, 0, 26};
    for (SQLUSMALLINT column = 1; column <= 5; ++column) {
        SQLCHAR name[32];
        SQLSMALLINT length = 0;
        SQLSMALLINT type = 0;
        SQLULEN size = 99;
        SQLSMALLINT nullable = -1;
        REQUIRE(SQLDescribeCol(rows.get(), column, name, sizeof name, &length, &type, &size, nullptr, &nullable) ==
                SQL_SUCCESS);
        CHECK(reinterpret_cast<const char*>(name) == names[column - 1U]);
        CHECK(type == types[column - 1U]);
        CHECK(size == sizes[column - 1U]);
        CHECK(nullable == (column == 1 ? SQL_NO_NULLS : SQL_NULLABLE));
        SQLLEN concise = 0;
        REQUIRE(SQLColAttribute(rows.get(), column, SQL_DESC_CONCISE_TYPE, nullptr, 0, nullptr, &concise) ==
                SQL_SUCCESS);
        CHECK(concise == types[column - 1U]);
    }
    CHECK(SQLDescribeCol(rows.get(), 6, nullptr, 0, nullptr, nullptr, nullptr, nullptr, nullptr) == SQL_ERROR);
}
