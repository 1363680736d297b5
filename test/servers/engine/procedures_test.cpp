// Procedures whose parameters bring values back, on the drivers that have them; an honest no on the one that has not.
#include "here.hpp"

#include <sluice/runtime/transaction.hpp>

#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;

namespace {

// A procedure of this test alone: a in, b in and out, c out, and whatever `types` adds.
struct procedure {
    explicit procedure(const std::string& of, const std::string& types = "", const std::string& more = "")
        : on(here::connect(engine, "procedures")), name("proc_" + of + std::to_string(::getpid())) {
        drop();
        if (here::is_postgresql)
            run("create procedure " + name + "(a bigint, inout b bigint, out c text" + types +
                ") language plpgsql as $$ begin b := a + b; c := repeat('said ', a::int); " + more + " end $$");
        if (here::is_mariadb)
            run("create procedure " + name + "(in a bigint, inout b bigint, out c longtext" + types +
                ") begin set b = a + b; set c = repeat('said ', a); " + more + " end");
    }
    ~procedure() { drop(); }
    void drop() {
        if (!here::is_sqlite) run("drop procedure if exists " + name);
    }
    void run(const std::string& sql) { (void)answer(on.query(sql)); }
    [[nodiscard]] std::string call(const std::string& list = "?, ?, ?") const {
        return "call " + name + "(" + list + ")";
    }

    sluice::engine engine;
    session on;
    std::string name;
};

void check_outputs(const row_set& rows, std::int64_t a, std::int64_t b) {
    REQUIRE(rows.outputs());
    CHECK(rows.outputs()->size() == 2);
    CHECK(rows.outputs()->get<std::int64_t>(0) == a + b);
    CHECK(rows.outputs()->get<std::int64_t>("b") == a + b);
    CHECK(rows.outputs()->get<std::string>("c").size() == static_cast<std::size_t>(a) * 5);
    CHECK(rows.empty());
    CHECK(rows.columns().size() == 0);
}

args one_call(std::int64_t a, std::int64_t b) {
    return args(a, in_out(b), out<std::string>());
}

}  // namespace

TEST_CASE("procedures: parameters bring values back") {
    procedure p("values");
    if (here::is_sqlite) {
        const auto refused = error_of(p.on.query("select ?", args(in_out(1))));
        CHECK(refused.code() == errc::unsupported);
        CHECK(refused.outcome() == outcome::none);
        CHECK(refused.message().find("sqlite") != std::string::npos);
        CHECK(error_of(p.on.query_all("select :a", named_args("a", out<int>()))).code() == errc::unsupported);
        CHECK(answer(p.on.query("select ?", args(1)))[0].get<int>(0) == 1);
        CHECK_FALSE(answer(p.on.query("select 1")).outputs());
        return;
    }
    check_outputs(answer(p.on.query(p.call(), one_call(5, 7))), 5, 7);
    check_outputs(answer(p.on.query(p.call(), one_call(20'000, -7))), 20'000, -7);  // longer than any buffer
    check_outputs(answer(p.on.query(p.call(":x, :y, :z"), named_args("z", out<std::string>(), "y", in_out(2), "x", 1))),
                  1, 2);
    const auto all = answer(p.on.query_all(p.call(), one_call(3, 4)));
    REQUIRE(all.size() == 1);
    check_outputs(all[0], 3, 4);

    auto prepared = answer(p.on.prepare(p.call()));
    for (std::int64_t n = 0; n < 3; ++n) check_outputs(answer(prepared.query(one_call(n, n))), n, n);
    auto inside = answer(p.on.begin());
    check_outputs(answer(inside.query(p.call(), one_call(1, 1))), 1, 1);
    answer(inside.commit());
    auto db = p.engine.open(connection_text(here::the, "procedures"));
    check_outputs(answer(db.query(p.call(), one_call(2, 1))), 2, 1);

    // Without a word of it they are a row like any other.
    const auto row = answer(p.on.query(p.call(), args(5, 7, null_of<std::string>())));
    CHECK_FALSE(row.outputs());
    REQUIRE(row.size() == 1);
    CHECK(row[0].get<std::int64_t>("b") == 12);
}

TEST_CASE("procedures: each type comes back as of a row and NULL as NULL") {
    if (here::is_sqlite) return;
    const std::string set = here::is_postgresql ? ":=" : "=";
    const std::string let = here::is_postgresql ? "" : "set ";
    procedure p(
        "types",
        here::is_postgresql
            ? ", out d numeric, out e timestamp, out f double precision, out g bytea, out h text, inout i bigint"
            : ", out d decimal(10,3), out e datetime(6), out f double, out g blob, out h varchar(9), inout i bigint",
        let + "d " + set + " 12.125; " + let + "e " + set + " '2024-02-29 12:30:15.25'; " + let + "f " + set +
            " 0.5; " + let + "g " + set + (here::is_postgresql ? " '\\x00ff'::bytea; " : " x'00ff'; ") + let + "h " +
            set + " null; " + let + "i " + set + " null; ");
    const auto rows = answer(p.on.query(p.call("?, ?, ?, ?, ?, ?, ?, ?, ?"),
                                        args(1, in_out(2), out<std::string>(), out<decimal>(), out<timestamp>(),
                                             out<double>(), out<bytes>(), out<std::string>(), in_out(7))));
    REQUIRE(rows.outputs());
    const auto& got = *rows.outputs();
    REQUIRE(got.size() == 8);
    CHECK(got.get<decimal>("d").str() == "12.125");
    CHECK(got.get<timestamp>("e") == timestamp{2024, 2, 29, 12, 30, 15, 250'000'000});
    CHECK(got.get<double>("f") == 0.5);
    CHECK(got.get<bytes>("g") == bytes{std::byte{0}, std::byte{255}});
    CHECK(got.is_null(6));  // where SQLBindParameter's buffer of MariaDB's driver says ''
    CHECK(got.get<std::optional<std::int64_t>>("i") == std::nullopt);
}

TEST_CASE("procedures: what has results too gives both") {
    if (!here::is_mariadb) return;
    procedure p("results", "", "select 'one', a; select 2, 3, 4;");
    auto all = answer(p.on.query_all(p.call(), one_call(5, 7)));
    REQUIRE(all.size() == 2);
    CHECK(all[0][0].get<std::string>(0) == "one");
    CHECK(all[1].columns().size() == 3);
    REQUIRE(all[0].outputs());
    CHECK(all[0].outputs()->get<std::int64_t>("b") == 12);
    CHECK_FALSE(all[1].outputs());
    const auto first = answer(p.on.query(p.call(), one_call(5, 7)));
    CHECK(first[0].get<std::string>(0) == "one");
    REQUIRE(first.outputs());
    CHECK(first.outputs()->get<std::int64_t>("b") == 12);
    REQUIRE(first.warnings().size() == 1);
    CHECK(first.warnings()[0].message.find("1 more") != std::string::npos);
}

TEST_CASE("procedures: what does not fit is told with what was done") {
    procedure p("wrong");
    const auto typed = [&] {
        return error_of(p.on.query_as<std::tuple<std::int64_t>>("select ?", args(in_out(1))));
    };
    CHECK(error_of(p.on.stream("select ?", args(in_out(1)))).code() == errc::invalid_argument);
    CHECK(typed().code() == errc::invalid_argument);
    CHECK(typed().outcome() == outcome::none);
    const auto twice = error_of(p.on.query("select :a, :a", named_args("a", in_out(1))));
    CHECK(twice.code() == errc::invalid_argument);
    CHECK(twice.message().find(":a") != std::string::npos);
    CHECK(answer(p.on.query("select 1"))[0].get<int>(0) == 1);
    if (here::is_sqlite) return;

    // Fewer than the procedure has; a statement that has none.
    auto wrong = error_of(p.on.query(p.call(), args(5, in_out(7), null_of<std::string>())));
    CHECK(wrong.code() == errc::type_mismatch);
    CHECK(wrong.outcome() == outcome::applied);
    CHECK(wrong.session() == session_state::usable);
    const std::string table = p.name + "_t";
    p.run("create table " + table + " (i bigint)");
    wrong = error_of(p.on.query("insert into " + table + " values (?)", args(in_out(7))));
    CHECK(wrong.code() == errc::type_mismatch);
    CHECK(wrong.outcome() == outcome::applied);
    CHECK(answer(p.on.query("select count(*) from " + table))[0].get<int>(0) == 1);
    p.run("drop table " + table);
    // The error of the procedure itself is its own.
    CHECK(error_of(p.on.query("call " + p.name + "_no(?)", args(out<int>()))).code() == errc::syntax);
    check_outputs(answer(p.on.query(p.call(), one_call(5, 7))), 5, 7);
}
