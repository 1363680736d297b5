// The way through a load of many chunks, against sources that end or fail and chunks that end in any order.

#include "policy/load_course.hpp"

#include <sluice/protocol/limits.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace sluice::runtime {

namespace {

bulk_inserted inserted(std::uint64_t rows, bool one_writer = false) {
    bulk_inserted made;
    made.rows = rows;
    made.one_writer = one_writer;
    return made;
}

error refused_with(outcome how) {
    error_record record;
    record.code = errc::constraint;
    record.message = "refused";
    record.outcome = how;
    return error(std::move(record));
}

// Takes a chunk from a source that never ends, and begins it if it may.
bool begin_one(load_course& course, std::uint64_t rows = 10) {
    if (course.wants_rows()) (void)course.offered(rows);
    if (!course.may_begin()) return false;
    (void)course.begin();
    return true;
}

}  // namespace

TEST_CASE("load_course begins the first chunk alone and then as many as may run") {
    load_course course(3, 100);
    CHECK(begin_one(course));
    CHECK_FALSE(begin_one(course));
    CHECK_FALSE(course.wants_rows());  // one is taken ahead, not two
    (void)course.done(0, inserted(10));
    CHECK(begin_one(course));
    CHECK(begin_one(course));
    CHECK(begin_one(course));
    CHECK_FALSE(begin_one(course));
}

TEST_CASE("load_course begins one at a time where one connection writes at a time") {
    load_course course(3, 100);
    for (std::uint64_t n = 0; n < 5; ++n) {
        CHECK(begin_one(course));
        CHECK_FALSE(begin_one(course));
        (void)course.done(n, inserted(10, true));
    }
}

TEST_CASE("load_course waits for a chunk that is slow before it goes far ahead of it") {
    load_course course(2, 100);
    CHECK(begin_one(course));
    (void)course.done(0, inserted(10));
    std::uint64_t begun = 1;
    CHECK(begin_one(course));  // the slow one
    ++begun;
    while (begin_one(course)) (void)course.done(begun++, inserted(10));
    CHECK(begun == 1 + 2 * limits::bulk_chunks_ahead);
    CHECK_FALSE(course.is_over());
    (void)course.done(1, inserted(10));
    CHECK(begin_one(course));
}

TEST_CASE("load_course tells the first failure of all and what was begun after it") {
    load_course course(4, 100);
    CHECK(begin_one(course));
    (void)course.done(0, inserted(10));
    for (int n = 0; n < 4; ++n) CHECK(begin_one(course));
    (void)course.done(3, refused_with(outcome::unknown));
    CHECK_FALSE(begin_one(course));
    (void)course.done(1, inserted(10));
    (void)course.done(4, inserted(10));
    CHECK_FALSE(course.is_over());
    (void)course.done(2, refused_with(outcome::none));
    REQUIRE(course.is_over());
    const bulk_loaded made = course.take().value();
    CHECK_FALSE(made.complete());
    CHECK(made.failure->outcome() == outcome::none);
    CHECK(made.rows == 30);
    CHECK(made.chunks == 5);
    CHECK(made.settled_rows == 20);
    REQUIRE(made.unsettled.size() == 3);
    CHECK(made.unsettled[0].first_row == 20);
    CHECK(made.unsettled[0].outcome == outcome::none);
    CHECK(made.unsettled[1].outcome == outcome::unknown);
    CHECK(made.unsettled[2].outcome == outcome::applied);
    CHECK_FALSE(made.unsettled[2].why);
}

TEST_CASE("load_course ends where more rows are refused than may be in all chunks") {
    load_course course(1, 3);
    for (std::uint64_t n = 0; n < 2; ++n) {
        CHECK(course.refusable() == 3 - 2 * n);
        CHECK(begin_one(course));
        bulk_inserted some = inserted(8);
        for (std::uint64_t row = 0; row < 2; ++row) some.refused.push_back({n * 10 + row, error()});
        CHECK(course.done(n, std::move(some)).refused == 2 * (n + 1));
    }
    CHECK(course.is_over());
    const bulk_loaded made = course.take().value();
    CHECK(made.failure->code() == errc::too_large);
    CHECK(made.rows == 16);
    CHECK(made.settled_rows == 20);
    CHECK(made.unsettled.empty());
}

TEST_CASE("load_course tells of what nobody hears any more of that it is unknown") {
    load_course course(2, 100);
    CHECK(begin_one(course));
    (void)course.done(0, inserted(10));
    CHECK(begin_one(course));
    CHECK(begin_one(course));
    (void)course.done(2, inserted(10));
    course.abandon(error(errc::shutting_down, "gone"));
    const bulk_loaded made = course.take().value();
    CHECK(made.failure->code() == errc::shutting_down);
    REQUIRE(made.unsettled.size() == 2);
    CHECK(made.unsettled[0].outcome == outcome::unknown);
    CHECK(made.unsettled[0].why->code() == errc::shutting_down);
    CHECK(made.unsettled[1].outcome == outcome::applied);
    // The first one alone.
    load_course only(2, 100);
    CHECK(begin_one(only));
    only.abandon(error(errc::shutting_down, "gone"));
    CHECK(only.take().value().unsettled.size() == 1);
}

TEST_CASE("load_course is complete where it is stopped with nothing left to begin") {
    load_course course(2, 100);
    CHECK(begin_one(course));
    course.ended();
    course.give_up(error(errc::cancelled, "too late"));
    (void)course.done(0, inserted(10));
    CHECK(course.take().value().complete());
}

TEST_CASE("load_course holds in any world") {
    std::mt19937_64 dice(11);
    for (int world = 0; world < 20'000; ++world) {
        const std::size_t parallelism = 1 + dice() % 5;
        const std::uint64_t chunks = dice() % 30;
        const bool one_writer = dice() % 4 == 0;
        const std::uint64_t source_fails_at = dice() % 4 == 0 ? dice() % 30 : UINT64_MAX;
        load_course course(parallelism, 1'000);
        std::vector<std::uint64_t> running;
        std::vector<bulk_chunk> applied;
        std::optional<std::uint64_t> first_failed;
        std::uint64_t rows = 0, asked = 0;
        bool source_failed = false;
        bool unknown = false;
        while (!course.is_over()) {
            if (course.may_begin()) {
                if (first_failed) FAIL("begun after a failure");
                running.push_back(course.begin());
            } else if (course.wants_rows()) {
                if (asked == source_fails_at) {
                    course.give_up(error(errc::data, "source"));
                    source_failed = true;
                } else if (asked == chunks)
                    course.ended();
                else if (course.offered(asked + 1) != rows)
                    FAIL("numbered otherwise");
                else
                    rows += ++asked;
            } else {
                if (running.empty()) FAIL("it waits for nobody");
                if (running.size() > (one_writer ? 1 : parallelism)) FAIL("too many at once");
                const auto which = dice() % running.size();
                const auto number = running[which];
                running.erase(running.begin() + static_cast<std::ptrdiff_t>(which));
                if (dice() % 20 == 0) {
                    first_failed = std::min(first_failed.value_or(UINT64_MAX), number);
                    const auto how = dice() % 2 ? outcome::none : outcome::unknown;
                    unknown = unknown || how == outcome::unknown;
                    (void)course.done(number, refused_with(how));
                } else {
                    applied.push_back(course.done(number, inserted(number + 1, one_writer)).chunk);
                }
            }
        }
        if (!running.empty()) FAIL("over while some run");
        const auto sum = course.take();
        if (!sum) {
            if (!applied.empty() || unknown) FAIL("an error where something is there");
            continue;
        }
        const bulk_loaded& made = *sum;
        if (made.failure && applied.empty() && !unknown) FAIL("a sum where nothing is there");
        std::uint64_t there = 0, found = 0;
        for (const auto& chunk : applied) there += chunk.rows;
        for (const auto& chunk : made.unsettled) {
            if (chunk.first_row < made.settled_rows) FAIL("settled, and told as not");
            if (chunk.outcome == outcome::applied) found += chunk.rows;
        }
        if (made.rows != there) FAIL("it says " << made.rows << ", there are " << there);
        if (made.settled_rows + found != there) FAIL("rows that nobody has told of");
        if (made.complete() != (!first_failed && !source_failed)) FAIL("complete, or not");
        if (first_failed && (made.unsettled.empty() || made.unsettled.front().number != *first_failed))
            FAIL("not the first failure");
        if (made.unsettled.size() > parallelism * limits::bulk_chunks_ahead) FAIL("more than the bound");
    }
}

}  // namespace sluice::runtime
