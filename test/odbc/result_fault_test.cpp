// Results of a driver that nobody knows, scripted: an error at every row, values longer than described, calls that
// fail.

#include <sluice/odbc/connection.hpp>
#include <sluice/protocol/batch.hpp>
#include <sluice/protocol/row.hpp>
#include <sluice/testing/cells.hpp>
#include <sluice/testing/fault_script.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using sluice::odbc::cursor_options;

namespace {

class heap_source : public protocol::batch_source {
public:
    std::shared_ptr<protocol::batch_storage> acquire(const std::shared_ptr<const schema>& columns,
                                                     const std::vector<std::size_t>& strides,
                                                     std::size_t rows) override {
        return std::make_shared<protocol::batch_storage>(columns, strides, rows);
    }
};

odbc::connection connect(const fault_script& faults) {
    std::vector<diagnostic> warnings;
    auto made = odbc::connection::open(protocol::connect(faults.connection_string()), warnings);
    if (!made) FAIL(made.error().to_string());
    return std::move(*made);
}

cursor_options read_as(cursor_options::reading how, std::size_t batch_rows, std::size_t batch_bytes = 1 << 20) {
    cursor_options made;
    made.how = how;
    made.batch_rows = batch_rows;
    made.batch_bytes = batch_bytes;
    return made;
}

const cursor_options all_options[] = {
    read_as(cursor_options::reading::whole, 1'024), read_as(cursor_options::reading::stream, 1'024),
    read_as(cursor_options::reading::stream, 4), read_as(cursor_options::reading::stream, 1),
    read_as(cursor_options::reading::stream, 1'024, 1'000)};

// The rows by the formula, in the default columns or with a text, up to the end or the error.
struct got_rows {
    std::int64_t count = 0;
    std::optional<error> failure;
};

got_rows read(odbc::connection& on, const std::string& sql, const cursor_options& how,
              void (*check)(const batch&, std::size_t, std::uint64_t)) {
    got_rows got;
    auto done = on.execute(sql, {}, how);
    if (!done) FAIL(done.error().to_string());
    auto rows = std::move(done->rows);
    heap_source source;
    for (;;) {
        auto part = rows.fetch(source);
        if (!part) {
            got.failure = part.error();
            auto again = rows.fetch(source);
            CHECK_FALSE(again.has_value());
            break;
        }
        if (!*part) break;
        const batch b(*part, static_cast<std::uint64_t>(got.count));
        CHECK(b.rows() <= how.batch_rows);
        for (std::size_t r = 0; r < b.rows(); ++r, ++got.count) check(b, r, static_cast<std::uint64_t>(got.count));
    }
    CHECK(rows.close().has_value());
    return got;
}

void check_default_row(const batch& b, std::size_t r, std::uint64_t row) {
    const auto hash = [row](std::uint64_t column) {
        return cell_hash(default_seed, row, column);
    };
    if (b.values<std::int64_t>(0)[r] != static_cast<std::int64_t>(row) ||
        b.values<std::int64_t>(1)[r] != cell_bigint(hash(1)) ||
        b.storage()->cell(r, 2) != cell_text(hash(2), cell_length(hash(2), 32)) ||
        b.values<double>(3)[r] != cell_double(hash(3)))
        FAIL("row " << row << " is not by the formula");
}

// id, a text that the driver describes longer than we bind, a binary, a timestamp.
const std::string wide_columns = " columns id, t: text, x: varbinary(6), at: timestamp, b: bigint";

void check_wide_row(const batch& b, std::size_t r, std::uint64_t row) {
    const auto hash = [row](std::uint64_t column) {
        return cell_hash(default_seed, row, column);
    };
    const auto at = cell_timestamp(hash(3));
    const timestamp wanted{at.year, at.month, at.day, at.hour, at.minute, at.second, at.fraction};
    if (b.values<std::int64_t>(0)[r] != static_cast<std::int64_t>(row) ||
        b.storage()->cell(r, 1) != cell_text(hash(1), cell_length(hash(1), described_bytes_text)) ||
        b.storage()->cell(r, 2) != cell_binary(hash(2), cell_length(hash(2), 6)) ||
        b.values<timestamp>(3)[r] != wanted || b.values<std::int64_t>(4)[r] != cell_bigint(hash(4)))
        FAIL("row " << row << " is not by the formula");
}

constexpr std::uint64_t long_bytes = 10'000;

void check_all_long(const batch& b, std::size_t r, std::uint64_t row) {
    if (b.storage()->cell(r, 1) != cell_text(cell_hash(default_seed, row, 1), long_bytes))
        FAIL("row " << row << " is not by the formula");
}

void check_nothing(const batch&, std::size_t, std::uint64_t) {}

void check_clean(const fault_script& faults) {
    CHECK(faults.violations().empty());
    CHECK(faults.live().statements == 0);
}

}  // namespace

TEST_CASE("an unknown driver is read in blocks where every size is told and small") {
    fault_script faults("result blocks");
    auto on = connect(faults);
    for (const auto& how : all_options)
        for (const int rows : {0, 1, 4, 5, 16, 17, 1'024, 1'025, 3'000}) {
            const auto got = read(on, "rows " + std::to_string(rows), how, check_default_row);
            CHECK_FALSE(got.failure);
            CHECK(got.count == rows);
        }
    faults.reset();
    CHECK(read(on, "rows 4096", all_options[1], check_default_row).count == 4'096);
    CHECK(faults.count("SQLFetch") == 5);
    CHECK(faults.count("SQLGetData") == 0);
    check_clean(faults);
}

TEST_CASE("an unknown driver is read cell by cell where a size is large") {
    fault_script faults("result cells");
    auto on = connect(faults);
    for (const auto& how : all_options)
        for (const int rows : {0, 1, 4, 5, 17, 1'025}) {
            const auto got = read(on, "rows " + std::to_string(rows) + wide_columns, how, check_wide_row);
            CHECK_FALSE(got.failure);
            CHECK(got.count == rows);
        }
    check_clean(faults);
}

TEST_CASE("long values of an unknown driver are whole at every place") {
    fault_script faults("result long");
    auto on = connect(faults);
    for (const auto& how : all_options) {
        const auto got = read(on, "rows 30 columns id, t: text length 10000", how, check_all_long);
        CHECK_FALSE(got.failure);
        CHECK(got.count == 30);
        for (const int at : {0, 3, 4, 29}) {
            static int row = 0;
            row = at;
            const auto check = [](const batch& b, std::size_t r, std::uint64_t number) {
                const std::uint64_t hash = cell_hash(default_seed, number, 1);
                const std::uint64_t length = number == static_cast<std::uint64_t>(row) ? long_bytes : 5;
                if (b.storage()->cell(r, 1) != cell_text(hash, length))
                    FAIL("row " << number << " is not by the formula");
            };
            const std::string one = " long " + std::to_string(at) + " 10000";
            const auto mixed = read(on, "rows 30 columns id, t: text length 5" + one, how, check);
            CHECK_FALSE(mixed.failure);
            CHECK(mixed.count == 30);
        }
    }
    check_clean(faults);
}

TEST_CASE("an error at every row of a result comes after exactly the rows before it") {
    fault_script faults("result errors");
    auto on = connect(faults);
    for (const bool wide : {false, true})
        for (const auto& how : all_options)
            for (int at = 0; at <= 20; ++at) {
                const std::string sql = "rows 20" + (wide ? wide_columns : std::string()) + " error " +
                                        std::to_string(at) + " 22012 7 'division by zero'";
                const auto got = read(on, sql, how, wide ? check_wide_row : check_default_row);
                CHECK(got.count == at);
                REQUIRE(got.failure);
                CHECK(got.failure->sqlstate() == "22012");
                CHECK(got.failure->native() == 7);
                CHECK(got.failure->function() == "SQLFetch");
                CHECK(got.failure->session() == session_state::usable);
            }
    CHECK_FALSE(on.broken());
    check_clean(faults);
}

TEST_CASE("a connection that is lost in a result is lost after exactly the rows before it") {
    for (const int at : {0, 1, 9, 20}) {
        fault_script faults("result lost");
        auto on = connect(faults);
        const auto got = read(on, "rows 20 lost " + std::to_string(at), all_options[2], check_default_row);
        CHECK(got.count == at);
        REQUIRE(got.failure);
        CHECK(got.failure->code() == errc::connection_lost);
        CHECK(got.failure->session() == session_state::broken);
        CHECK(on.broken());
        check_clean(faults);
    }
}

TEST_CASE("a value longer than an unknown driver described is truncated with its place and never silent") {
    fault_script faults("result truncated");
    auto on = connect(faults);
    for (const auto& how : all_options)
        for (const int at : {0, 1, 7, 19}) {
            const std::string sql =
                "rows 20 columns id, v: varchar(8), x: varbinary(8) length 5 long " + std::to_string(at) + " 100";
            const auto got = read(on, sql, how, check_nothing);
            CHECK(got.count == at);
            REQUIRE(got.failure);
            CHECK(got.failure->code() == errc::truncated);
            CHECK(got.failure->row() == at);
            CHECK(got.failure->column() == 1);
            CHECK(got.failure->session() == session_state::usable);
        }
    check_clean(faults);
}

TEST_CASE("a value above the bound of one value is too large and named and not read") {
    fault_script faults("result too large");
    auto on = connect(faults);
    static_assert(limits::value_bytes_max == 1'073'741'824);
    for (const auto& how : all_options) {
        const auto got = read(on, "rows 3 columns id, t: text length 5 long 2 1073741825", how, check_nothing);
        CHECK(got.count == 2);
        REQUIRE(got.failure);
        CHECK(got.failure->code() == errc::too_large);
        CHECK(got.failure->row() == 2);
        CHECK(got.failure->column() == 1);
    }
    check_clean(faults);
}

TEST_CASE("a driver without blocks of rows is read row by row") {
    fault_script faults("result no blocks");
    auto on = connect(faults);
    faults.add("at SQLSetStmtAttr error HYC00 0 'no such attribute'");
    const auto got = read(on, "rows 100", all_options[1], check_default_row);
    CHECK_FALSE(got.failure);
    CHECK(got.count == 100);
    check_clean(faults);
}

TEST_CASE("a call that fails while a result is opened is an error and frees the statement") {
    for (const char* function : {"SQLNumResultCols", "SQLDescribeCol", "SQLBindCol"}) {
        INFO(function);
        fault_script faults("result opening");
        auto on = connect(faults);
        faults.add(std::string("at ") + function + " 1 error HY000 5 'scripted'");
        auto done = on.execute("rows 5", {}, all_options[1]);
        if (done) {
            // What binds does so with the first batch.
            heap_source source;
            auto part = done->rows.fetch(source);
            REQUIRE_FALSE(part.has_value());
            CHECK(part.error().native() == 5);
            CHECK(done->rows.close().has_value());
        } else {
            CHECK(done.error().native() == 5);
        }
        CHECK(faults.live().statements == 0);
        CHECK(read(on, "rows 5", all_options[0], check_default_row).count == 5);
        check_clean(faults);
    }
}

TEST_CASE("a cell that cannot be got is an error of its row after the rows before it") {
    fault_script faults("result cell error");
    auto on = connect(faults);
    // Five columns a row: the 13th cell is in row 2.
    faults.add("at SQLGetData 13 error HY000 5 'scripted'");
    const auto got = read(on, "rows 5" + wide_columns, all_options[1], check_wide_row);
    CHECK(got.count == 2);
    REQUIRE(got.failure);
    CHECK(got.failure->native() == 5);
    CHECK(got.failure->row() == 2);
    CHECK(got.failure->function() == "SQLGetData");
    check_clean(faults);
}

TEST_CASE("a cursor that cannot be closed frees its statement all the same") {
    fault_script faults("result closing");
    auto on = connect(faults);
    faults.add("at SQLFreeStmt 1 error HY000 5 'scripted'");
    {
        auto done = on.execute("rows 5", {}, all_options[1]);
        REQUIRE(done.has_value());
        auto closed = done->rows.close();
        REQUIRE_FALSE(closed.has_value());
        CHECK(closed.error().native() == 5);
        CHECK(done->rows.close().has_value());
    }
    CHECK(faults.live().statements == 0);
    CHECK(read(on, "rows 5", all_options[0], check_default_row).count == 5);
    check_clean(faults);
}

TEST_CASE("warnings of a fetch do not disturb its rows") {
    fault_script faults("result warnings");
    auto on = connect(faults);
    faults.add("at fetch warn 01000 1 'a word of the server'");
    for (const bool wide : {false, true}) {
        const auto got = read(on, "rows 50" + (wide ? wide_columns : std::string()), all_options[2],
                              wide ? check_wide_row : check_default_row);
        CHECK_FALSE(got.failure);
        CHECK(got.count == 50);
    }
    check_clean(faults);
}
