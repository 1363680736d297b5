// The checker of histories: a good one passes, and of each rule a bad one is found.

#include "history.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <vector>

namespace sluice::test {

namespace {

using list = std::vector<entry>;

entry at(std::int64_t time, said what, std::uint64_t request = 0, std::uint64_t who = 0, std::int64_t a = 0,
         std::int64_t b = 0, errc code = errc::ok, sluice::outcome effect = sluice::outcome::none) {
    return {time, request, who, a, b, what, code, effect};
}
entry ends(std::int64_t time, std::uint64_t request, errc code = errc::ok,
           sluice::outcome effect = sluice::outcome::none) {
    return at(time, said::terminal, request, 0, 0, 0, code, effect);
}

constexpr std::int64_t write = 1;
constexpr std::int64_t commit = 2;
constexpr std::int64_t begin = 3;

// A write of session 1 on connection 1, up to being sent.
list sent(std::uint64_t request, std::int64_t does = 0, std::int64_t transaction = 0) {
    return {at(0, said::submitted, request, 1, does, transaction), at(0, said::accepted, request, 1, 100),
            at(1, said::sent, request, 1)};
}
list operator+(list x, const list& y) {
    x.insert(x.end(), y.begin(), y.end());
    return x;
}

const list worker{at(0, said::generation_started, 0, 1, 1, 1)};
const list worker_gone{at(200, said::generation_ended, 0, 1)};
const list stream{at(0, said::stream_opened, 0, 1, 2)};

std::set<int> rules(const list& history, bounds within = bounds()) {
    std::set<int> found;
    for (const violation& v : check(history, within)) found.insert(v.rule);
    return found;
}

struct bad {
    int rule;
    std::string what;
    list history;
};

std::vector<bad> bad_requests() {
    return {
        {1, "sent before it was accepted", {at(0, said::submitted, 1, 1), at(1, said::sent, 1, 1)}},
        {1, "accepted without having been submitted", {at(0, said::accepted, 1, 1, 100), ends(1, 1)}},
        {2, "never answered", worker + sent(1) + worker_gone},
        {2, "answered twice", worker + sent(1) + list{ends(2, 1), ends(3, 1)} + worker_gone},
        {2, "neither accepted nor refused", {at(0, said::submitted, 1, 1)}},
        {3, "sent after its answer",
         worker +
             list{at(0, said::submitted, 1, 1), at(0, said::accepted, 1, 1, 100), at(0, said::cancel_wanted, 1),
                  ends(1, 1, errc::cancelled), at(2, said::sent, 1, 1)} +
             worker_gone},
        {3, "answered after shutdown",
         worker + sent(1) + list{at(2, said::shutdown_returned), ends(3, 1)} + worker_gone},
        {6, "sent twice", worker + sent(1) + list{at(2, said::sent, 1, 1), ends(3, 1)} + worker_gone},
        {6, "applied twice",
         worker + sent(1, write) + list{at(2, said::applied, 1, 1), at(2, said::applied, 1, 1), ends(3, 1)} +
             worker_gone},
        {7, "none and yet applied before",
         worker + sent(1, write) + list{at(2, said::applied, 1, 1), ends(3, 1, errc::connection_lost)} + worker_gone},
        {7, "none and yet applied later",
         worker + sent(1, write) + list{ends(2, 1, errc::deadline), at(3, said::applied, 1, 1)} + worker_gone},
        {7, "ok and not applied", worker + sent(1, write) + list{ends(2, 1)} + worker_gone},
        {7, "committed and not there",
         worker + sent(1, begin, 1) + list{ends(2, 1)} + sent(2, write, 1) + list{ends(2, 2)} + sent(3, commit, 1) +
             list{at(2, said::applied, 3, 1), ends(2, 3)} + worker_gone},
        {8, "answered after its deadline", worker + sent(1) + list{ends(101, 1)} + worker_gone},
        {15, "a transaction on two connections",
         worker + list{at(0, said::generation_started, 0, 2, 1, 2)} + sent(1, begin, 1) + list{ends(2, 1)} +
             list{at(2, said::submitted, 2, 1, write, 1), at(2, said::accepted, 2, 1, 100), at(3, said::sent, 2, 2),
                  ends(4, 2, errc::deadline, sluice::outcome::unknown), at(5, said::generation_ended, 0, 2)} +
             worker_gone},
        {15, "sent where nobody is", sent(1) + list{ends(2, 1)}},
        {16, "the later one first",
         worker + list{at(0, said::submitted, 1, 1), at(0, said::accepted, 1, 1, 100)} + sent(2) +
             list{at(2, said::sent, 1, 1), ends(3, 1), ends(3, 2)} + worker_gone},
    };
}

std::vector<bad> bad_streams_and_calls() {
    return {
        {4, "a gap",
         stream +
             list{at(1, said::rows, 0, 1, 0, 5), at(2, said::rows, 0, 1, 6, 5), at(3, said::stream_ended, 0, 1, 11)}},
        {4, "rows twice",
         stream +
             list{at(1, said::rows, 0, 1, 0, 5), at(2, said::rows, 0, 1, 0, 5), at(3, said::stream_ended, 0, 1, 5)}},
        {4, "an end too early", stream + list{at(1, said::rows, 0, 1, 0, 5), at(3, said::stream_ended, 0, 1, 9)}},
        {4, "two ends", stream + list{at(3, said::stream_ended, 0, 1), at(3, said::stream_ended, 0, 1)}},
        {4, "silence", stream},
        {5, "a cancel that met another call",
         worker + sent(1) +
             list{at(1, said::call_begun, 1, 1), at(2, said::cancel_met, 2, 1), at(3, said::call_ended, 1, 1),
                  ends(3, 1)} +
             worker_gone},
        {5, "cancelled without having been asked to be",
         worker + sent(1) + list{ends(3, 1, errc::cancelled)} + worker_gone},
        {5, "two calls at once",
         worker + sent(1) +
             list{at(1, said::call_begun, 1, 1), at(1, said::call_begun, 1, 1), at(3, said::call_ended, 1, 1),
                  ends(3, 1)} +
             worker_gone},
        {12, "kept for nobody", stream + list{at(3, said::stream_ended, 0, 1), at(4, said::ahead, 0, 1, 1)}},
        {12, "too far ahead", stream + list{at(1, said::ahead, 0, 1, 3), at(3, said::stream_ended, 0, 1)}},
    };
}

std::vector<bad> bad_sessions() {
    const auto connects = [](std::int64_t time, std::uint64_t who) {
        return at(time, said::connect_begun, 0, who);
    };
    const auto fails = [](std::int64_t time, std::uint64_t who, std::int64_t permanent = 0) {
        return at(time, said::connect_failed, 0, who, permanent);
    };
    const auto connected = [](std::int64_t time, std::uint64_t who) {
        return at(time, said::connected, 0, who);
    };
    return {
        {9,
         "the second in line first",
         {at(0, said::waits, 0, 1, 1), at(0, said::waits, 0, 1, 2), at(1, said::served, 0, 1, 2),
          at(1, said::served, 0, 1, 1)}},
        {9,
         "one who came back behind those who came later",
         {at(0, said::waits, 0, 1, 1), at(0, said::waits, 0, 1, 2), at(1, said::served, 0, 1, 1),
          at(1, said::came_back, 0, 1, 1), at(2, said::served, 0, 1, 2)}},
        {10,
         "lent twice",
         {at(0, said::lease_begun, 0, 1), at(1, said::lease_begun, 0, 1), at(2, said::lease_ended, 0, 1)}},
        {10,
         "lent as it was left",
         {at(0, said::lease_begun, 0, 1), at(1, said::lease_ended, 0, 1, 1), at(2, said::lease_begun, 0, 1),
          at(3, said::lease_ended, 0, 1)}},
        {11,
         "two at once after a loss",
         {at(0, said::lost, 0, 1), connects(1, 1), connects(2, 2), connected(3, 1), connected(3, 2)}},
        {11,
         "two at once after a failure",
         {connects(0, 1), fails(1, 1), connects(400, 1), connects(800, 2), connected(900, 1), connected(900, 2)}},
        {11, "too soon", {connects(0, 1), fails(1, 1), connects(249, 1), connected(250, 1)}},
        {11, "too soon for what does not pass", {connects(0, 1), fails(1, 1, 1), connects(900, 1), connected(901, 1)}},
        {14, "a connect without an end", {connects(0, 1)}},
        {14, "a thread without an end", worker},
        {14, "more given up than allowed",
         worker + list{at(0, said::generation_started, 0, 2, 1, 2), at(1, said::quarantined, 0, 1, 1, 1),
                       at(1, said::quarantined, 0, 2, 2, 1)}},
        {14, "a lease without an end", {at(0, said::lease_begun, 0, 1)}},
        {14, "the tables hold one that nobody knows", {at(0, said::in_flight, 0, 0, 1)}},
    };
}

bounds narrow() {
    bounds within;
    within.pause = 250;
    within.pause_permanent = 60'000;
    within.quarantined = 1;
    return within;
}

}  // namespace

TEST_CASE("a history without a fault has none") {
    const list good = worker + sent(1, begin, 1) + list{ends(2, 1)} + sent(2, write, 1) + list{ends(2, 2)} +
                      sent(3, commit, 1) + list{at(2, said::applied, 2, 1), at(2, said::applied, 3, 1), ends(2, 3)} +
                      sent(4, write) +
                      list{at(3, said::call_begun, 4, 1), at(3, said::cancel_met, 4, 1), at(3, said::call_ended, 4, 1),
                           ends(100, 4, errc::deadline, sluice::outcome::unknown), at(101, said::applied, 4, 1)} +
                      list{at(4, said::submitted, 5, 1), at(4, said::refused, 5, 0, 0, 0, errc::queue_full)} + stream +
                      list{at(5, said::rows, 0, 1, 0, 5), at(5, said::ahead, 0, 1, 2),
                           at(6, said::stream_ended, 0, 1, 5), at(6, said::in_flight)} +
                      list{at(7, said::waits, 0, 1, 1),  at(7, said::waits, 0, 1, 2), at(8, said::withdrew, 0, 1, 1),
                           at(8, said::served, 0, 1, 2), at(8, said::waits, 0, 1, 3), at(8, said::came_back, 0, 1, 2),
                           at(8, said::served, 0, 1, 2), at(8, said::served, 0, 1, 3)} +
                      list{at(8, said::lease_begun, 0, 1), at(9, said::lease_ended, 0, 1, 1),
                           at(9, said::cleaned, 0, 1), at(9, said::lease_begun, 0, 1), at(9, said::lease_ended, 0, 1)} +
                      worker_gone + list{at(201, said::shutdown_returned)};
    CHECK(rules(good, narrow()).empty());
    CHECK(rules({}).empty());
}

TEST_CASE("each rule finds what breaks it") {
    std::set<int> covered;
    for (const auto& table : {bad_requests(), bad_streams_and_calls(), bad_sessions()}) {
        for (const bad& b : table) {
            INFO("R" << b.rule << ' ' << b.what);
            CHECK(rules(b.history, narrow()).count(b.rule) == 1);
            covered.insert(b.rule);
        }
    }
    CHECK(covered == std::set<int>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16});
}

TEST_CASE("of a run that has not come to its end nothing is missing") {
    bounds going_on;
    going_on.is_over = false;
    CHECK(rules(worker + sent(1) + stream, going_on).empty());
}

TEST_CASE("an entry tells what it is") {
    CHECK(to_string(ends(5, 7, errc::deadline, sluice::outcome::unknown)).find("terminal") != std::string::npos);
    CHECK(to_string(said::in_flight) == "in_flight");
    CHECK(to_string(said::submitted) == "submitted");
}

}  // namespace sluice::test
