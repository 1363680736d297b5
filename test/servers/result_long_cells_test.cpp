// Values longer than what was bound for them: at every place of a block, in several columns, beside NULLs, up to 10 MB.
#include "results.hpp"

#include <functional>

using namespace results;

namespace {

// A text of n times the letter, as an expression of the server.
std::string text(server s, char letter, std::size_t n) {
    const std::string one(1, letter);
    const std::string count = std::to_string(n);
    if (s != server::sqlite) return "repeat('" + one + "', " + count + ")";
    return "substr(replace(hex(zeroblob(" + count + ")), '0', '" + one + "'), 1, " + count + ")";
}

std::string binary(server s, std::size_t n) {
    const std::string count = std::to_string(n);
    if (s == server::postgresql) return "decode(repeat('07', " + count + "), 'hex')";
    if (s == server::mariadb) return "repeat(x'07', " + count + ")";
    return "cast(replace(hex(zeroblob(" + count + ")), '00', char(7)) as blob)";
}

// A table of `rows` short rows, and what it holds.
class long_table {
public:
    long_table(server s, const std::string& database, std::size_t rows) : server_(s), on_(connect(s, database)) {
        const char* columns = s == server::postgresql ? "id int, a text, b bytea, c text"
                              : s == server::mariadb  ? "id int, a longtext, b longblob, c longtext"
                                                      : "id integer, a text, b blob, c text";
        make_table(s, on_, "long_cells", columns);
        std::string sql = "insert into long_cells values ";
        for (std::size_t i = 0; i < rows; ++i) {
            sql += std::string(i == 0 ? "" : ", ") + "(" + std::to_string(i) + ", 'short', null, '')";
            rows_.push_back({std::to_string(i), "short", std::nullopt, ""});
        }
        run(on_, sql);
    }

    void set(std::size_t id, std::size_t column, std::size_t length) {
        static constexpr const char* names[] = {"id", "a", "b", "c"};
        const char letter = column == 1 ? 'a' : 'c';
        const std::string value = column == 2 ? binary(server_, length) : text(server_, letter, length);
        run(on_, std::string("update long_cells set ") + names[column] + " = " + value +
                     " where id = " + std::to_string(id));
        rows_[id][column] = std::string(length, column == 2 ? '\x07' : letter);
    }
    void reset(std::size_t id) {
        run(on_, "update long_cells set a = 'short', b = null, c = '' where id = " + std::to_string(id));
        rows_[id] = {std::to_string(id), "short", std::nullopt, ""};
    }

    table check(const cursor_options& how) {
        const table got = query(on_, "select id, a, b, c from long_cells order by id", how);
        INFO(name_of(server_) << " in batches of " << how.batch_rows << " rows and " << how.batch_bytes << " bytes");
        if (got.failure) FAIL(got.failure->to_string());
        REQUIRE(got.rows.size() == rows_.size());
        for (std::size_t r = 0; r < rows_.size(); ++r) {
            for (std::size_t c = 0; c < 4; ++c) {
                if (got.rows[r][c] == rows_[r][c]) continue;
                FAIL("row " << r << " column " << c << ": " << (got.rows[r][c] ? got.rows[r][c]->size() : 0)
                            << " bytes instead of " << (rows_[r][c] ? rows_[r][c]->size() : 0));
            }
        }
        return got;
    }

private:
    server server_;
    sluice::odbc::connection on_;
    std::vector<row> rows_;
};

const server all_servers[] = {server::postgresql, server::mariadb, server::sqlite};

}  // namespace

TEST_CASE("a long value is whole at every place of a block and in every column") {
    for (const server s : all_servers) {
        constexpr std::size_t rows = 17;
        long_table t(s, "result_long_places", rows);
        for (std::size_t id = 0; id < rows; ++id) {
            for (std::size_t column = 1; column <= 3; ++column) {
                t.set(id, column, 5'000);
                t.check(stream(8));
                t.check(whole());
                t.reset(id);
            }
        }
    }
}

TEST_CASE("values whose lengths lie around every size that is bound are whole") {
    for (const server s : all_servers) {
        long_table t(s, "result_long_edges", 64);
        std::size_t id = 0;
        for (const std::size_t edge : {16U, 32U, 48U, 64U, 256U, 264U, 4'096U, 4'104U, 8'192U})
            for (const std::size_t length : {edge - 1, edge, edge + 1}) {
                for (std::size_t column = 1; column <= 3; ++column) t.set(id, column, length);
                ++id;
            }
        for (const std::size_t batch_rows : {1U, 3U, 16U, 64U, 1'000U}) t.check(stream(batch_rows));
        t.check(whole());
    }
}

TEST_CASE("many long values are handed out in parts and no part is much more than a batch may hold") {
    for (const server s : all_servers) {
        constexpr std::size_t rows = 40;
        constexpr std::size_t length = 30'000;
        long_table t(s, "result_long_parts", rows);
        for (std::size_t id = 0; id < rows; ++id)
            for (const std::size_t column : {1U, 2U, 3U})
                if (id % 7 != 3) t.set(id, column, length);
        constexpr std::size_t bytes = 200'000;
        const table got = t.check(stream(1'024, bytes));
        // A row has 90,000 bytes outside: a part ends with the row that reaches the bound.
        for (const std::size_t size : got.batches) CHECK(size <= bytes / (3 * length) + 2);
        t.check(stream(1'024, 1));
        t.check(stream(3, bytes));
        t.check(stream(1, 1));
        t.check(whole());
    }
}

TEST_CASE("ten million bytes of text and of binary are whole between rows of their own size and NULLs") {
    for (const server s : all_servers) {
        long_table t(s, "result_long_10mb", 4);
        t.set(1, 1, 10'000'000);
        t.set(1, 2, 10'000'000);
        t.set(2, 3, 10'000'000);
        t.check(stream());
        t.check(whole());
        t.check(stream(1));
    }
}

TEST_CASE("a column of which many values are long is bound wider and gives the same values") {
    for (const server s : all_servers) {
        constexpr std::size_t rows = 300;
        long_table t(s, "result_long_wider", rows);
        for (std::size_t id = 0; id < rows; ++id) t.set(id, 1, 100 + id * 7);
        for (const std::size_t batch_rows : {10U, 100U, 1'024U}) t.check(stream(batch_rows));
        t.check(whole());
    }
}
