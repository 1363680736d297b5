// Calls that another thread interrupts: what comes back, how soon, and that the connection goes on.
#include "driver.hpp"
#include "interrupting_watch.hpp"

#include <atomic>
#include <chrono>
#include <random>
#include <thread>

using namespace driver;
using namespace sluice;
using sluice::testing::interrupting_watch;
using way = interrupting_watch::way;
using steady = std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds soon{10};  // on a loaded machine; what is interrupted runs for a minute

odbc::connection watched(const std::string& database, interrupting_watch& watch) {
    std::vector<diagnostic> warnings;
    auto made = odbc::connection::open(protocol::connect(results::connection_string(here, database)), warnings, &watch);
    if (!made) FAIL(made.error().to_string());
    return std::move(*made);
}

void send(const odbc::interruption& how) {
    if (how.how == way::side_session)
        (void)odbc::interrupt_from_side(protocol::connect(results::connection_string(here, "odbc_side")), how);
    else
        (void)odbc::interrupt(how);
}

// SQLCancel as it comes when the call has just returned.
void from_another_thread(const odbc::interruption& how) {
    std::thread([how] { send(how); }).join();
}

struct ended {
    error failure;
    steady::duration after{};  // the interruption
};

// Runs `call`, interrupted once it is inside of a call that can be in this way; again and again, because one that comes
// before the server has the statement finds nothing there.
template <class Call>
ended interrupted(interrupting_watch& watch, way how, Call call) {
    const auto before = watch.entered();
    std::atomic<bool> over = false;
    steady::time_point first;
    std::thread other([&] {
        if (!watch.wait_until_in(how, before)) return;
        first = steady::now();
        while (!over) {
            watch.interrupt_with(send);
            (void)watch.wait_until_left(steady::now() + std::chrono::milliseconds(20));
        }
    });
    ended made;
    made.failure = call();
    const auto end = steady::now();
    over = true;
    other.join();
    made.after = end - first;
    return made;
}

error failure_of(odbc::connection& on, const std::string& sql, const args& with = {},
                 const odbc::cursor_options& how = {}) {
    auto done = on.execute(sql, with, how);
    if (!done) return done.error();
    return results::read_all(done->rows).failure.value_or(error());
}

void check_cancelled(const ended& e, std::string_view outcome = "none") {
    INFO(e.failure.to_string());
    CHECK(name(e.failure.code()) == "cancelled");
    CHECK(name(e.failure.outcome()) == outcome);
    CHECK(e.after < soon);
}

void check_goes_on(odbc::connection& on) {
    CHECK_FALSE(on.broken());
    CHECK(*results::query(on, "select 1").rows[0][0] == "1");
}

std::string counting(const std::string& to) {
    return "with recursive n(i) as (select 1 union all select i + 1 from n where i < " + to +
           ") select count(*) from n";
}

// How far SQLite counts in that time.
std::string steps_for(odbc::connection& on, std::chrono::microseconds time) {
    constexpr int probe = 200'000;
    const auto begin = steady::now();
    (void)results::query(on, counting(std::to_string(probe)));
    return std::to_string(time * probe / (steady::now() - begin));
}

// Takes about so long in SQLExecute.
std::string busy_for(odbc::connection& on, std::chrono::milliseconds time) {
    if (is_sqlite) return counting(steps_for(on, time)) + " where ? = 1";
    const auto seconds = std::to_string(static_cast<double>(time.count()) / 1'000);
    return (is_postgresql ? "select pg_sleep(" : "select sleep(") + seconds + ")";
}
args parameters_of_busy() {
    return is_sqlite ? args(1) : args();
}

}  // namespace

TEST_CASE("interrupt: a statement that runs for a minute") {
    interrupting_watch watch;
    auto on = watched("di_minute", watch);
    const auto minute_long = busy_for(on, std::chrono::minutes(1));
    for (int round = 0; round < 3; ++round) {
        const auto e =
            interrupted(watch, way::statement, [&] { return failure_of(on, minute_long, parameters_of_busy()); });
        check_cancelled(e);
        CHECK(name(e.failure.session()) == "usable");
        CHECK(e.failure.sqlstate() == pick("57014", "HY018", "HY000"));
        CHECK(e.failure.native() == pick(1, 1317, 9));
        check_goes_on(on);
    }
    CHECK_FALSE(watch.nested());
}

TEST_CASE("interrupt: a statement that waits for another's lock") {
    if (is_sqlite) return;  // see below
    interrupting_watch watch;
    place at("di_lock");
    at.create("i integer");
    at.run("insert into @ values (1)");
    REQUIRE(at.on().begin().has_value());
    at.run("update @ set i = 2");
    auto on = watched("di_lock", watch);
    const auto e = interrupted(watch, way::statement, [&] { return failure_of(on, at.text("update @ set i = 3")); });
    check_cancelled(e);
    check_goes_on(on);
    CHECK(at.on().commit().has_value());
    CHECK(at.cell("select i from @") == "2");
}

TEST_CASE("interrupt: sqlite's wait for a lock is not") {
    if (!is_sqlite) return;
    interrupting_watch watch;
    place at("di_file_lock");
    at.create("i integer");
    REQUIRE(at.on().begin().has_value());
    at.run("insert into @ values (1)");
    std::vector<diagnostic> warnings;
    const auto text = results::connection_string(here, "di_file_lock") + ";Timeout=200";
    auto on = odbc::connection::open(protocol::connect(text), warnings, &watch).value();
    const auto e =
        interrupted(watch, way::statement, [&] { return failure_of(on, at.text("insert into @ values (2)")); });
    // The wait is over when its time is; one that comes between the driver's two attempts is noticed.
    INFO(e.failure.to_string());
    CHECK((e.failure.native() == 5 || e.failure.native() == 9));
    CHECK(name(e.failure.outcome()) == "none");
    CHECK(at.on().commit().has_value());
    check_goes_on(on);
}

TEST_CASE("interrupt: a statement of a transaction") {
    interrupting_watch watch;
    place at("di_transaction");
    at.create("i bigint");
    auto on = watched("di_transaction", watch);
    const auto minute_long = busy_for(on, std::chrono::minutes(1));
    REQUIRE(on.begin().has_value());
    REQUIRE(on.execute(at.text("insert into @ values (1)"), {}, {}).has_value());
    auto e = interrupted(watch, way::statement, [&] { return failure_of(on, minute_long, parameters_of_busy()); });
    check_cancelled(e);
    CHECK(name(e.failure.session()) == "usable");
    REQUIRE(on.commit().has_value());
    CHECK(at.cell("select count(*) from @") == "1");

    // One that writes. SQLite ends the whole transaction, unless it had not begun to write.
    const auto rows = [&] {
        return at.cell("select count(*) from @");
    };
    bool ended = false;
    for (int tries = 0; tries < 20 && !ended; ++tries) {
        const std::string before = rows();
        REQUIRE(on.begin().has_value());
        REQUIRE(on.execute(at.text("insert into @ values (2)"), {}, {}).has_value());
        e = interrupted(watch, way::statement, [&] {
            return failure_of(on, at.text(pick<std::string>("insert into @ select 3 from pg_sleep(60)",
                                                            "insert into @ select sleep(60)",
                                                            "insert into @ " + counting("100000000"))));
        });
        check_cancelled(e);
        const std::string after = name(e.failure.session());
        CHECK((after == "usable" || (is_sqlite && after == "transaction_failed")));
        ended = !is_sqlite || after == "transaction_failed";
        CHECK(on.commit().has_value() == (after == "usable"));
        if (after != "usable") CHECK(on.rollback().has_value());
        CHECK((rows() == before) == (after != "usable"));
    }
    CHECK(ended);
    check_goes_on(on);
    CHECK_FALSE(watch.nested());
}

TEST_CASE("interrupt: a stream while the server looks for its rows") {
    if (is_mariadb) return;  // has no fetch that takes long
    interrupting_watch watch;
    auto on = watched("di_fetch", watch);
    const auto sql =
        pick<std::string>("select i, pg_sleep(case when i = 150 then 60 else 0 end) from generate_series(1, 10000) i",
                          "", counting("100000000"));
    for (int round = 0; round < 3; ++round) {
        auto done = on.execute(sql, {}, results::stream(100));
        REQUIRE(done.has_value());
        REQUIRE(name(done->rows.mode() == stream_mode::incremental ? outcome::applied : outcome::none) == "applied");
        std::size_t rows = 0;
        const auto e = interrupted(watch, is_sqlite ? way::statement : way::side_session, [&] {
            const auto got = results::read_all(done->rows);
            rows = got.rows.size();
            return got.failure.value_or(error());
        });
        check_cancelled(e);
        CHECK(rows == pick(100U, 0U, 0U));
        CHECK(done->rows.close().has_value());
        check_goes_on(on);
    }
    CHECK_FALSE(watch.nested());
}

TEST_CASE("interrupt: the first rows of psqlodbc's cursor belong to the execution") {
    if (!is_postgresql) return;
    interrupting_watch watch;
    auto on = watched("di_cursor", watch);
    const auto e = interrupted(watch, way::statement,
                               [&] { return failure_of(on, "select pg_sleep(60)", {}, results::stream(100)); });
    check_cancelled(e);
    check_goes_on(on);
}

TEST_CASE("interrupt: one that comes when the statement is over") {
    interrupting_watch watch;
    place at("di_late");
    at.create("i integer");
    auto on = watched("di_late", watch);
    for (int round = 1; round <= 20; ++round) {
        watch.at_leaving = from_another_thread;
        const auto e = failure_of(on, at.text("insert into @ values (1)"));
        if (e.code() != errc::ok) {  // the driver manager has forgotten the statement: it is applied, and we say so
            CHECK(name(e.code()) == "cancelled");
            CHECK(name(e.outcome()) == "applied");
            CHECK(name(e.session()) == "usable");
        }
        CHECK(is_sqlite == (e.code() == errc::ok));
        CHECK(at.cell("select count(*) from @") == std::to_string(round));
        watch.at_leaving = from_another_thread;
        const auto read = failure_of(on, "select 7");
        CHECK((read.code() == errc::ok || read.code() == errc::cancelled));
        watch.at_leaving = from_another_thread;
        const auto prepared = failure_of(on, at.text("update @ set i = i where i = ?"), args(1));
        CHECK((prepared.code() == errc::ok || prepared.outcome() == outcome::applied));
        watch.at_leaving = nullptr;
        check_goes_on(on);
    }
    CHECK_FALSE(watch.nested());
}

namespace {

struct races {
    int interrupted = 0;
    int next_hit = 0;
    int other_errors = 0;
};

// `count` times: a call, an interruption at a random moment before, within or after it, and a next query, which must
// not notice. call(round) says what came of it. A round that `never_ends` is interrupted until it does.
template <class NeverEnds, class Call>
races race(int count, std::chrono::microseconds latest, interrupting_watch& watch, odbc::connection& on,
           NeverEnds never_ends, Call call) {
    std::mt19937 random(20'261'127);  // NOLINT(cert-msc51-cpp): the same each time
    std::uniform_int_distribution<int> moment(0, static_cast<int>(latest.count()));
    std::atomic<int> begun = 0;
    std::atomic<int> over = 0;
    std::atomic<int> done = 0;
    races made;
    std::thread other([&] {
        for (int round = 0; round < count; ++round) {
            begun.wait(round);
            // Waits for nothing: the moment is what is tested.
            std::this_thread::sleep_for(std::chrono::microseconds(moment(random)));
            do {
                watch.interrupt_with(send);
            } while (never_ends(round) && over <= round);
            done = round + 1;
            done.notify_one();
        }
    });
    for (int round = 0; round < count; ++round) {
        watch.spare(false);
        begun = round + 1;
        begun.notify_one();
        const error e = call(round);
        watch.spare(true);  // from here on nothing may be hit
        over = round + 1;
        if (e.code() == errc::cancelled)
            ++made.interrupted;
        else if (e.code() != errc::ok)
            ++made.other_errors;
        if (failure_of(on, "select 1").code() != errc::ok) ++made.next_hit;
        done.wait(round);
    }
    other.join();
    return made;
}

void check_races(const races& made, int count, int at_least) {
    INFO(made.interrupted << " of " << count << " interrupted");
    CHECK(made.next_hit == 0);
    CHECK(made.other_errors == 0);
    CHECK(made.interrupted >= at_least);
}

constexpr auto each_ends = [](int) {
    return false;
};
constexpr auto one_in_ten_never_ends = [](int round) {
    return round % 10 == 0;
};
constexpr std::chrono::microseconds shortly{200};

// Short counting, about as long as it takes to interrupt it, and now and then one that never ends.
void race_in_execute(const char* database, int count) {
    interrupting_watch watch;
    auto on = watched(database, watch);
    const auto brief = counting(steps_for(on, shortly)) + " where ? = 1";
    const auto endless = counting("10000000000") + " where ? = 1";
    const auto made = race(count, shortly, watch, on, one_in_ten_never_ends, [&](int round) {
        return failure_of(on, one_in_ten_never_ends(round) ? endless : brief, args(1));
    });
    check_races(made, count, count / 10);
    check_goes_on(on);
}

// The same, and rows that come one after the other.
void race_in_fetch(const char* database, int count) {
    interrupting_watch watch;
    auto on = watched(database, watch);
    const auto brief = counting(steps_for(on, shortly));
    const auto endless = counting("10000000000");
    const std::string rows =
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 300) select i from n";
    const auto made = race(count, shortly, watch, on, one_in_ten_never_ends, [&](int round) {
        return failure_of(on,
                          one_in_ten_never_ends(round) ? endless
                          : round % 4 == 1             ? brief
                                                       : rows,
                          {}, results::stream(50));
    });
    check_races(made, count, count / 10);
    check_goes_on(on);
}

}  // namespace

TEST_CASE("interrupt: a thousand at random moments hit no next statement") {
    interrupting_watch watch;
    auto on = watched("di_random", watch);
    const auto sql = busy_for(on, std::chrono::milliseconds(3));
    const auto made = race(1'000, std::chrono::microseconds(4'500), watch, on, each_ends,
                           [&](int) { return failure_of(on, sql, parameters_of_busy()); });
    check_races(made, 1'000, 1);
    check_goes_on(on);
}

TEST_CASE("interrupt: sessions at the side of a psqlodbc cursor at random moments hit no next statement") {
    if (!is_postgresql) return;
    interrupting_watch watch;
    auto on = watched("di_side", watch);
    const std::string sql = "select i, pg_sleep(0.0001) from generate_series(1, 100) i";
    const auto made = race(200, std::chrono::milliseconds(15), watch, on, each_ends,
                           [&](int) { return failure_of(on, sql, {}, results::stream(20)); });
    check_races(made, 200, 50);
    check_goes_on(on);
}

TEST_CASE("interrupt: sqlite is raced in execute") {
    if (is_sqlite) race_in_execute("di_race_execute", 2'500);
}
TEST_CASE("interrupt: sqlite is raced in execute once more") {
    if (is_sqlite) race_in_execute("di_race_execute_2", 2'500);
}
TEST_CASE("interrupt: sqlite is raced in fetch") {
    if (is_sqlite) race_in_fetch("di_race_fetch", 2'500);
}
TEST_CASE("interrupt: sqlite is raced in fetch once more") {
    if (is_sqlite) race_in_fetch("di_race_fetch_2", 2'500);
}

TEST_CASE("interrupt: sqlite's interrupt statement does not hinder a disconnect") {
    if (!is_sqlite) return;
    interrupting_watch watch;
    auto on = watched("di_disconnect", watch);
    const auto minute_long = busy_for(on, std::chrono::minutes(1));
    check_cancelled(
        interrupted(watch, way::statement, [&] { return failure_of(on, minute_long, parameters_of_busy()); }));
    REQUIRE(on.begin().has_value());
    check_goes_on(on);
    const auto closed = on.close();
    if (!closed) FAIL(closed.error().to_string());
}

TEST_CASE("interrupt: what no cursor takes is executed once") {
    if (!is_postgresql) return;
    interrupting_watch watch;
    place at("di_once");
    at.create("i integer");
    auto on = watched("di_once", watch);
    const auto inserting = at.text("with x as (insert into @ values (1) returning i) select i from x");      // 0A000
    const auto after_with = at.text("with x as (select 1 as i) insert into @ select i from x returning i");  // 42601
    int rows = 0;
    for (const auto& sql : {inserting, after_with}) {
        INFO(sql);
        CHECK(failure_of(on, sql, {}, results::stream()).code() == errc::ok);
        CHECK(at.cell("select count(*) from @") == std::to_string(++rows));
        // First in its transaction.
        REQUIRE(on.begin().has_value());
        CHECK(failure_of(on, sql, {}, results::stream()).code() == errc::ok);
        REQUIRE(on.commit().has_value());
        CHECK(at.cell("select count(*) from @") == std::to_string(++rows));
        // An interruption came in between: it is not executed without a cursor either.
        watch.at_leaving = from_another_thread;
        const auto stopped = failure_of(on, sql, {}, results::stream());
        CHECK(name(stopped.code()) == "cancelled");
        watch.stop_after = 2;  // not before the first attempt
        const auto asked = failure_of(on, sql, {}, results::stream());
        watch.stop_after = 0;
        CHECK(name(asked.code()) == "cancelled");
        CHECK(name(asked.outcome()) == "none");
        CHECK(at.cell("select count(*) from @") == std::to_string(rows));
        check_goes_on(on);
    }
    // Behind another statement of its transaction.
    REQUIRE(on.begin().has_value());
    CHECK(failure_of(on, at.text("insert into @ values (7)")).code() == errc::ok);
    CHECK(failure_of(on, inserting, {}, results::stream()).code() == errc::ok);
    REQUIRE(on.commit().has_value());
    rows += 2;
    CHECK(at.cell("select count(*) from @") == std::to_string(rows));
    REQUIRE(on.begin().has_value());
    CHECK(failure_of(on, at.text("insert into @ values (7)")).code() == errc::ok);
    const auto e = failure_of(on, after_with, {}, results::stream());
    INFO(e.to_string());
    CHECK(name(e.outcome()) == "none");  // the refusal has cost the transaction: nothing is executed outside of it
    CHECK(name(e.session()) == "transaction_failed");
    CHECK_FALSE(on.commit().has_value());
    REQUIRE(on.rollback().has_value());
    CHECK(at.cell("select count(*) from @") == std::to_string(rows));
    CHECK_FALSE(watch.nested());
}
