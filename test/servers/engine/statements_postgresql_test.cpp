// Statements that stay prepared on PostgreSQL: counted by the server; thrown away by others; and behind a pooler.
#include "event_log.hpp"
#include "sanitized.hpp"
#include "servers.hpp"

#include <mutex>
#include <set>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

constexpr std::int64_t callers = 16;
constexpr std::int64_t rounds = sanitized ? 10 : 100;

// Of all callers; they are threads, which assert nothing.
class tally {
public:
    void count(bool fine, const std::string& error = "another result") {
        const std::lock_guard lock(mutex_);
        ++(fine ? right : wrong);
        if (!fine && first_error.empty()) first_error = error;
    }
    template <class T, class Check>
    void count(std::future<T> from, Check check) {
        try {
            count(check(from.get()));
        } catch (const database_error& e) {
            count(false, e.error().to_string());
        }
    }
    void backend(std::int64_t number) {
        const std::lock_guard lock(mutex_);
        backends.insert(number);
    }

    std::int64_t right = 0;
    std::int64_t wrong = 0;
    std::string first_error;
    std::set<std::int64_t> backends;

private:
    std::mutex mutex_;
};

// Several texts, so that statements of different shapes are prepared beside each other.
void mix(pool& db, tally& t, const std::string& table, std::int64_t caller) {
    for (std::int64_t n = 0; n < rounds; ++n) {
        const std::int64_t number = caller * rounds + n;
        const std::string text = "text " + std::to_string(number);
        t.count(db.query("select ?::int8, pg_backend_pid()", args(number)), [&](const row_set& rows) {
            t.backend(rows[0].get<std::int64_t>(1));
            return rows[0].get<std::int64_t>(0) == number;
        });
        t.count(db.query("select ?::text, ?::int8 + 1", args(text, number)), [&](const row_set& rows) {
            return rows[0].get<std::string>(0) == text && rows[0].get<std::int64_t>(1) == number + 1;
        });
        t.count(db.query("insert into " + table + " values (?, ?)", args(number, text)),
                [](const row_set& rows) { return rows.affected_rows() == 1; });
        t.count(db.query("select v from " + table + " where k = ?", args(number)),
                [&](const row_set& rows) { return rows.size() == 1 && rows[0].get<std::string>(0) == text; });
        t.count(db.query("select 7"), [](const row_set& rows) { return rows[0].get<std::int64_t>(0) == 7; });
        if (n % 10 != 0) continue;
        t.count(db.stream("select g from generate_series(1, ?::int8) g", args(std::int64_t{3'000})),
                [](row_stream stream) {
                    std::int64_t sum = 0;
                    while (auto part = stream.next().get())
                        for (const std::int64_t g : part->column<std::int64_t>(0)) sum += g;
                    return sum == 3'000 * 3'001 / 2;
                });
    }
}

void transactions(pool& db, tally& t, const std::string& table) {
    for (std::int64_t n = 0; n < rounds / 2; ++n) {
        t.count(db.acquire(), [&](session lease) {
            lease.submit(ask::begin()).get();
            for (int times = 0; times < 3; ++times) {
                const std::int64_t key = -1 - n * 3 - times;
                t.count(lease.query("insert into " + table + " values (?, 'in')", args(key)),
                        [](const row_set& rows) { return rows.affected_rows() == 1; });
            }
            if (n % 2 == 0)
                lease.submit(ask::rollback()).get();
            else
                lease.submit(ask::commit()).get();
            return true;
        });
    }
}

// Everything at once, through this pool.
void run_mix(pool& db, tally& t, const std::string& table) {
    std::vector<std::thread> all;
    for (std::int64_t n = 0; n < callers; ++n) all.emplace_back([&, n] { mix(db, t, table, n); });
    all.emplace_back([&] { transactions(db, t, table); });
    for (auto& one : all) one.join();
}

void check_mix(const std::string& name, const connect_options& options, bool found) {
    const std::string table = "pooled_" + name + "_" + std::to_string(::getpid());
    event_log log;
    engine engine(engine_options().on_event(log.handler()));
    auto direct = answer(engine.connect(connection_text(server::postgresql, "")));
    (void)answer(direct.query("create table " + table + " (k int8, v text)"));
    {
        auto db = engine.open(variable("SLUICE_TEST_PGBOUNCER"), pool_options().max_size(8).connect(options));
        tally t;
        run_mix(db, t, table);
        INFO(t.first_error);
        CHECK(t.wrong == 0);
        CHECK(t.right > callers * rounds * 5);
        CHECK(t.backends.size() == 3);
        CHECK(engine.metrics().statements_cached == 0);
        const auto rows = answer(direct.query("select count(*) from " + table + " where k >= 0"));
        CHECK(rows[0].get<std::int64_t>(0) == callers * rounds);
        const auto committed = answer(direct.query("select count(*) from " + table + " where k < 0"));
        CHECK(committed[0].get<std::int64_t>(0) == rounds / 4 * 3);
    }
    const auto seen = log.count(event_kind::pooler_found);
    CHECK((seen > 0) == found);
    (void)answer(direct.query("drop table " + table));
}

}  // namespace

TEST_CASE("ten thousand executions through a pool are prepared once on each of its connections") {
    engine engine;
    auto db = engine.open(connection_text(server::postgresql, ""), pool_options().max_size(1));
    constexpr std::int64_t times = sanitized ? 1'000 : 10'000;
    for (std::int64_t n = 0; n < times; ++n) {
        const auto rows = answer(db.query("select ?::int8 + 1", args(n)));
        if (rows[0].get<std::int64_t>(0) != n + 1) FAIL("another row than that of " << n);
    }
    const auto rows = answer(db.query("select statement, generic_plans + custom_plans from pg_prepared_statements"));
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].get<std::int64_t>(1) >= times);
    CHECK(engine.metrics().statement_prepares == 1);
}

TEST_CASE("what was deallocated by somebody else is prepared again") {
    engine engine;
    auto on = answer(engine.connect(connection_text(server::postgresql, "")));
    const auto check = [&] {
        CHECK(answer(on.query("select ?::int8", args(5)))[0].get<std::int64_t>(0) == 5);
    };
    check();
    (void)answer(on.query("deallocate all"));
    check();
    (void)answer(on.query("discard all"));
    check();
    check();
    CHECK(engine.metrics().statement_hits == 1);
    answer(on.submit(ask::begin()));
    check();
    (void)answer(on.query("deallocate all"));
    check();
    answer(on.submit(ask::commit()));
    // By the server's own doing, where the text does not tell: it looks as if there were a pooler.
    (void)answer(on.query("do $$ begin execute 'deallocate all'; end $$"));
    check();
    check();
    CHECK(answer(on.query("select count(*) from pg_prepared_statements"))[0].get<std::int64_t>(0) == 0);
}

TEST_CASE("behind a pooler of transactions that was told of everything is right") {
    check_mix("told", connect_options().transaction_pooler(true), false);
}

TEST_CASE("a pooler of transactions is found out and everything is right") {
    check_mix("found", connect_options(), true);
}

TEST_CASE("nothing of a session stays with the server processes of a pooler that was told of") {
    engine engine;
    auto db = engine.open(variable("SLUICE_TEST_PGBOUNCER"),
                          pool_options().max_size(2).connect(connect_options().transaction_pooler(true)));
    // What others have left there. Each of these is a transaction, for which the pooler takes the next process.
    for (int n = 0; n < 12; ++n) (void)answer(db.query("reset statement_timeout"));
    for (int n = 0; n < 12; ++n) {
        CHECK(answer(db.query("select ?::int8", args(n)))[0].get<std::int64_t>(0) == n);
        CHECK(answer(db.query("show statement_timeout"))[0].get<std::string>(0) == "0");
    }
    auto lease = answer(db.acquire());
    auto mine = answer(lease.prepare("select ?::int8 + 1"));
    for (int n = 0; n < 5; ++n) CHECK(answer(mine.query(args(n)))[0].get<std::int64_t>(0) == n + 1);
}

TEST_CASE("through a pooler that was told of a statement takes as many parameters as any") {
    engine engine;
    auto on = answer(engine.connect(variable("SLUICE_TEST_PGBOUNCER"), connect_options().transaction_pooler(true)));
    std::string places = "?";
    for (std::size_t n = 1; n < limits::postgresql_parameters_max + 2; ++n) places += ",?";
    std::vector<value> values(limits::postgresql_parameters_max + 2, value(std::int64_t{7}));
    const std::string sql = "select count(*) from (select 7 as x) y where x in (" + places + ")";
    CHECK(answer(on.query(sql, args::from(values)))[0].get<std::int64_t>(0) == 1);
    auto direct = answer(engine.connect(connection_text(server::postgresql, "")));
    CHECK(error_of(direct.query(sql, args::from(values))).code() == errc::too_large);
}
