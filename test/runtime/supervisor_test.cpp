// The supervisor, one rule of its header after the other.

#include "policy/supervisor.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <vector>

namespace sluice::runtime {

namespace {

using phase = supervisor::phase;
using verdict = supervisor::verdict;
using todo = supervisor::todo;

constexpr std::int64_t never = supervisor::never;
constexpr patience in_steps{
    .settle = 30,
    .cancel = 2'000,
    .fetch = 500,
    .connect = 30'000,
    .leave = 2'000,
    .resend = 20,
    .cancels = 4,
    .retry = 1'000,
    .retry_permanent = 60'000,
};

// What is to be done, as words in order.
std::string words(const todo& does) {
    std::string said;
    const auto say = [&said](bool so, const std::string& what) {
        if (so) said += (said.empty() ? "" : " ") + what;
    };
    say(does.answer != errc::ok, "answer:" + std::string(to_string(does.answer)));
    say(does.end_generation, "end_generation");
    say(does.quarantine, "quarantine");
    say(does.refuse, "refuse");
    say(does.ask, "ask");
    say(does.start, "start");
    say(does.cancel, "cancel");
    return said;
}

// Ready in its first generation.
supervisor ready(bool reconnects = true) {
    supervisor s(in_steps, reconnects);
    (void)s.begin();
    (void)s.permitted(0);
    return s;
}

supervisor waiting() {
    supervisor s = ready();
    todo does;
    (void)s.trigger(1, does);
    return s;
}

supervisor connecting() {
    supervisor s = waiting();
    (void)s.permitted(100);
    return s;
}

supervisor failed() {
    supervisor s = connecting();
    (void)s.connect_failed(2, 200, true);
    return s;
}

supervisor running(std::int64_t deadline = never, bool fetch = false) {
    supervisor s = ready();
    (void)s.took(0, deadline, fetch);
    return s;
}

}  // namespace

TEST_CASE("a first connection is asked for once and serves the mailbox as soon as it may") {
    supervisor s(in_steps);
    CHECK(s.now() == phase::absent);
    CHECK(words(s.begin()) == "ask");
    CHECK(words(s.begin()).empty());
    CHECK(s.now() == phase::waiting);
    CHECK(words(s.permitted(5)) == "start");
    CHECK(s.now() == phase::ready);
    CHECK(s.serves(1));
    CHECK_FALSE(s.serves(0));
    CHECK(words(s.permitted(6)).empty());
    CHECK(s.generation() == 1);
}

TEST_CASE("a later generation serves only after it is connected") {
    supervisor s = connecting();
    CHECK(s.generation() == 2);
    CHECK_FALSE(s.serves(2));
    CHECK_FALSE(s.connected(1));
    CHECK(s.connected(2));
    CHECK(s.serves(2));
    CHECK_FALSE(s.connected(2));
    CHECK(s.next_event() == never);
}

TEST_CASE("a thousand triggers on one generation start one recovery") {
    supervisor s = ready();
    int started = 0;
    int collapsed = 0;
    for (int i = 0; i < 1'000; ++i) {
        todo does;
        const verdict v = s.trigger(1, does);
        started += v == verdict::started ? 1 : 0;
        collapsed += v == verdict::collapsed ? 1 : 0;
        CHECK(words(does) == (v == verdict::started ? "end_generation ask" : ""));
    }
    CHECK(started == 1);
    CHECK(collapsed == 999);
    CHECK(s.collapsed() == 999);
    CHECK(s.recoveries() == 1);
}

TEST_CASE("a recovery that takes many attempts is one recovery") {
    supervisor s = waiting();
    for (std::uint64_t g = 2; g < 10; ++g) {
        CHECK(words(s.permitted(1'000)) == "start");
        CHECK(words(s.connect_failed(g, 1'001, false)) == "ask");
    }
    (void)s.permitted(2'000);
    CHECK(s.connected(10));
    CHECK(s.recoveries() == 1);
    todo does;
    CHECK(s.trigger(10, does) == verdict::started);
    CHECK(s.recoveries() == 2);
}

TEST_CASE("triggers that name another generation or come when all is over start nothing") {
    struct row {
        std::string what;
        supervisor from;
        std::uint64_t generation;
        verdict expected;
    };
    supervisor closed = ready();
    closed.close();
    supervisor second = connecting();
    (void)second.connected(2);
    const std::vector<row> table{
        {"absent", supervisor(in_steps), 0, verdict::stale},
        {"closed", closed, 1, verdict::stale},
        {"the one before", second, 1, verdict::stale},
        {"one to come", second, 3, verdict::stale},
        {"the one that is waited for", waiting(), 1, verdict::collapsed},
        {"the one that connects", connecting(), 2, verdict::collapsed},
        {"the one before the one that connects", connecting(), 1, verdict::stale},
        {"one that failed", failed(), 2, verdict::collapsed},
    };
    for (const row& r : table) {
        INFO(r.what);
        supervisor s = r.from;
        todo does;
        CHECK(s.trigger(r.generation, does) == r.expected);
        CHECK_FALSE(does.anything());
        CHECK(s.now() == r.from.now());
    }
}

TEST_CASE("a lost connection answers what runs before its generation ends") {
    supervisor s = running();
    todo does;
    CHECK(s.trigger(1, does) == verdict::started);
    CHECK(words(does) == "answer:" + std::string(to_string(errc::connection_lost)) + " end_generation ask");
    CHECK_FALSE(s.is_running());
    CHECK_FALSE(s.returned(1));
}

TEST_CASE("a deadline cancels at once and answers after the settling time and gives up after the grace") {
    supervisor s = running(100);
    CHECK(s.next_event() == 100);
    CHECK(words(s.tick(99)).empty());
    CHECK(words(s.tick(100)) == "cancel");
    CHECK(s.pressed() == errc::deadline);
    CHECK(s.is_suspect());
    CHECK(s.next_event() == 130);
    CHECK(words(s.tick(129)).empty());
    CHECK(words(s.tick(130)) == "answer:" + std::string(to_string(errc::deadline)));
    CHECK(words(s.tick(131)).empty());
    CHECK(s.next_event() == 2'100);
    CHECK(words(s.tick(2'099)).empty());
    CHECK(words(s.tick(2'100)) ==
          "answer:" + std::string(to_string(errc::deadline)) + " end_generation quarantine ask");
    CHECK(s.now() == phase::waiting);
    CHECK_FALSE(s.returned(1));
}

TEST_CASE("a deadline that was over before the worker took the request counts from then") {
    supervisor s = ready();
    (void)s.took(1'000, 10, false);
    CHECK(s.next_event() == 1'000);
    CHECK(words(s.tick(1'000)) == "cancel");
    CHECK(s.next_event() == 1'030);
}

TEST_CASE("a tick that comes late does everything that is due") {
    supervisor s = running(100);
    (void)s.tick(100);
    CHECK(words(s.tick(50'000)) ==
          "answer:" + std::string(to_string(errc::deadline)) + " end_generation quarantine ask");
}

TEST_CASE("one who is given up before the settling time is over has an answer all the same") {
    patience hasty = in_steps;
    hasty.settle = 5'000;
    supervisor s(hasty);
    (void)s.begin();
    (void)s.permitted(0);
    (void)s.took(0, 100, false);
    (void)s.tick(100);
    CHECK(words(s.tick(2'100)) ==
          "answer:" + std::string(to_string(errc::deadline)) + " end_generation quarantine ask");
}

TEST_CASE("who comes back in time has nothing to fear") {
    supervisor s = running(100);
    (void)s.tick(100);
    CHECK(s.returned(1));
    CHECK(s.next_event() == never);
    CHECK(words(s.tick(1'000'000)).empty());
    CHECK(s.pressed() == errc::ok);
}

TEST_CASE("how strongly a request is cancelled decides what follows") {
    struct row {
        cancel_strength strength;
        std::string at_once, after_settling, after_grace;
    };
    const std::string cancelled = "answer:" + std::string(to_string(errc::cancelled));
    const std::array<row, 3> table{{
        {cancel_strength::total, "", "", ""},
        {cancel_strength::partial, "cancel", "", ""},
        {cancel_strength::terminal, "cancel", cancelled, cancelled + " end_generation quarantine ask"},
    }};
    for (const row& r : table) {
        supervisor s = running();
        CHECK(words(s.press(10, errc::cancelled, r.strength)) == r.at_once);
        CHECK(words(s.tick(10 + 30)) == r.after_settling);
        CHECK(words(s.tick(10 + 2'000)) == r.after_grace);
    }
}

TEST_CASE("partial waits for the driver until its deadline and the first reason stays") {
    supervisor s = running(100'000);
    CHECK(words(s.press(10, errc::cancelled, cancel_strength::partial)) == "cancel");
    CHECK(s.next_event() == 100'000);
    CHECK_FALSE(s.is_suspect());
    CHECK(words(s.tick(100'000)).empty());  // it was cancelled before, and nobody said what became of that
    CHECK(words(s.tick(100'030)) == "answer:" + std::string(to_string(errc::cancelled)));
    CHECK(s.next_event() == 102'000);
}

TEST_CASE("the strongest pressure counts and none is pressed later by pressing again") {
    supervisor s = running();
    (void)s.press(10, errc::cancelled, cancel_strength::partial);
    CHECK(words(s.press(20, errc::shutting_down, cancel_strength::terminal)).empty());
    CHECK(s.next_event() == 50);
    CHECK(words(s.press(40, errc::shutting_down, cancel_strength::terminal)).empty());
    CHECK(s.next_event() == 50);
    CHECK(words(s.tick(50)) == "answer:" + std::string(to_string(errc::cancelled)));
    CHECK(s.next_event() == 2'020);
}

TEST_CASE("nobody is pressed where nothing runs") {
    supervisor s = ready();
    CHECK(words(s.press(10, errc::cancelled, cancel_strength::terminal)).empty());
    CHECK(s.next_event() == never);
    (void)s.took(20, never, false);
    CHECK(s.pressed() == errc::ok);
}

TEST_CASE("a cancel is sent again and each time after twice as long and not for ever") {
    supervisor s = running();
    CHECK(words(s.press(0, errc::cancelled, cancel_strength::partial)) == "cancel");
    CHECK(s.next_event() == never);  // until the canceller tells
    std::int64_t now = 0;
    for (const std::int64_t pause : {20, 40, 80}) {
        s.cancel_done(s.running(), now, true);
        CHECK(s.next_event() == now + pause);
        CHECK(words(s.tick(now + pause - 1)).empty());
        now += pause;
        CHECK(words(s.tick(now)) == "cancel");
    }
    s.cancel_done(s.running(), now, true);
    CHECK(s.next_event() == never);
}

TEST_CASE("a cancel that found no call to interrupt costs none of them") {
    supervisor s = running();
    (void)s.press(0, errc::cancelled, cancel_strength::partial);
    std::int64_t now = 0;
    for (int i = 0; i < 100; ++i) {
        s.cancel_done(s.running(), now, false);
        CHECK(s.next_event() == now + 20);
        now += 20;
        CHECK(words(s.tick(now)) == "cancel");
    }
}

TEST_CASE("what the canceller says of another request is nothing") {
    supervisor s = running();
    const std::uint64_t first = s.running();
    (void)s.press(0, errc::cancelled, cancel_strength::partial);
    CHECK(s.returned(1));
    const std::uint64_t second = s.took(5, never, false);
    CHECK(second != first);
    s.cancel_done(first, 6, true);
    s.cancel_done(0, 6, true);
    s.cancel_done(second, 6, true);  // nobody wanted it to end
    CHECK(s.next_event() == never);
}

TEST_CASE("a fetch is pressed when its reader has been late for long and is never answered") {
    supervisor s = running(50, true);
    CHECK(s.next_event() == never);  // a fetch has no deadline of its own
    s.reader_late(100);
    CHECK(s.next_event() == 600);
    s.reader_late(550);  // the next reader is late too: the fetch is no younger for that
    CHECK(s.next_event() == 600);
    CHECK(words(s.tick(600)) == "cancel");
    CHECK(words(s.tick(630)).empty());
    CHECK(words(s.tick(2'600)) == "end_generation quarantine ask");
}

TEST_CASE("a late reader is nothing to a request or to an idle worker") {
    supervisor request = running();
    request.reader_late(100);
    CHECK(request.next_event() == never);
    supervisor idle = ready();
    idle.reader_late(100);
    CHECK(idle.next_event() == never);
}

TEST_CASE("a connect that takes too long costs the thread its place") {
    supervisor s = connecting();
    CHECK(s.next_event() == 30'100);
    CHECK(words(s.tick(30'099)).empty());
    CHECK(words(s.tick(30'100)) == "end_generation quarantine ask");
    CHECK_FALSE(s.connected(2));
    CHECK_FALSE(s.connect_failed(2, 40'000, false).anything());
    CHECK(s.now() == phase::waiting);
}

TEST_CASE("without room for another stuck thread there is no replacement") {
    supervisor s = running(100);
    (void)s.tick(100);
    (void)s.tick(2'100);
    SECTION("room") {
        CHECK(words(s.quarantined(true, 2'100)).empty());
        CHECK(s.now() == phase::waiting);
    }
    SECTION("none") {
        CHECK(words(s.quarantined(false, 2'100)) == "refuse");
        CHECK(s.now() == phase::failed);
        CHECK(s.retry_at() == 3'100);
        CHECK_FALSE(s.permitted(2'200).anything());
    }
}

TEST_CASE("one that failed tries again for who asks after a while") {
    supervisor s = failed();
    CHECK(s.now() == phase::failed);
    CHECK(s.retry_at() == 60'200);
    todo does;
    CHECK_FALSE(s.asked(60'199, does));
    CHECK_FALSE(does.anything());
    CHECK(s.asked(60'200, does));
    CHECK(words(does) == "ask");
    CHECK(s.now() == phase::waiting);
    CHECK_FALSE(s.asked(60'201, does));
}

TEST_CASE("a thread that cannot be started fails the session for a while") {
    for (supervisor s : {ready(), connecting()}) {
        CHECK(words(s.not_started(500)) == "refuse");
        CHECK(s.now() == phase::failed);
        CHECK(s.retry_at() == 1'500);
        CHECK(s.next_event() == never);
    }
    supervisor idle = waiting();
    CHECK_FALSE(idle.not_started(500).anything());
}

TEST_CASE("one that does not reconnect has one generation") {
    supervisor s = ready(false);
    todo does;
    CHECK(s.trigger(1, does) == verdict::started);
    CHECK(words(does) == "end_generation refuse");
    CHECK(s.now() == phase::failed);
    CHECK(s.retry_at() == never);
    CHECK_FALSE(s.asked(never - 1, does));
    CHECK(s.recoveries() == 0);
}

TEST_CASE("no more generations are started where that was said") {
    struct row {
        std::string what;
        supervisor from;
        std::string does;
        phase then;
    };
    const std::vector<row> table{
        {"absent", supervisor(in_steps), "", phase::absent},
        {"waiting", waiting(), "refuse", phase::failed},
        {"connecting", connecting(), "", phase::connecting},
        {"ready", ready(), "", phase::ready},
        {"failed", failed(), "", phase::failed},
    };
    for (const row& r : table) {
        INFO(r.what);
        supervisor s = r.from;
        CHECK(words(s.no_more()) == r.does);
        CHECK(s.now() == r.then);
        todo does;
        CHECK_FALSE(s.asked(never - 1, does));
        if (r.then != phase::absent) CHECK_FALSE(s.permitted(1).anything());
    }
    supervisor goes_on = connecting();
    (void)goes_on.no_more();
    CHECK(goes_on.connected(2));
    CHECK(goes_on.serves(2));
}

TEST_CASE("closed is closed whatever comes") {
    for (supervisor s : {supervisor(in_steps), waiting(), connecting(), running(100), failed()}) {
        s.close();
        todo does;
        CHECK(s.now() == phase::closed);
        CHECK_FALSE(s.begin().anything());
        CHECK_FALSE(s.permitted(1).anything());
        CHECK_FALSE(s.connected(s.generation()));
        CHECK_FALSE(s.connect_failed(s.generation(), 1, false).anything());
        CHECK_FALSE(s.not_started(1).anything());
        CHECK(s.trigger(s.generation(), does) == verdict::stale);
        CHECK_FALSE(s.asked(never - 1, does));
        CHECK_FALSE(s.returned(s.generation()));
        CHECK_FALSE(s.press(1, errc::cancelled, cancel_strength::terminal).anything());
        CHECK_FALSE(s.tick(1'000'000).anything());
        CHECK(s.next_event() == never);
        CHECK_FALSE(does.anything());
    }
}

}  // namespace sluice::runtime
