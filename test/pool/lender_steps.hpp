#pragma once
// What a lender says, as text; lenders in a state that a test wants.

#include <sluice/pool/lender.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace sluice::lending {

inline std::string name(lender::entry e) {
    switch (e) {
        case lender::entry::granted:
            return "granted";
        case lender::entry::waits:
            return "waits";
        case lender::entry::full:
            return "full";
        case lender::entry::down:
            return "down";
        case lender::entry::closed:
            return "closed";
    }
    return "?";
}

// "lend 3 to 7, connect 4, test 2, close 1, overdue 5, away 8", without what there is nothing of.
inline std::string text(const steps& s) {
    std::string made;
    const auto add = [&](const std::string& part) {
        made += (made.empty() ? "" : ", ") + part;
    };
    if (s.lend) {
        const std::string how = s.lend->check ? "check and lend " : "lend ";
        add(how + std::to_string(s.lend->session) + " to " + std::to_string(s.lend->to));
    }
    for (const auto n : s.connect) add("connect " + std::to_string(n));
    for (const auto n : s.test) add("test " + std::to_string(n));
    for (const auto n : s.close) add("close " + std::to_string(n));
    for (const auto n : s.overdue) add("overdue " + std::to_string(n));
    for (const auto w : s.turn_away) add("away " + std::to_string(w));
    return made;
}

inline std::string text(const lender::answer& a) {
    const std::string then = text(a.then);
    return name(a.what) + (then.empty() ? "" : ": " + then);
}

inline constexpr std::int64_t one_second = 1'000'000'000;

// Nothing is checked or tested.
inline rules of_size(std::size_t most) {
    rules r;
    r.max_size = most;
    r.check_after_ns = never;
    r.keepalive_ns = never;
    return r;
}

// Its sessions 1 to `lent` are lent to waiters 1 to `lent`; the next waiter is 101.
inline lender with_lent(const rules& by, std::size_t lent, std::int64_t now_ns = 0) {
    lender l(by);
    for (std::size_t n = 1; n <= lent; ++n) {
        const auto asked = l.want(n, now_ns);
        if (asked.then.connect.empty()) continue;
        for (const auto session : asked.then.connect) (void)l.connected(session, now_ns, 0);
    }
    REQUIRE(l.lent() == lent);
    return l;
}

inline lender with_idle(const rules& by, std::size_t idle, std::int64_t now_ns = 0) {
    lender l = with_lent(by, idle, now_ns);
    for (std::size_t n = 1; n <= idle; ++n) REQUIRE(text(l.returned(n, true, now_ns)).empty());
    REQUIRE(l.idle() == idle);
    return l;
}

}  // namespace sluice::lending
