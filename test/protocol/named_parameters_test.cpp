#include <sluice/protocol/limits.hpp>
#include <sluice/protocol/named_parameters.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::protocol {

namespace {

// The statement with ? for :a and :b, which have to be in there.
std::string flat(std::string_view sql, const sql_dialect& dialect = standard_dialect) {
    const auto made = to_positional(sql, named_args("a", 1), dialect);
    return made ? made->sql : "error: " + made.error().message();
}

// Nothing of it is a parameter.
void check_opaque(const std::string& text, const sql_dialect& dialect) {
    INFO(text);
    CHECK(flat(text + " :a", dialect) == text + " ?");
}

std::vector<std::int64_t> numbers(const args& from) {
    std::vector<std::int64_t> made;
    for (const auto& v : from.values()) made.push_back(std::get<std::int64_t>(v));
    return made;
}

const std::vector<const sql_dialect*> dialects = {&standard_dialect, &postgresql_dialect, &mariadb_dialect,
                                                  &sqlite_dialect, &sql_server_dialect};

}  // namespace

TEST_CASE("named parameters keep their direction where they stand") {
    const auto made = to_positional("call p(:b, :a, :c)", sluice::named_args("a", out<int>(), "b", 2, "c", in_out(3)),
                                    standard_dialect);
    REQUIRE(made.has_value());
    CHECK(made->sql == "call p(?, ?, ?)");
    CHECK(made->parameters == args(2, out<int>(), in_out(3)));
    const auto twice = to_positional("call p(:a, :a)", sluice::named_args("a", in_out(1)), standard_dialect);
    REQUIRE_FALSE(twice.has_value());
    CHECK(twice.error().code() == errc::invalid_argument);
    CHECK_THAT(twice.error().message(), Catch::Contains(":a brings a value back"));
}

TEST_CASE("named parameters become those of ODBC in the order of the text") {
    const auto made = to_positional("select :b, :a, :b where x=:a and y in (:c,:b)", named_args("a", 1, "b", 2, "c", 3),
                                    standard_dialect);
    REQUIRE(made.has_value());
    CHECK(made->sql == "select ?, ?, ? where x=? and y in (?,?)");
    CHECK(numbers(made->parameters) == std::vector<std::int64_t>{2, 1, 2, 1, 3, 2});
    CHECK_FALSE(made->parameters.is_named());
    const auto odd = to_positional(":_x1:n\xc3\xa4me", named_args("_x1", 1), standard_dialect);
    REQUIRE(odd.has_value());
    CHECK(odd->sql == "?:n\xc3\xa4me");  // right behind a word: a path
    CHECK(to_positional(":n\xc3\xa4me", named_args("n\xc3\xa4me", 1), standard_dialect)->sql == "?");
    CHECK(to_positional("select 1", named_args(), standard_dialect)->sql == "select 1");
}

TEST_CASE("named parameters are values of every type") {
    const std::string name = "from_a_string";
    const args with = named_args(name, "text", "n", null_of<int>(), "o", std::optional<double>(), "d", 2.5);
    CHECK(with.is_named());
    CHECK(with.size() == 4);
    CHECK(with.names()[0] == name);
    CHECK(std::holds_alternative<std::string>(with[0]));
    CHECK(std::holds_alternative<null_value>(with[2]));
    CHECK_FALSE(args(1).is_named());
    CHECK(named_args("a", 1) != args(1));
    CHECK(args::from({"a"}, {value(std::int64_t{1})}) == named_args("a", 1));
}

TEST_CASE("named parameters are not looked for in strings and comments and quoted names") {
    for (const auto* d : dialects) {
        for (const char* text :
             {"':a'",           "'it''s :a'", "\":a\"", "\"x\"\":a\"", "-- :a\n", "/* :a ' \" */", "'-- ' ':a'",
              "'/*' ':a' '*/'", "x::a",       "x :: a", "12:30",       "a[1:2]",  "a[lo:hi]",      "f(x):a",
              "(x)[1]:a",       ":= :1 : :",  "@@x",    "@x := 1",     "''",      "'?'",           "/* ? */",
              "-- ?\n",         "' -- '",     "\"?\""})
            check_opaque(text, *d);
    }
    CHECK(flat("/* never closed :b", standard_dialect) == "error: the statement has no :a");
    CHECK(flat(":a 'never closed :b") == "? 'never closed :b");
    CHECK(flat(":a --\n:a") == "? --\n?");
    CHECK(flat("x::text=:a") == "x::text=?");
    CHECK(flat(":a::int") == "?::int");
    CHECK(flat("a[:a]") == "a[?]");
}

TEST_CASE("named parameters know what each DBMS means by a text") {
    const auto& pg = postgresql_dialect;
    check_opaque("/* /* */ :a */", pg);
    CHECK(flat("/* /* */ :a */", standard_dialect) == "/* /* */ ? */");
    check_opaque("$$ :a ' $x$ $$", pg);
    check_opaque("$tag$ :a $$ $tagg$ $tag$", pg);
    check_opaque("E'\\':a'", pg);
    check_opaque("e'\\\\' ':a'", pg);
    check_opaque("'\\' ':a'", pg);                   // no escape without E
    CHECK(flat("some'\\' :a", pg) == "some'\\' ?");  // the e is the end of a word
    check_opaque("a$$b", pg);                        // a name with dollars in it
    CHECK(flat("a$b$ :a $b$", pg) == "a$b$ ? $b$");
    CHECK(flat("$1 :a", pg) == "$1 ?");
    CHECK(flat("$ :a $", pg) == "$ ? $");
    CHECK(flat("arr[1:2] && :a", pg) == "arr[1:2] && ?");

    const auto& maria = mariadb_dialect;
    check_opaque("'\\':a'", maria);
    check_opaque("\"\\\":a\"", maria);
    check_opaque("`\\` `:a`", maria);
    check_opaque("`a``:a`", maria);
    check_opaque("# :a ' \n", maria);
    CHECK(flat("1--1 :a", maria) == "1--1 ?");
    check_opaque("--\t:a\n", maria);
    CHECK(flat("1--1 :a", pg) == "error: the statement has no :a");
    CHECK(flat("# :a", pg) == "# ?");  // an operator there
    CHECK(flat("$$ :a $$", maria) == "$$ ? $$");

    check_opaque("[:a]", sqlite_dialect);
    check_opaque("`:a`", sqlite_dialect);
    check_opaque("[a]]:a]", sql_server_dialect);
    CHECK(flat("x[ :a ]", pg) == "x[ ? ]");

    CHECK(&dialect_of("PostgreSQL") == &postgresql_dialect);
    CHECK(&dialect_of("MySQL") == &mariadb_dialect);
    CHECK(&dialect_of("Microsoft SQL Server") == &sql_server_dialect);
    CHECK(&dialect_of("SQLite") == &sqlite_dialect);
    CHECK(&dialect_of("Oracle") == &standard_dialect);
}

TEST_CASE("named parameters that are wrong are told by their names") {
    const auto said = [](std::string_view sql, const args& with) {
        const auto made = to_positional(sql, with, postgresql_dialect);
        if (made) return std::string("fine");
        CHECK(made.error().code() == errc::invalid_argument);
        CHECK(made.error().outcome() == outcome::none);
        CHECK(made.error().session() == session_state::usable);
        return made.error().message();
    };
    CHECK(said("select :a, :b, :b", named_args("a", 1)) == "no value was passed for :b");
    CHECK(said("select :a", named_args("a", 1, "A", 2)) == "the statement has no :A");
    CHECK_THAT(said("select :x", named_args("y", 1, "z", 2)),
               Catch::Contains(":x") && Catch::Contains(":y") && Catch::Contains(":z"));
    CHECK_THAT(said("select :a", named_args("a", 1, "a", 2)), Catch::Contains("two values"));
    for (const char* name : {"", "1", "a b", ":a", "a-b"})
        CHECK_THAT(said("select :a", named_args("a", 1, name, 2)), Catch::Contains("no name"));
    CHECK_THAT(said("select :a, ?", named_args("a", 1)), Catch::Contains("jsonb_exists"));
    CHECK_THAT(said("select 1", args::from({"a", "b"}, {value(std::int64_t{1})})), Catch::Contains("2 names"));
    std::string many;
    for (int i = 0; i < 1'000; ++i) many += " :n" + std::to_string(i);
    CHECK(said(many, named_args()).size() < 1'000);
    CHECK_THAT(said(many, named_args()), Catch::Contains("980 more"));
    CHECK(said("select :" + std::string(10'000, 'n'), named_args()).size() < 200);
}

TEST_CASE("named parameters are bounded however often they stand there") {
    std::string often;
    for (std::size_t i = 0; i <= limits::parameters_max; ++i) often += ":a ";
    CHECK(to_positional(often, named_args("a", 1), standard_dialect).error().code() == errc::too_large);
    std::string large;
    for (int i = 0; i < 300; ++i) large += ":a ";
    const auto made = to_positional(large, named_args("a", std::string(1U << 20U, 'x')), standard_dialect);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code() == errc::too_large);
}

// Statements put together of pieces of which each is known to be a parameter or not.
TEST_CASE("named parameters are found in statements of any pieces") {
    struct piece {
        std::string text;
        int parameter;  // 0: none, 1 to 3: which
    };
    const auto seed = std::random_device()();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto pick = [&](std::size_t below) {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
    };
    // What may stand in a string or a comment: nothing in there ends one or escapes.
    const auto inside = [&] {
        static constexpr std::string_view letters = "abc :a:b ?-#$/[]@!%";
        std::string made;
        for (std::size_t n = pick(12); n > 0; --n) made += letters[pick(letters.size())];
        for (const char* end : {"/", "$"})  // no comment begins or ends, and no quote of dollars
            for (auto at = made.find(end); at != std::string::npos; at = made.find(end)) made[at] = '.';
        return made;
    };
    for (int round = 0; round < 4'000; ++round) {
        const sql_dialect& d = *dialects[pick(dialects.size())];
        std::string sql, expected;
        std::vector<std::int64_t> order;
        const std::size_t count = pick(20);
        for (std::size_t i = 0; i < count + 3; ++i) {
            piece next{"x", 0};
            const std::size_t what = i < 3 ? 100 + i : pick(14);
            if (what >= 100)
                next = {what == 100 ? ":a" : what == 101 ? ":b" : ":long_name9", static_cast<int>(what) - 99};
            else if (what == 0)
                next.text = "'" + inside() + "'";
            else if (what == 1)
                next.text = "'" + inside() + "''" + inside() + "'";
            else if (what == 2)
                next.text = "\"" + inside() + "\"";
            else if (what == 3)
                next.text = "-- " + inside() + "'\n";
            else if (what == 4)
                next.text = "/*" + inside() + "'*/";
            else if (what == 5)
                next.text = "x::b";
            else if (what == 6)
                next.text = "a[1:2]";
            else if (what == 7)
                next = {":b", 2};
            else if (what == 8)
                next = {":long_name9", 3};
            else if (what == 9 && d.nested_comments)
                next.text = "/*/*" + inside() + "*/" + inside() + "*/";
            else if (what == 10 && d.dollar_quotes)
                next.text = "$q$" + inside() + "'$$$q$";
            else if (what == 11 && d.backslash_escapes)
                next.text = "'" + inside() + "\\'" + inside() + "'";
            else if (what == 12 && d.bracket_quotes)
                next.text = "[" + std::string(":a '\"") + "]";
            else if (what == 13 && d.hash_comments)
                next.text = "#" + inside() + "'\n";
            sql += " " + next.text;
            expected += " " + (next.parameter == 0 ? next.text : "?");
            if (next.parameter != 0) order.push_back(next.parameter);
        }
        const auto made = to_positional(sql, named_args("a", 1, "b", 2, "long_name9", 3), d);
        INFO(sql);
        REQUIRE(made.has_value());
        REQUIRE(made->sql == expected);
        REQUIRE(numbers(made->parameters) == order);
    }
}

// Whatever the bytes are: it ends, and what is no parameter is as it was.
TEST_CASE("named parameters in any bytes end") {
    const auto seed = std::random_device()();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    static constexpr std::string_view letters = "ab:?'\"`[]$-#/*\\\n eE_1\xc3\xa4";
    for (int round = 0; round < 20'000; ++round) {
        std::string sql;
        for (int n = std::uniform_int_distribution<int>(0, 40)(random); n > 0; --n)
            sql += letters[std::uniform_int_distribution<std::size_t>(0, letters.size() - 1)(random)];
        for (const auto* d : dialects) {
            const auto made = to_positional(sql, named_args(), *d);
            if (made) REQUIRE(made->sql == sql);
        }
    }
}

}  // namespace sluice::protocol
