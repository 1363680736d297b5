// The way through a reading of partitions, against streams that end, fail and are opened in any order.

#include "policy/partition_course.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace sluice::runtime {

namespace {

using step = std::optional<std::size_t>;

// Opens the next one, if one is to be begun.
step open_one(partition_course& course) {
    const step one = course.begin();
    if (one) course.opened(*one);
    return one;
}

}  // namespace

TEST_CASE("partition_course reads so many at once and begins the next where one is over") {
    partition_course course(4, 2, false);
    CHECK(open_one(course) == step(0));
    CHECK(open_one(course) == step(1));
    CHECK_FALSE(course.begin());
    CHECK(course.ask() == step(0));
    CHECK(course.ask() == step(1));
    CHECK_FALSE(course.ask());
    course.ended(1);
    CHECK(course.done() == 1);
    CHECK(open_one(course) == step(2));
    CHECK_FALSE(course.begin());
}

TEST_CASE("partition_course holds one batch of each and gives them as they come") {
    partition_course course(2, 2, false);
    while (open_one(course)) {
    }
    while (course.ask()) {
    }
    CHECK_FALSE(course.take());
    CHECK(course.brought(1));
    CHECK(course.brought(0));
    CHECK_FALSE(course.ask());
    CHECK(course.take() == step(1));
    CHECK(course.ask() == step(1));
    CHECK(course.take() == step(0));
    CHECK_FALSE(course.take());
}

TEST_CASE("partition_course gives the batches of a partition after those before it where they are in order") {
    partition_course course(3, 3, true);
    while (open_one(course)) {
    }
    while (course.ask()) {
    }
    CHECK(course.brought(2));
    CHECK(course.brought(1));
    CHECK_FALSE(course.take());
    CHECK(course.is_awaited(0));
    course.ended(0);
    CHECK(course.take() == step(1));
    CHECK(course.ask() == step(1));
    CHECK(course.is_awaited(1));
    CHECK_FALSE(course.take());
    course.ended(1);
    CHECK(course.take() == step(2));
}

TEST_CASE("partition_course closes what is open where one fails and tells of the first only") {
    partition_course course(9, 3, false);
    while (open_one(course)) {
    }
    CHECK(course.ask() == step(0));
    CHECK(course.ask() == step(1));
    CHECK(course.brought(1));
    CHECK(course.failed(0));
    CHECK(course.is_stopping());
    CHECK_FALSE(course.take());
    CHECK_FALSE(course.ask());
    CHECK_FALSE(course.begin());
    for (std::size_t each = 0; each < 3; ++each) CHECK(course.close() == step(each));
    CHECK_FALSE(course.close());
    CHECK_FALSE(course.is_over());
    for (std::size_t each = 0; each < 3; ++each) course.closed(each);
    CHECK(course.is_over());
}

TEST_CASE("partition_course closes what is opened or brought after it has stopped") {
    partition_course course(3, 3, true);
    CHECK(course.begin() == step(0));
    CHECK(open_one(course) == step(1));
    CHECK(course.ask() == step(1));
    CHECK(course.begin() == step(2));
    course.stop();
    CHECK_FALSE(course.close());
    course.opened(0);
    CHECK(course.close() == step(0));
    CHECK_FALSE(course.brought(1));
    CHECK(course.close() == step(1));
    CHECK_FALSE(course.failed(2));
    course.closed(0);
    course.closed(1);
    CHECK(course.is_over());
}

TEST_CASE("partition_course waits with one that has no session until another one is over") {
    partition_course course(3, 3, false);
    CHECK(open_one(course) == step(0));
    CHECK(course.begin() == step(1));
    CHECK(open_one(course) == step(2));
    CHECK(course.lacks_session(1));
    CHECK_FALSE(course.begin());
    CHECK(course.ask() == step(0));
    course.ended(0);
    CHECK(course.begin() == step(1));
}

TEST_CASE("partition_course fails where nothing is read that a partition without a session could wait for") {
    partition_course alone(3, 3, false);
    CHECK(alone.begin() == step(0));
    CHECK_FALSE(alone.lacks_session(0));
    // In order, those that are behind it wait for it themselves.
    partition_course ordered(3, 3, true);
    CHECK(ordered.begin() == step(0));
    CHECK(open_one(ordered) == step(1));
    CHECK_FALSE(ordered.lacks_session(0));
    CHECK(ordered.failed(0));
    partition_course behind(3, 3, true);
    CHECK(open_one(behind) == step(0));
    CHECK(behind.begin() == step(1));
    CHECK(behind.lacks_session(1));
    partition_course between(7, 3, true);
    CHECK(open_one(between) == step(0));
    CHECK(between.begin() == step(1));
    CHECK(between.begin() == step(2));
    CHECK(between.lacks_session(1));
    CHECK(between.lacks_session(2));
    CHECK_FALSE(between.begin());
    CHECK(between.ask() == step(0));
    between.ended(0);
    CHECK(between.begin() == step(1));
}

TEST_CASE("partition_course holds in any world") {
    std::mt19937_64 dice(3);
    std::map<std::string, int> marks;
    for (int world = 0; world < 20'000; ++world) {
        const std::size_t partitions = 1 + dice() % 12;
        const std::size_t at_once = 1 + dice() % 5;
        const bool in_order = dice() % 2 == 0;
        const unsigned trouble = dice() % 3 == 0 ? 30 : 100'000;  // one in so many
        partition_course course(partitions, at_once, in_order);
        std::vector<unsigned> left(partitions);
        for (auto& each : left) each = static_cast<unsigned>(dice() % 5);
        std::vector<std::size_t> opening, asked, closing;
        std::vector<unsigned> given(partitions);
        std::vector<bool> open(partitions), over(partitions);
        std::size_t failures_told = 0, last_given = 0;
        bool stopped = false;
        const auto pick = [&](std::vector<std::size_t>& from) {
            const auto at = static_cast<std::ptrdiff_t>(dice() % from.size());
            const auto picked = from[static_cast<std::size_t>(at)];
            from.erase(from.begin() + at);
            return picked;
        };
        const auto unlucky = [&] {
            return dice() % trouble == 0;
        };
        int steps = 0;
        while (!course.is_over()) {
            if (++steps > 10'000) FAIL("it never ends");
            if (const auto p = course.begin()) {
                if (stopped) FAIL("begun after it has stopped");
                if (over[*p]) FAIL("begun twice");
                opening.push_back(*p);
            } else if (const auto q = course.close()) {
                if (!stopped) FAIL("closed though nobody wants that");
                if (!open[*q]) FAIL("closed and not open");
                closing.push_back(*q);
            } else if (const auto a = course.ask()) {
                if (stopped) FAIL("asked after it has stopped");
                asked.push_back(*a);
            } else if (const auto t = dice() % 2 ? course.take() : std::nullopt) {
                if (stopped) FAIL("a batch after the end");
                if (in_order && *t < last_given) FAIL("out of order");
                for (std::size_t before = 0; in_order && before < *t; ++before)
                    if (!over[before]) FAIL("before one that has not ended");
                last_given = *t;
                ++given[*t];
            } else if (opening.empty() && asked.empty() && closing.empty()) {
                const auto forced = course.take();
                if (!forced) FAIL("it waits for nobody");
                if (in_order && *forced < last_given) FAIL("out of order");
                last_given = *forced;
                ++given[*forced];
            } else {
                const auto open_now = static_cast<std::size_t>(std::count(open.begin(), open.end(), true));
                if (opening.size() + open_now > at_once) FAIL("too many at once");
                if (!stopped && dice() % (trouble * 10) == 0) {
                    course.stop();
                    stopped = true;
                    ++marks["stopped"];
                    continue;
                }
                const auto choice = dice() % 3;
                if (choice == 0 && !opening.empty()) {
                    const auto which = pick(opening);
                    if (unlucky()) {
                        if (course.lacks_session(which)) {
                            ++marks["waits for a session"];
                            continue;
                        }
                        ++marks["lacks one"];
                        failures_told += course.failed(which);
                        stopped = true;
                        over[which] = true;
                    } else {
                        course.opened(which);
                        open[which] = true;
                    }
                } else if (choice == 1 && !asked.empty()) {
                    const auto which = pick(asked);
                    if (unlucky()) {
                        failures_told += course.failed(which);
                        stopped = true;
                        ++marks["failed"];
                    } else if (left[which] == 0) {
                        course.ended(which);
                        open[which] = false;
                        over[which] = true;
                    } else {
                        --left[which];
                        if (course.brought(which) == stopped) FAIL("kept though it has stopped, or dropped");
                        if (stopped) ++marks["dropped"];
                    }
                } else if (choice == 2 && !closing.empty()) {
                    const auto which = pick(closing);
                    course.closed(which);
                    open[which] = false;
                    over[which] = true;
                }
            }
        }
        if (std::count(open.begin(), open.end(), true) != 0) FAIL("over with a stream that is open");
        if (failures_told > 1) FAIL("two first failures");
        if (stopped) continue;
        for (std::size_t which = 0; which < partitions; ++which)
            if (left[which] != 0) FAIL("a partition that was not read to its end");
        ++marks["to the end"];
    }
    for (const char* mark : {"stopped", "waits for a session", "lacks one", "failed", "dropped", "to the end"}) {
        INFO(mark);
        CHECK(marks[mark] > 100);
    }
}

}  // namespace sluice::runtime
