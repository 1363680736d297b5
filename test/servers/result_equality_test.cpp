// A property: whatever the size of the batches and the way of reading, a result is the same rows in the same order.
//
// The rows come from a seeded generator, so that what is read is compared with what was written.
#include "results.hpp"

#include <random>
#include <sstream>

using namespace results;

namespace {

constexpr std::size_t columns = 8;

struct generated {
    std::vector<std::string> literals;  // one row each: (1, 'a', ...)
    std::vector<row> rows;
};

class generator {
public:
    generator(server s, unsigned seed, std::size_t longest) : server_(s), longest_(longest), random_(seed) {}

    generated make(std::size_t rows) {
        generated made;
        for (std::size_t i = 0; i < rows; ++i) {
            literal_.str("");
            made.rows.emplace_back();
            into_ = &made.rows.back();
            number(static_cast<std::int64_t>(i));
            number(wide_(random_));
            text();
            text();
            binary();
            real();
            quoted(std::string("2020-02-2").append(std::to_string(i % 10)));
            quoted(std::string("1999-12-31 23:59:5")
                       .append(std::to_string(i % 10))
                       .append(".12345")
                       .append(std::to_string(1 + i % 9)));
            made.literals.push_back(std::string("(").append(literal_.str()).append(")"));
        }
        return made;
    }

private:
    std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }

    // True: the cell is NULL, and done.
    bool null(bool possible = true) {
        literal_ << (into_->empty() ? "" : ", ");
        if (!possible || below(6) != 0) return false;
        literal_ << "null";
        into_->emplace_back();
        return true;
    }
    void number(std::int64_t value) {
        if (null(!into_->empty())) return;
        literal_ << value;
        into_->emplace_back(std::to_string(value));
    }
    void real() {
        if (null()) return;
        const double value = static_cast<double>(below(100'000)) / 8;
        std::ostringstream out;
        out.precision(17);
        out << value;
        literal_ << out.str();
        into_->emplace_back(out.str());
    }
    void quoted(const std::string& value) {
        if (null()) return;
        literal_ << '\'' << value << '\'';
        into_->emplace_back(value);
    }
    // Lengths cluster where a cell stops to fit.
    std::size_t length() {
        constexpr std::size_t edges[] = {0, 1, 63, 64, 65, 255, 256, 257, 1'000, 4'095, 4'096, 4'097, 9'000};
        const std::size_t wanted = below(3) == 0 ? edges[below(std::size(edges))] : below(40);
        return std::min(wanted, longest_);
    }
    void text() {
        if (null()) return;
        std::string value(length(), '?');
        for (char& c : value) c = static_cast<char>('a' + below(26));
        if (value.size() >= 4 && below(3) == 0) value.replace(below(value.size() - 3), 4, "\xF0\x9F\x98\x80");
        literal_ << '\'' << value << '\'';
        into_->emplace_back(value);
    }
    void binary() {
        if (null()) return;
        static constexpr char digits[] = "0123456789abcdef";
        std::string value(length(), '?');
        std::string hex;
        for (char& c : value) {
            const auto byte = static_cast<unsigned char>(below(256));
            c = static_cast<char>(byte);
            hex += {digits[byte / 16], digits[byte % 16]};
        }
        if (server_ == server::postgresql)
            literal_ << "'\\x" << hex << "'";
        else
            literal_ << "x'" << hex << "'";
        into_->emplace_back(value);
    }

    server server_;
    std::size_t longest_;
    std::mt19937 random_;
    std::uniform_int_distribution<std::int64_t> wide_;
    std::ostringstream literal_;
    row* into_ = nullptr;
};

void fill(server s, sluice::odbc::connection& on, const std::string& columns_sql, const generated& from) {
    make_table(s, on, "generated", columns_sql);
    for (std::size_t i = 0; i < from.literals.size();) {
        std::string sql = "insert into generated values ";
        const char* comma = "";
        for (; i < from.literals.size() && sql.size() < 500'000; ++i, comma = ", ") sql += comma + from.literals[i];
        run(on, sql);
    }
}

void check_equal(const table& got, const generated& wanted, const std::string& what) {
    INFO(what);
    if (got.failure) FAIL(got.failure->to_string());
    REQUIRE(got.rows.size() == wanted.rows.size());
    for (std::size_t r = 0; r < wanted.rows.size(); ++r) {
        if (got.rows[r] == wanted.rows[r]) continue;
        for (std::size_t c = 0; c < columns; ++c) {
            INFO("row " << r << " column " << c);
            CHECK(got.rows[r][c] == wanted.rows[r][c]);
        }
        return;
    }
}

void check_server(server s, const std::string& columns_sql, std::size_t longest) {
    for (unsigned seed = 1; seed <= 3; ++seed) {
        auto on = connect(s, "result_equality");
        const std::size_t rows = seed == 1 ? 17 : seed == 2 ? 333 : 1'500;
        const generated wanted = generator(s, seed, longest).make(rows);
        fill(s, on, columns_sql, wanted);
        const std::string sql = "select * from generated order by 1";
        check_equal(query(on, sql, whole()), wanted, "whole");
        for (const std::size_t batch_rows : {1U, 2U, 7U, 16U, 64U, 100U, 1'000U, 1'024U, 5'000U}) {
            for (const std::size_t batch_bytes : {1U, 5'000U, 100'000U, 1'000'000U}) {
                std::ostringstream what;
                what << name_of(s) << " seed " << seed << " batch_rows " << batch_rows << " batch_bytes "
                     << batch_bytes;
                const table got = query(on, sql, stream(batch_rows, batch_bytes));
                check_equal(got, wanted, what.str());
                for (const std::size_t size : got.batches) {
                    CHECK(size >= 1);
                    CHECK(size <= batch_rows);
                }
            }
        }
    }
}

}  // namespace

TEST_CASE("postgresql: a result is the same in batches of any size") {
    check_server(server::postgresql,
                 "id int, i bigint, t text, v varchar(10000), x bytea, d float8, da date, ts timestamp(6)", 9'000);
}

TEST_CASE("mariadb: a result is the same in batches of any size in blocks") {
    check_server(
        server::mariadb,
        "id int, i bigint, t varchar(1000), v varchar(1000), x varbinary(1000), d double, da date, ts datetime(6)",
        1'000);
}

TEST_CASE("mariadb: a result is the same in batches of any size row by row") {
    check_server(server::mariadb,
                 "id int, i bigint, t longtext, v varchar(1000), x longblob, d double, da date, ts datetime(6)", 1'000);
    check_server(server::mariadb, "id int, i bigint, t longtext, v text, x longblob, d double, da date, ts datetime(6)",
                 9'000);
}

TEST_CASE("sqlite: a result is the same in batches of any size") {
    check_server(server::sqlite, "id integer, i bigint, t text, v varchar(10), x blob, d double, da date, ts timestamp",
                 9'000);
}
