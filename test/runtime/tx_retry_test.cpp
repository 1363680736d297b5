// What is done again, and after how long.
#include <sluice/runtime/tx_retry.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

error conflict(errc code, std::vector<std::string> states, outcome effect = outcome::none) {
    error_record record;
    record.code = code;
    record.outcome = effect;
    for (auto& state : states) {
        diagnostic said;
        said.sqlstate = std::move(state);
        record.records.push_back(std::move(said));
    }
    return error(std::move(record));
}

const error deadlock = conflict(errc::serialization, {"40P01"});

}  // namespace

TEST_CASE("tx_retry: conflicts by their state and nothing else") {
    CHECK(tx_retry::may_repeat(deadlock));
    CHECK(tx_retry::may_repeat(conflict(errc::serialization, {"40001"})));
    CHECK(tx_retry::may_repeat(conflict(errc::serialization, {"01000", "40001"})));
    CHECK_FALSE(tx_retry::may_repeat(error()));
    CHECK_FALSE(tx_retry::may_repeat(conflict(errc::serialization, {})));
    CHECK_FALSE(tx_retry::may_repeat(conflict(errc::serialization, {"55P03"})));  // a lock timeout
    CHECK_FALSE(tx_retry::may_repeat(conflict(errc::serialization, {"HY000"})));  // MariaDB's, and SQLite's busy
    CHECK_FALSE(tx_retry::may_repeat(conflict(errc::serialization, {"40001"}, outcome::unknown)));
    for (int code = 0; code <= static_cast<int>(errc::rejected); ++code)
        if (const auto other = static_cast<errc>(code); other != errc::serialization)
            CHECK_FALSE(tx_retry::may_repeat(conflict(other, {"40001"})));
}

TEST_CASE("tx_retry: the pauses double to their bound and are within a half by chance") {
    for (const double chance : {0.0, 0.25, 1.0}) {
        auto retry = tx_retry().attempts(7).pause(10ms, 100ms);
        for (const auto length : {10ms, 20ms, 40ms, 80ms, 100ms, 100ms}) {
            const auto rest = retry.next(deadlock, chance);
            REQUIRE(rest.has_value());
            CHECK(static_cast<double>(rest->count()) ==
                  Approx(static_cast<double>(std::chrono::nanoseconds(length).count()) * (0.5 + chance / 2)));
        }
        CHECK_FALSE(retry.next(deadlock, chance).has_value());
        CHECK(retry.failed() == 7);
    }
    auto by_chance = tx_retry().attempts(100).pause(10ms, 10ms);
    for (int n = 0; n < 99; ++n) {
        const auto rest = by_chance.next(deadlock);
        REQUIRE(rest.has_value());
        CHECK(*rest >= 5ms);
        CHECK(*rest <= 10ms);
    }
    CHECK_FALSE(by_chance.next(deadlock).has_value());
}

TEST_CASE("tx_retry: values out of range are the nearest that is possible") {
    CHECK_FALSE(tx_retry().attempts(0).next(deadlock).has_value());
    CHECK_FALSE(tx_retry().attempts(1).next(deadlock).has_value());
    CHECK(tx_retry().pause(-5ms, -5ms).next(deadlock, 1) == 0ns);
    CHECK(tx_retry().pause(24h, 24h).next(deadlock, 1) == limits::transaction_pause_max);
    CHECK(tx_retry().pause(20ms, 10ms).next(deadlock, 7) == 20ms);
    CHECK_FALSE(tx_retry().next(conflict(errc::syntax, {"42000"})).has_value());
    unsigned most = 0;
    for (auto retry = tx_retry().attempts(1'000'000).pause(0ms, 0ms); retry.next(deadlock);) ++most;
    CHECK(most == limits::transaction_attempts_max - 1);
}
