// A statement that stays prepared keeps the memory for its first rows, bound: each execution gives its own rows
// nevertheless, however many they are and however they are read, and what a reader keeps is never written again.
#include "results.hpp"

using namespace results;

namespace {

constexpr int rows_in_all = 60;

// A table of many types, every third row NULL, and a value of each fifth longer than what is bound for it.
void fill(server s, sluice::odbc::connection& on) {
    make_table(s, on, "kept_rows",
               s == server::postgresql ? "k int, b boolean, d numeric(10, 2), v text, t timestamp"
               : s == server::mariadb  ? "k int, b bit(1), d decimal(10, 2), v varchar(2000), t datetime(6)"
                                       : "k int, b boolean, d decimal(10, 2), v text, t timestamp");
    for (int k = 1; k <= rows_in_all; ++k) {
        const std::string n = std::to_string(k);
        const std::string truth = s == server::postgresql ? (k % 2 ? "true" : "false") : std::to_string(k % 2);
        const std::string text(k % 5 ? static_cast<std::size_t>(k) : 1'500, static_cast<char>('a' + k % 26));
        run(on,
            "insert into kept_rows values (" + n + ", " +
                (k % 3 ? truth + ", " + n + ".25, '" + text + "', '2026-11-28 10:11:12'" : "null, null, null, null") +
                ")");
    }
}

const std::string below = "select b, d, v, t, k from kept_rows where k <= ? and k > ? order by k";

struct kept_world {
    explicit kept_world(server s) : on(connect(s, "kept_rows")) { fill(s, on); }

    [[nodiscard]] table read(const std::string& sql, int first, int last, const cursor_options& how = whole()) {
        auto done = start(on, sql, how, sluice::args(last, first - 1));
        auto found = read_all(done.rows);
        if (auto closed = done.rows.close(); !closed) FAIL(closed.error().to_string());
        return found;
    }
    // As nobody has executed it before.
    [[nodiscard]] table read_anew(int first, int last) {
        return read(below + " -- " + std::to_string(++texts), first, last);
    }
    void check(int first, int last, const cursor_options& how = whole()) {
        const auto want = read_anew(first, last);
        const auto got = read(below, first, last, how);
        if (got.failure) FAIL(got.failure->to_string());
        CHECK(got.rows.size() == static_cast<std::size_t>(std::max(0, last - first + 1)));
        CHECK(got.rows == want.rows);
    }

    sluice::odbc::connection on;
    int texts = 0;
};

constexpr server each_server[] = {server::postgresql, server::mariadb, server::sqlite};

}  // namespace

TEST_CASE("each execution of a statement that stays prepared gives its own rows") {
    for (const server s : each_server) {
        INFO(name_of(s));
        kept_world w(s);
        // None, some, a block of 16 but one, full, and one more; and several blocks.
        for (const int last : {1, 0, 4, 15, 16, 17, 60, 1, 16, 0, 0, 3, 33, 2}) w.check(1, last);
        for (int k = 1; k <= rows_in_all; ++k) w.check(k, k);
    }
}

TEST_CASE("a statement that stays prepared is read whole and as a stream in turn") {
    for (const server s : each_server) {
        INFO(name_of(s));
        kept_world w(s);
        cursor_options small = whole();
        small.batch_rows = 3;
        for (int n = 0; n < 3; ++n) {
            w.check(1, 7);
            w.check(2, 40, stream(5));
            w.check(3, 3);
            w.check(3, 9, small);
            w.check(4, 60, stream());
        }
    }
}

TEST_CASE("what is kept of an execution is not written by the next") {
    for (const server s : each_server) {
        INFO(name_of(s));
        kept_world w(s);
        heap_source source;
        w.check(1, 4);
        auto first = start(w.on, below, whole(), sluice::args(2, 0));
        auto held = first.rows.fetch(source);
        if (!held || !*held) FAIL("no rows");
        REQUIRE(first.rows.close().has_value());
        const sluice::batch mine(*held);
        REQUIRE(mine.rows() >= 1);
        REQUIRE(mine.columns().size() == 5);
        const auto before = text_of(mine, 0, 2);
        CHECK(before == w.read_anew(1, 1).rows[0][2]);
        for (int k = 7; k < 12; ++k) w.check(k, k);
        CHECK(text_of(mine, 0, 2) == before);
        CHECK(text_of(mine, 0, 4) == "1");
    }
}

TEST_CASE("an execution that is given up in its rows or fails leaves the next one right") {
    for (const server s : each_server) {
        INFO(name_of(s));
        kept_world w(s);
        heap_source source;
        for (int n = 0; n < 3; ++n) {
            w.check(1, 4);
            {
                auto dropped = start(w.on, below, whole(), sluice::args(40, 0));
                CHECK(dropped.rows.fetch(source).has_value());
            }
            w.check(5, 9);
            { auto unread = start(w.on, below, whole(), sluice::args(40, 0)); }
            w.check(4, 4);
            auto closed = start(w.on, below, whole(), sluice::args(40, 0));
            CHECK(closed.rows.close().has_value());
            w.check(1, 20);
        }
    }
}

TEST_CASE("parameters of fixed types and texts in turn are sent as they are") {
    for (const server s : each_server) {
        INFO(name_of(s));
        kept_world w(s);
        const std::string where = "select k from kept_rows where k = ? and (v = ? or v is null)";
        const auto find = [&](const std::string& sql, const sluice::args& with) {
            auto done = start(w.on, sql, whole(), with);
            const auto found = read_all(done.rows);
            REQUIRE(done.rows.close().has_value());
            return found.rows.size();
        };
        using sluice::args;
        for (int n = 0; n < 3; ++n) {
            CHECK(find(where, args(1, "b")) == 1);
            CHECK(find(where, args(2, "cc")) == 1);
            CHECK(find(where, args(2, std::string(300, 'c'))) == 0);
            CHECK(find(where, args(3, "")) == 1);
            CHECK(find(where, args(std::optional<int>(), "b")) == 0);
            CHECK(find(where, args(1, "b")) == 1);
        }
        const std::string fixed = "select k from kept_rows where k = ? or k = ?";
        for (int n = 1; n < 20; ++n) {
            const auto other = n % 4 ? std::optional<int>(n + 1) : std::nullopt;
            CHECK(find(fixed, args(n, other)) == (n % 4 ? 2 : 1));
        }
    }
}
