// SQLite without its mutexes: everything as with them, on several sessions at once.
#include "comes_true.hpp"
#include "here.hpp"

#include <sluice/runtime/sqlite.hpp>

#include <dlfcn.h>
#include <stop_token>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

// Whether a new connection has a mutex, by the library that is loaded.
bool connections_have_a_mutex() {
    void* const sqlite = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_NOLOAD);
    REQUIRE(sqlite != nullptr);
    const auto open = reinterpret_cast<int (*)(const char*, void**)>(dlsym(sqlite, "sqlite3_open"));
    const auto mutex_of = reinterpret_cast<void* (*)(void*)>(dlsym(sqlite, "sqlite3_db_mutex"));
    const auto close = reinterpret_cast<int (*)(void*)>(dlsym(sqlite, "sqlite3_close"));
    REQUIRE((open != nullptr && mutex_of != nullptr && close != nullptr));
    void* connection = nullptr;
    REQUIRE(open(":memory:", &connection) == 0);
    const bool has_one = mutex_of(connection) != nullptr;
    CHECK(close(connection) == 0);
    return has_one;
}

}  // namespace

TEST_CASE("sqlite mutexes: without them many sessions write and read and are cancelled as with them") {
    const auto off = sqlite_without_mutexes();
    if (!off) FAIL(off.error().to_string());
    CHECK_FALSE(connections_have_a_mutex());
    engine engine;
    auto db = engine.open(connection_text(here::the, "mutexes"), pool_options().max_size(4));
    (void)answer(db.query("pragma journal_mode = wal"));
    (void)answer(db.query("create table entry (k integer primary key, v text)"));
    std::vector<std::future<row_set>> writes;
    for (int round = 0; round < 10; ++round) {
        for (int i = 0; i < 20; ++i)
            writes.push_back(db.query("insert into entry values (?, ?)", args(round * 20 + i, std::string(200, 'v')),
                                      request_options().timeout(60s)));
        for (auto& one : writes) CHECK(answer(std::move(one)).affected_rows() == 1);
        writes.clear();
    }
    // Readers that make memory go around while others do the same.
    std::vector<row_stream> streams;
    const std::string many =
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) "
        "select i, printf('%0100d', i) from n";
    for (int i = 0; i < 4; ++i) streams.push_back(answer(db.stream(many)));
    std::vector<std::int64_t> next(streams.size(), 1);
    for (std::size_t open = streams.size(); open > 0;) {
        for (std::size_t i = 0; i < streams.size(); ++i) {
            if (next[i] == 0) continue;
            const auto part = answer(streams[i].next());
            if (part) {
                for (std::size_t r = 0; r < part->rows(); ++r)
                    if (row_view(*part, r).get<std::int64_t>(0) != next[i]++) FAIL("another row than the next");
            } else {
                CHECK(std::exchange(next[i], 0) == 20'001);
                --open;
            }
        }
    }
    streams.clear();
    std::stop_source stop;
    auto endless = db.query("with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n",
                            request_options().stop(stop.get_token()));
    REQUIRE(comes_true([&] { return engine.metrics().workers_busy > 0; }));
    stop.request_stop();
    CHECK(error_of(std::move(endless)).code() == errc::cancelled);
    CHECK(answer(db.query("select count(*) from entry"))[0].get<int>(0) == 200);
    // It is set, and SQLite is in use.
    const auto again = sqlite_without_mutexes();
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().code() == errc::invalid_argument);
}

TEST_CASE("sqlite mutexes: they stay where SQLite was used before") {
    engine engine;
    auto session = here::connect(engine, "mutexes_late");
    CHECK(answer(session.query("select 1")).size() == 1);
    const auto off = sqlite_without_mutexes();
    REQUIRE_FALSE(off.has_value());
    CHECK(off.error().code() == errc::invalid_argument);
    CHECK(off.error().message().find("before the first connection") != std::string::npos);
    CHECK(answer(session.query("select 2")).size() == 1);
    CHECK(connections_have_a_mutex());
}
