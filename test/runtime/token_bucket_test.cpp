// The bucket of tokens, one rule of its header after the other.

#include "policy/token_bucket.hpp"

#include <catch2/catch.hpp>

#include <deque>
#include <random>

namespace sluice::runtime {

namespace {

constexpr std::int64_t second = 1'000'000'000;

// How many are taken by one who tries every `step` from `from` to `until`.
int taken(token_bucket& bucket, std::int64_t from, std::int64_t until, std::int64_t step) {
    int n = 0;
    for (std::int64_t now = from; now < until; now += step) n += bucket.take(now) ? 1 : 0;
    return n;
}

}  // namespace

TEST_CASE("a full bucket gives its burst at once and then so many a second") {
    struct row {
        std::uint32_t per_second, burst;
    };
    for (const row& r : {row{1, 1}, row{50, 10}, row{1'000, 1}, row{3, 7}}) {
        token_bucket bucket(r.per_second, r.burst);
        std::uint32_t at_once = 0;
        while (bucket.take(second)) ++at_once;
        CHECK(at_once == r.burst);
        CHECK(bucket.ready_at() == second + second / r.per_second);
        CHECK_FALSE(bucket.take(bucket.ready_at() - 1));
        CHECK(bucket.take(bucket.ready_at()));
        CHECK(taken(bucket, 2 * second, 12 * second, 100'000) <= static_cast<int>(10 * r.per_second + r.burst));
        CHECK(taken(bucket, 12 * second, 22 * second, 100'000) >= static_cast<int>(10 * r.per_second - 1));
    }
}

TEST_CASE("a bucket fills up to its burst and no further") {
    token_bucket bucket(50, 10);
    while (bucket.take(0)) {
    }
    int at_once = 0;
    while (bucket.take(3'600 * second)) ++at_once;
    CHECK(at_once == 10);
}

TEST_CASE("no window of a second sees more than the burst and the rate") {
    std::mt19937_64 random(7);
    token_bucket bucket(50, 10);
    std::deque<std::int64_t> window;
    std::int64_t now = 0;
    for (int i = 0; i < 100'000; ++i) {
        now += static_cast<std::int64_t>(random() % 30'000'000);
        if (!bucket.take(now)) continue;
        window.push_back(now);
        while (window.front() <= now - second) window.pop_front();
        REQUIRE(window.size() <= 60);
    }
}

}  // namespace sluice::runtime
