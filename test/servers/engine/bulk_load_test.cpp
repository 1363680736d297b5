// Loads of many chunks on each server: what is told is what is in the table.
#include "bulk_shelf.hpp"
#include "comes_true.hpp"
#include "event_log.hpp"
#include "sanitized.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <set>
#include <stdexcept>
#include <stop_token>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;
using here::named_rows;
using here::shelf;

namespace {

// So many chunks of consecutive ids; `twins` take the id 0 instead, which is refused.
class counted_source {
public:
    counted_source(std::string table, std::size_t chunks, std::size_t rows, std::set<std::int64_t> twins = {})
        : table_(std::move(table)), chunks_(chunks), rows_(rows), twins_(std::move(twins)) {}
    std::optional<bulk_rows> operator()() {
        if (asked_ == chunks_) return std::nullopt;
        std::vector<std::int64_t> ids(rows_);
        for (std::size_t i = 0; i < rows_; ++i) {
            ids[i] = static_cast<std::int64_t>(asked_ * rows_ + i);
            if (twins_.count(ids[i]) != 0) ids[i] = 0;
        }
        ++asked_;
        return named_rows(table_, std::move(ids));
    }

private:
    std::string table_;
    std::size_t chunks_;
    std::size_t rows_;
    std::set<std::int64_t> twins_;
    std::size_t asked_ = 0;
};

pool open(shelf& s, std::size_t sessions = 4) {
    return s.engine.open(connection_text(here::the, "bulk"), pool_options().max_size(sessions));
}

// That the table holds the chunks that are told to be applied, of those whose outcome is unknown all or nothing, and
// nothing else.
void check_table(shelf& s, const bulk_loaded& made, std::size_t chunk_rows) {
    const auto read = answer(s.on.query("select id from " + s.table + " order by id"));
    std::set<std::uint64_t> found;
    for (std::size_t i = 0; i < read.size(); ++i) found.insert(read[i].get<std::uint64_t>(0));
    std::set<std::uint64_t> wanted;
    std::uint64_t known = made.settled_rows;
    for (std::uint64_t row = 0; row < made.settled_rows; ++row) wanted.insert(row);
    for (const auto& chunk : made.unsettled) {
        CHECK(chunk.first_row % chunk_rows == 0);
        CHECK((chunk.outcome == outcome::applied) == !chunk.why);
        if (chunk.outcome == outcome::applied) known += chunk.rows;
        if (chunk.outcome == outcome::applied ||
            (chunk.outcome == outcome::unknown && found.count(chunk.first_row) != 0))
            for (std::uint64_t row = 0; row < chunk.rows; ++row) wanted.insert(chunk.first_row + row);
    }
    for (const auto& bad : made.refused) wanted.erase(bad.row);
    CHECK(made.rows == known - made.refused.size());
    CHECK(found == wanted);
}

constexpr std::size_t chunk_rows = 500;

}  // namespace

TEST_CASE("bulk load: every row of a generator arrives on one session and on several") {
    shelf s("load_all");
    auto db = open(s);
    for (const std::size_t parallelism : {1U, 2U, 4U}) {
        s.run("delete from " + s.table);
        std::vector<bulk_progress> told;
        const auto how =
            bulk_load_options().parallelism(parallelism).progress([&](const bulk_progress& p) { told.push_back(p); });
        const bulk_loaded made = parallelism == 1
                                     ? answer(s.on.bulk_insert(counted_source(s.table, 21, chunk_rows), how))
                                     : answer(db.bulk_insert_parallel(counted_source(s.table, 21, chunk_rows), how));
        if (made.failure) FAIL(made.failure->to_string());
        CHECK(made.complete());
        CHECK(made.rows == 21 * chunk_rows);
        CHECK(made.chunks == 21);
        CHECK(made.unsettled.empty());
        check_table(s, made, chunk_rows);
        REQUIRE(told.size() == 21);
        CHECK(told.back().rows == made.rows);
        std::set<std::uint64_t> numbers;
        for (const auto& p : told) {
            CHECK(p.chunk.outcome == outcome::applied);
            CHECK(p.chunk.first_row == p.chunk.number * chunk_rows);
            numbers.insert(p.chunk.number);
        }
        CHECK(numbers.size() == 21);
    }
    // Rows that are there, in parts.
    s.run("delete from " + s.table);
    const bulk_loaded made =
        answer(db.bulk_insert_parallel(named_rows(s.table, here::ids(2'345)), bulk_load_options().chunk_rows(100)));
    CHECK(made.chunks == 24);
    CHECK(made.rows == 2'345);
    check_table(s, made, 100);
}

TEST_CASE("bulk load: nothing to load and what is wrong with it") {
    shelf s("load_none");
    auto db = open(s);
    const bulk_loaded none = answer(db.bulk_insert_parallel([]() -> std::optional<bulk_rows> { return std::nullopt; }));
    CHECK(none.complete());
    CHECK(none.rows + none.chunks == 0);
    const bulk_loaded empty = answer(db.bulk_insert_parallel(counted_source(s.table, 3, 0)));
    auto moved_only = [chunks = std::make_unique<int>(2), &s]() mutable -> std::optional<bulk_rows> {
        if ((*chunks)-- == 0) return std::nullopt;
        return named_rows(s.table, {});
    };
    const bulk_loaded moved = answer(s.on.bulk_insert(std::move(moved_only)));
    CHECK(moved.chunks == 2);
    CHECK(empty.complete());
    CHECK(empty.chunks == 3);
    const auto wrong = error_of(db.bulk_insert_parallel(
        counted_source(s.table, 1, 1), bulk_load_options().parallelism(65).chunk_rows(0).refused_max(0).timeout(-1s)));
    CHECK(wrong.code() == errc::invalid_argument);
    for (const char* what : {"parallelism", "chunk_rows", "refused_max", "timeout"})
        CHECK(wrong.message().find(what) != std::string::npos);
    CHECK(error_of(db.bulk_insert_parallel(bulk_source())).code() == errc::invalid_argument);
    CHECK(error_of(pool().bulk_insert_parallel(counted_source(s.table, 1, 1))).code() == errc::closed);
    CHECK(error_of(session().bulk_insert(counted_source(s.table, 1, 1))).code() == errc::closed);
    CHECK(error_of(db.bulk_insert_parallel(counted_source("", 2, 5))).code() == errc::invalid_argument);
    CHECK(s.count() == 0);
}

TEST_CASE("bulk load: a chunk that is refused ends it and the others are told") {
    shelf s("load_bad");
    auto db = open(s);
    for (const std::size_t parallelism : {1U, 3U}) {
        s.run("delete from " + s.table);
        const bulk_loaded made = answer(db.bulk_insert_parallel(counted_source(s.table, 100, chunk_rows, {4'321}),
                                                                bulk_load_options().parallelism(parallelism)));
        REQUIRE(made.failure);
        INFO(made.failure->to_string());
        CHECK(made.failure->code() == errc::constraint);
        CHECK(made.failure->outcome() == outcome::none);
        CHECK(made.failure->row() == 4'321);
        CHECK(made.failure->message().find("row 4321 ") != std::string::npos);
        CHECK(made.settled_rows == 4'000);
        REQUIRE_FALSE(made.unsettled.empty());
        CHECK(made.unsettled.front().number == 8);
        CHECK(made.unsettled.front().outcome == outcome::none);
        CHECK(made.unsettled.size() <= parallelism * limits::bulk_chunks_ahead);
        check_table(s, made, chunk_rows);
    }
}

TEST_CASE("bulk load: bad rows of all chunks are told by their numbers") {
    shelf s("load_skip");
    auto db = open(s);
    const std::set<std::int64_t> twins{1, 700, 701, 4'999};
    counted_source rows(s.table, 10, chunk_rows, twins);
    const auto skipping = [rows]() mutable {
        auto chunk = rows();
        if (chunk) chunk->mode(bulk_mode::skip_bad_rows);
        return chunk;
    };
    const bulk_loaded made = answer(db.bulk_insert_parallel(skipping));
    if (made.failure) FAIL(made.failure->to_string());
    REQUIRE(made.refused.size() == twins.size());
    CHECK(std::equal(twins.begin(), twins.end(), made.refused.begin(), [](std::int64_t row, const refused_row& bad) {
        return bad.row == static_cast<std::uint64_t>(row);
    }));
    CHECK(made.rows == 10 * chunk_rows - twins.size());
    check_table(s, made, chunk_rows);

    s.run("delete from " + s.table);
    const bulk_loaded few =
        answer(db.bulk_insert_parallel(skipping, bulk_load_options().refused_max(2).parallelism(1)));
    REQUIRE(few.failure);
    CHECK(few.failure->message().find("refused_max") != std::string::npos);
    CHECK(few.settled_rows == 500);
    check_table(s, few, chunk_rows);
}

TEST_CASE("bulk load: a source or a progress function that throws ends it") {
    shelf s("load_thrown");
    auto db = open(s);
    counted_source rows(s.table, 100, chunk_rows);
    int left = 5;
    const bulk_loaded made = answer(db.bulk_insert_parallel([&]() -> std::optional<bulk_rows> {
        if (left-- == 0) throw std::runtime_error("line 17 of the file");
        return rows();
    }));
    REQUIRE(made.failure);
    CHECK(made.failure->code() == errc::cancelled);
    CHECK(made.failure->message().find("line 17 of the file") != std::string::npos);
    CHECK(made.settled_rows == 5 * chunk_rows);
    check_table(s, made, chunk_rows);

    s.run("delete from " + s.table);
    const bulk_loaded told = answer(db.bulk_insert_parallel(counted_source(s.table, 100, chunk_rows),
                                                            bulk_load_options().progress([](const bulk_progress& p) {
                                                                if (p.chunk.number == 2)
                                                                    throw database_error(error(errc::data, "enough"));
                                                            })));
    REQUIRE(told.failure);
    CHECK(told.failure->code() == errc::data);
    CHECK(told.settled_rows >= 3 * chunk_rows);
    CHECK(told.settled_rows < 100 * chunk_rows);
    check_table(s, told, chunk_rows);
}

TEST_CASE("bulk load: a stop request withdraws what runs and begins nothing more") {
    shelf s("load_stop");
    auto db = open(s);
    std::stop_source stop;
    const bulk_loaded made =
        answer(db.bulk_insert_parallel(counted_source(s.table, 1'000'000, chunk_rows),
                                       bulk_load_options().stop(stop.get_token()).progress([&](const bulk_progress& p) {
                                           if (p.chunk.number == 6) stop.request_stop();
                                       })));
    REQUIRE(made.failure);
    CHECK(made.failure->code() == errc::cancelled);
    for (const auto& chunk : made.unsettled) CHECK(chunk.outcome != outcome::unknown);
    check_table(s, made, chunk_rows);
    // Before it has begun.
    const auto before = s.count();
    CHECK(error_of(db.bulk_insert_parallel(counted_source(s.table, 10, chunk_rows),
                                           bulk_load_options().stop(stop.get_token())))
              .code() == errc::cancelled);
    CHECK(s.count() == before);
}

TEST_CASE("bulk load: the end of the engine ends it and the table holds what is told") {
    shelf s("load_ended");
    std::future<bulk_loaded> running;
    {
        engine ends;
        auto db = ends.open(connection_text(here::the, "bulk"), pool_options().max_size(3));
        std::atomic<bool> well_begun = false;
        running = db.bulk_insert_parallel(counted_source(s.table, 1'000'000, chunk_rows),
                                          bulk_load_options().progress([&](const bulk_progress& p) {
                                              if (p.chunk.number == 5) well_begun = true;
                                          }));
        REQUIRE(comes_true([&] { return well_begun.load(); }));
    }
    const bulk_loaded made = answer(std::move(running));
    REQUIRE(made.failure);
    INFO(made.failure->to_string());
    CHECK(made.failure->code() == errc::shutting_down);
    check_table(s, made, chunk_rows);
}

TEST_CASE("bulk load: a deadline is that of a chunk") {
    shelf s("load_late");
    const auto late = error_of(s.on.bulk_insert(counted_source(s.table, 3, sanitized ? 100'000 : 400'000),
                                                bulk_load_options().timeout(100ms)));
    CHECK(late.code() == errc::deadline);
    CHECK(late.outcome() == outcome::none);
    CHECK(s.count() == 0);
}

TEST_CASE("bulk load: within a transaction its chunks go with it") {
    shelf s("load_within");
    auto tx = answer(s.on.begin());
    const bulk_loaded bad = answer(tx.bulk_insert(counted_source(s.table, 10, chunk_rows, {1'234})));
    REQUIRE(bad.failure);
    CHECK(bad.settled_rows == 1'000);
    CHECK(answer(tx.query("select count(*) from " + s.table))[0].get<int>(0) == 1'000);
    answer(tx.rollback());
    CHECK(s.count() == 0);
}

TEST_CASE("bulk load: the chunks of a killed connection are told and the table holds what is told") {
    if (here::is_sqlite) return;  // there is no server that could kill it
    shelf s("load_killed");
    auto db = open(s);
    auto other = here::connect(s.engine, "bulk");
    const std::string inserting =
        here::is_postgresql ? "select pid from pg_stat_activity where pid <> pg_backend_pid() and query like 'INSERT%"
                            : "select id from information_schema.processlist where id <> connection_id() and info like "
                              "'INSERT%";
    const auto kill_one = [&] {
        const auto ids = answer(other.query(inserting + s.table + "%'"));
        if (ids.empty()) return;
        const auto id = std::to_string(ids[0].get<std::int64_t>(0));
        try {
            (void)answer(other.query(here::is_postgresql ? "select pg_terminate_backend(" + id + ")" : "kill " + id));
        } catch (const database_error&) {
            // It was gone before.
        }
    };
    std::atomic<bool> well_begun = false;
    auto running = db.bulk_insert_parallel(counted_source(s.table, 1'000'000, chunk_rows),
                                           bulk_load_options().parallelism(3).progress([&](const bulk_progress& p) {
                                               if (p.chunk.number == 9) well_begun = true;
                                           }));
    REQUIRE(comes_true([&] { return well_begun.load(); }));
    REQUIRE(comes_true([&] {
        kill_one();
        return running.wait_for(0s) == std::future_status::ready;
    }));
    const bulk_loaded made = answer(std::move(running));
    REQUIRE(made.failure);
    INFO(made.failure->to_string());
    CHECK((made.failure->code() == errc::connection_lost || made.failure->code() == errc::commit_unknown));
    CHECK(made.rows >= 2 * chunk_rows);
    check_table(s, made, chunk_rows);
}
