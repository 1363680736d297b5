// What a caller can do wrong: each is a typed error that says what to do, without a secret, and the session goes on.
#include "here.hpp"

#include <sluice/protocol/record.hpp>

using namespace sluice;
using namespace sluice::testing;

namespace {

// Of the password that the servers of the tests have, in any spelling.
void check_no_secret(const error& e) {
    CHECK_THAT(e.to_string(), !Catch::Contains("p@ss"));
    for (const auto& each : e.diagnostics()) CHECK_THAT(each.message, !Catch::Contains("p@ss"));
}

void check_error(const error& e, errc code, outcome effect = outcome::none) {
    INFO(e.to_string());
    CHECK(e.code() == code);
    CHECK(e.outcome() == effect);
    CHECK(e.message().size() > 10);
    check_no_secret(e);
}

// As check_error, and a query after it succeeds.
void check_refused(session& on, const error& e, errc code, outcome effect = outcome::none) {
    check_error(e, code, effect);
    CHECK(e.session() == session_state::usable);
    CHECK(answer(on.query("select 1")).size() == 1);
}

std::string changed(std::string_view key, std::string_view value) {
    auto made = connection_string::parse(connection_text(here::the, "bad_input")).value();
    return made.set(key, value).str();
}

}  // namespace

TEST_CASE("a connection string that is malformed is refused at once with everything that is wrong") {
    engine engine;
    for (const char* text : {"", "  ", "Driver", "=x", "Driver={SQLite3", "Driver=a;P{W=b", "Driver={a}b"}) {
        INFO(text);
        check_error(error_of(engine.connect(text)), errc::invalid_argument);
        const auto opened = engine.try_open(text);
        REQUIRE_FALSE(opened.has_value());
        check_error(opened.error(), errc::invalid_argument);
        CHECK_THROWS_AS(engine.open(text), database_error);
    }
    const error two = error_of(engine.connect("Driver={a}b;p@ss", connect_options().mailbox_slots(0)));
    check_error(two, errc::invalid_argument);
    CHECK_THAT(two.message(), Catch::Contains("mailbox_slots"));
}

TEST_CASE("an unknown driver or data source is refused with what to do") {
    engine engine;
    const error driver = error_of(engine.connect(changed("Driver", "No Such Driver")));
    check_error(driver, errc::invalid_argument);
    CHECK_THAT(driver.to_string(), Catch::Contains("No Such Driver"));
    check_error(error_of(engine.connect("DSN=no-such-source;PWD=p@ss")), errc::invalid_argument);
    check_error(error_of(engine.connect("PWD=p@ss")), errc::invalid_argument);
    auto db = engine.open(changed("Driver", "No Such Driver"));  // connects when it is needed
    check_error(error_of(db.query("select 1")), errc::invalid_argument);
    check_error(error_of(db.acquire()), errc::invalid_argument);
}

TEST_CASE("a server that is not there is unreachable") {
    engine engine;
    const std::string text = here::is_sqlite ? changed("Database", "/no/such/folder/file.db") : changed("Port", "1");
    const error e = error_of(engine.connect(text));
    check_error(e, errc::unreachable);
    CHECK(e.session() == session_state::none);
    CHECK_FALSE(e.diagnostics().empty());
    auto db = engine.open(text);
    check_error(error_of(db.query("select 1")), errc::unreachable);
    check_error(error_of(db.stream("select 1")), errc::unreachable);
}

TEST_CASE("a wrong password or user is told as such and never shown") {
    if (here::is_sqlite) return;  // it has neither
    engine engine;
    const error password = error_of(engine.connect(changed("PWD", "p@ss-wrong")));
    check_error(password, errc::credentials);
    CHECK(password.session() == session_state::none);
    check_error(error_of(engine.connect(changed("UID", "nobody"))), errc::credentials);
    auto db = engine.open(changed("PWD", "p@ss-wrong"));
    check_error(error_of(db.query("select 1")), errc::credentials);
}

TEST_CASE("a statement that is none is refused and the session goes on") {
    engine engine;
    auto session = here::connect(engine, "bad_input");
    for (const char* sql : {"selekt 1", "select from where", "select * from no_such_table_anywhere", "select ("})
        check_refused(session, error_of(session.query(sql)), errc::syntax);
    for (const char* sql : {"", " ", " \n\t "}) {
        INFO("'" << sql << "'");
        check_refused(session, error_of(session.query(sql)), errc::invalid_argument);
        check_refused(session, error_of(session.stream(sql)), errc::invalid_argument);
    }
    using namespace std::string_literals;
    const error nul = error_of(session.query("select 1\0, 2"s));
    check_refused(session, nul, errc::invalid_argument);
    CHECK_THAT(nul.message(), Catch::Contains("NUL"));
    check_refused(session, error_of(session.query("select '\xff\xfe'")), errc::invalid_argument);
    check_refused(session, error_of(session.query(std::string((16U << 20U) + 1, ' ') + "select 1")), errc::too_large);
}

TEST_CASE("parameters that are too few or too many are refused with both numbers") {
    engine engine;
    auto session = here::connect(engine, "bad_input");
    const std::string two = here::pick("select ?::int, ?::int", "select ?, ?", "select ?, ?");
    for (const auto& with : {args(), args(1), args(1, 2, 3)}) {
        const error e = error_of(session.query(two, with));
        check_refused(session, e, errc::invalid_argument);
        CHECK_THAT(e.message(), Catch::Contains("2") && Catch::Contains(std::to_string(with.size())));
        check_refused(session, error_of(session.stream(two, with)), errc::invalid_argument);
    }
    check_refused(session, error_of(session.query("select 1", args(1))), errc::invalid_argument);
    CHECK(answer(session.query(two, args(1, 2))).size() == 1);

    const error many =
        error_of(session.query("select 1", args::from(std::vector<value>(32'768, value(std::int64_t{1})))));
    check_refused(session, many, errc::too_large);
    CHECK_THAT(many.message(), Catch::Contains(here::is_postgresql ? "7498" : "32767"));
}

TEST_CASE("columns that do not fit the fields are refused before the first row") {
    engine engine;
    auto session = here::connect(engine, "bad_input");
    answer(session.query("drop table if exists bad_fields"));
    answer(session.query("create table bad_fields (i integer, t varchar(20))"));
    answer(session.query("insert into bad_fields values (1, 'one')"));
    answer(session.query("insert into bad_fields values (null, null)"));
    // The statement has been executed, and that is what it says.
    check_refused(session, error_of(session.query_as<std::tuple<date>>("select i from bad_fields")),
                  errc::type_mismatch, outcome::applied);
    check_refused(session, error_of(session.query_as<std::tuple<int, int, int>>("select i, i from bad_fields")),
                  errc::type_mismatch, outcome::applied);
    const error null = error_of(session.query_as<std::tuple<int>>("select i from bad_fields order by t desc"));
    CHECK(null.code() == errc::type_mismatch);
    CHECK(null.column() == 0);
    CHECK(null.row() >= 0);
    CHECK_THAT(null.message(), Catch::Contains("NULL"));
    CHECK(answer(session.query_as<std::tuple<std::optional<int>>>("select i from bad_fields")).size() == 2);
    answer(session.query("drop table bad_fields"));
}

TEST_CASE("a value that its column cannot hold is refused and the session goes on") {
    engine engine;
    auto session = here::connect(engine, "bad_values");
    answer(session.query("drop table if exists bad_values"));
    answer(session.query("create table bad_values (i integer not null unique, d date)"));
    CHECK(answer(session.query("insert into bad_values values (?, ?)", args(1, date{2024, 2, 29}))).affected_rows() ==
          1);
    check_refused(session, error_of(session.query("insert into bad_values values (?, ?)", args(1, null_of<date>()))),
                  errc::constraint);
    check_refused(
        session, error_of(session.query("insert into bad_values values (?, ?)", args(null_of<int>(), null_of<date>()))),
        errc::constraint);
    check_refused(session, error_of(session.query("insert into bad_values values (?, ?)", args(2, date{2023, 2, 29}))),
                  errc::data);
    if (!here::is_sqlite) {  // it takes anything
        check_refused(session,
                      error_of(session.query("insert into bad_values values (?, ?)", args("two", null_of<date>()))),
                      errc::data);
    }
    CHECK(answer(session.query("select i from bad_values")).size() == 1);
    answer(session.query("drop table bad_values"));
}

TEST_CASE("options out of range are refused all at once before anything is started") {
    const auto problems = [](auto make) {
        try {
            make();
        } catch (const database_error& e) {
            CHECK(e.code() == errc::invalid_argument);
            return e.error().message();
        }
        FAIL("it was accepted");
        return std::string();
    };
    using Catch::Contains;
    CHECK_THAT(problems([] { engine bad(engine_options().sessions_max(0).shutdown_grace(std::chrono::hours(1))); }),
               Contains("sessions_max") && Contains("shutdown_grace"));
    engine engine;
    const std::string text = connection_text(here::the, "bad_input");
    CHECK_THAT(problems([&] {
                   (void)engine.open(text,
                                     pool_options().waiters_max(1'000'000).connect(connect_options().mailbox_slots(0)));
               }),
               Contains("waiters_max") && Contains("mailbox_slots"));
    auto session = here::connect(engine, "bad_input");
    const error query =
        error_of(session.query("select 1", request_options().result_bytes_max(0).timeout(std::chrono::seconds(-1))));
    check_error(query, errc::invalid_argument);
    CHECK_THAT(query.message(), Contains("result_bytes_max") && Contains("timeout"));
    const error stream =
        error_of(session.stream("select 1", stream_options().batch_rows(0).batch_bytes(0).prefetch(9)));
    check_error(stream, errc::invalid_argument);
    CHECK(answer(session.query("select 1")).size() == 1);
    CHECK_THAT(stream.message(), Contains("batch_rows") && Contains("batch_bytes") && Contains("prefetch"));
}
