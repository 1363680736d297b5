// The way through a bulk insert, against a table that refuses some rows and a server that fails when it likes.

#include "policy/bulk_course.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace sluice::runtime {

namespace {

using act = bulk_course::act;
using verdict = bulk_course::verdict;

// A table as a server keeps it: what was inserted since `open` and since the mark can be undone.
struct table {
    std::set<std::size_t> bad;
    std::size_t fails_at = 0;  // the step that fails for no row's sake, from 1; 0: none
    bool misused = false;
    std::size_t steps = 0;
    std::vector<std::size_t> kept;

    void run(bulk_course& course) {
        while (course.next().what != act::end) {
            const auto now = course.next();
            if (++steps == fails_at) {
                if (now.what == act::open || now.what == act::keep) open_ = false;
                course.failed();
                continue;
            }
            step(course, now);
        }
        misused = misused || open_ || marked_;
    }

private:
    void step(bulk_course& course, const bulk_course::step& now) {
        switch (now.what) {
            case act::open:
                misused = misused || open_;
                open_ = true;
                break;
            case act::mark:
                misused = misused || !open_ || marked_;
                marked_ = true;
                mark_ = rows_.size();
                break;
            case act::insert:
                misused = misused || !open_ || failed_ || now.count == 0;
                for (std::size_t row = now.first; row < now.first + now.count; ++row)
                    if (bad.count(row) != 0) {
                        failed_ = true;  // as PostgreSQL: nothing goes on before it is undone
                        return course.refused();
                    }
                for (std::size_t row = now.first; row < now.first + now.count; ++row) rows_.push_back(row);
                break;
            case act::back:
                misused = misused || !marked_;
                rows_.resize(mark_);
                failed_ = false;
                break;
            case act::drop_mark:
                misused = misused || !marked_ || failed_;
                marked_ = false;
                break;
            case act::keep:
                misused = misused || !open_ || marked_ || failed_;
                kept = rows_;
                open_ = false;
                break;
            case act::undo:
                rows_.clear();
                open_ = marked_ = failed_ = false;
                break;
            case act::end:
                break;
        }
        course.done();
    }

    std::vector<std::size_t> rows_;
    std::size_t mark_ = 0;
    bool open_ = false;
    bool marked_ = false;
    bool failed_ = false;
};

}  // namespace

TEST_CASE("bulk_course takes as many rows in a statement as it may") {
    bulk_course course(25, 10, bulk_mode::all_or_nothing, 1);
    std::vector<bulk_course::step> steps;
    for (; course.next().what != act::end; course.done()) steps.push_back(course.next());
    CHECK(steps ==
          std::vector<bulk_course::step>{
              {act::open, 0, 0}, {act::insert, 0, 10}, {act::insert, 10, 10}, {act::insert, 20, 5}, {act::keep, 0, 0}});
    CHECK(course.how() == verdict::kept);
    CHECK(course.inserted() == 25);
    const bulk_course empty(0, 10, bulk_mode::all_or_nothing, 1);
    CHECK(empty.next().what == act::end);
    CHECK(empty.how() == verdict::nothing_to_do);
}

TEST_CASE("bulk_course finds the row that is refused and inserts none or all others") {
    for (const auto mode : {bulk_mode::all_or_nothing, bulk_mode::skip_bad_rows}) {
        table t;
        t.bad = {3, 17, 18};
        bulk_course course(40, 10, mode, 3);
        t.run(course);
        CHECK_FALSE(t.misused);
        if (mode == bulk_mode::all_or_nothing) {
            CHECK(course.how() == verdict::bad_row);
            CHECK(course.refused_rows() == std::vector<std::size_t>{3});
            CHECK(t.kept.empty());
            CHECK(course.inserted() == 0);
        } else {
            CHECK(course.how() == verdict::kept);
            CHECK(course.refused_rows() == std::vector<std::size_t>{3, 17, 18});
            CHECK(t.kept.size() == 37);
            CHECK(course.inserted() == 37);
        }
    }
}

TEST_CASE("bulk_course inserts none where more rows are refused than may be") {
    table t;
    t.bad = {1, 2, 3};
    bulk_course course(20, 10, bulk_mode::skip_bad_rows, 2);
    t.run(course);
    CHECK(course.how() == verdict::too_many_bad);
    CHECK(t.kept.empty());
    CHECK_FALSE(t.misused);
}

TEST_CASE("bulk_course holds in any world") {
    std::mt19937_64 dice(7);
    for (int world = 0; world < 20'000; ++world) {
        const std::size_t rows = dice() % 60;
        const std::size_t most = 1 + dice() % 20;
        const auto mode = dice() % 2 == 0 ? bulk_mode::all_or_nothing : bulk_mode::skip_bad_rows;
        const std::size_t refused_max = 1 + dice() % 8;
        table t;
        for (std::size_t n = dice() % 6; n > 0 && rows > 0; --n) t.bad.insert(dice() % rows);
        if (dice() % 3 == 0) t.fails_at = 1 + dice() % 60;
        bulk_course course(rows, most, mode, refused_max);
        t.run(course);
        INFO("world " << world << ": " << rows << " rows, " << most << " in a statement, " << t.bad.size() << " bad");
        const bool interfered = t.fails_at != 0 && t.steps >= t.fails_at;
        if (t.misused && !interfered) FAIL("a step out of its order");
        if (course.inserted() != t.kept.size())
            FAIL("it says " << course.inserted() << ", there are " << t.kept.size());
        if (course.how() == verdict::kept) {
            std::vector<std::size_t> good;
            for (std::size_t row = 0; row < rows; ++row)
                if (t.bad.count(row) == 0) good.push_back(row);
            if (t.kept != good) FAIL("not the rows that are good in their order");
            if (std::vector<std::size_t>(t.bad.begin(), t.bad.end()) != course.refused_rows()) FAIL("not the bad rows");
            if (mode == bulk_mode::all_or_nothing && !t.bad.empty()) FAIL("kept without a bad row");
        } else if (!interfered) {
            const auto wanted = rows == 0                           ? verdict::nothing_to_do
                                : mode == bulk_mode::all_or_nothing ? verdict::bad_row
                                                                    : verdict::too_many_bad;
            if (course.how() != wanted) FAIL("ended otherwise");
            if (wanted == verdict::bad_row && course.refused_rows() != std::vector<std::size_t>{*t.bad.begin()})
                FAIL("not the first bad row");
        }
        // Each refused row is found in a halving, each statement has four steps at most when it is careful.
        const std::size_t statements = rows / most + 1;
        if (t.steps > 2 + 5 * statements + (t.bad.size() + 1) * 8 * 7) FAIL(t.steps << " steps");
    }
}

}  // namespace sluice::runtime
