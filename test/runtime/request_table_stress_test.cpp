// The table of requests and the mailbox as a session uses them: callers, one worker, the control thread, cancellations
// of tickets new and old, and someone who gives up what is running, all at once.

#include "counted_operation.hpp"
#include "mailbox.hpp"
#include "policy/request_table.hpp"
#include "threads.hpp"
#include "wakeup.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <random>
#include <vector>

namespace sluice::runtime {

namespace {

using test::counted_operation;
using test::fate;

constexpr std::size_t callers = 4;
constexpr std::size_t each = 15'000;  // at most, of each caller
constexpr std::size_t slots = 24;
constexpr std::size_t remembered = 64;

struct session {
    request_table table{slots};
    mailbox letters{slots};
    wakeup bell;
    std::unique_ptr<std::array<fate, callers* each>> fates = std::make_unique<std::array<fate, callers * each>>();
    std::array<std::atomic<std::uint64_t>, remembered> tickets{};  // of requests accepted lately
    std::atomic<std::uint64_t> now{1};                             // the expirer's clock
    std::array<std::size_t, callers> asked{};
    std::atomic<std::size_t> over{0};  // callers that are through
    std::atomic<bool> worker_over{false};
    std::atomic<std::uint64_t> wrong_claims{0}, by_cancel{0}, by_expiry{0}, by_giving_up{0}, by_worker{0}, early{0};

    // As session_core: completes a queued request, if it is the first.
    void finish_queued(ticket t, std::atomic<std::uint64_t>& count) {
        operation* op = table.claim_queued(t);
        if (op == nullptr) return;
        if (static_cast<counted_operation*>(op)->ticket != t) ++wrong_claims;
        op->fail(error());
        ++count;
        if (table.settle(t.slot)) table.retire(t.slot);
    }
};

void call(session& s, std::size_t who) {
    std::mt19937_64 random(who);
    const test::time_box time;
    std::size_t& i = s.asked[who];
    for (; i < each && !time.over(); ++i) {
        std::optional<ticket> place;
        while (!(place = s.table.reserve())) std::this_thread::yield();
        auto op = std::make_unique<counted_operation>((*s.fates)[who * each + i]);
        op->ticket = *place;
        operation& mine = *op;
        s.tickets[random() % remembered].store(place->key());
        if (random() % 16 == 0) std::this_thread::yield();  // others find it reserved
        const auto deadline = random() % 4 == 0 ? s.now.load() + random() % 8 : std::uint64_t{1} << 60;
        if (!s.table.enqueue(*place, std::move(op), static_cast<std::int64_t>(deadline))) {
            mine.fail(error());
            ++s.early;
            s.table.retire(place->slot);
            continue;
        }
        if (!s.letters.push(place->slot)) ++s.wrong_claims;
        s.bell.signal();
    }
    ++s.over;
    s.bell.signal();
}

void work(session& s) {
    std::size_t served = 0;
    while (true) {
        const bool last = s.over == callers;
        std::uint32_t slot = 0;
        if (!s.letters.pop(slot)) {
            if (last) break;
            s.bell.wait();
            continue;
        }
        if (operation* op = s.table.take(slot)) {
            op->taken_at = clock::now();
            if (++served % 8 == 0) std::this_thread::yield();  // others find it running
            if (s.table.claim_running(slot) != nullptr) {
                s.table.release(slot)->answer();
                ++s.by_worker;
                continue;
            }
        }
        if (s.table.leave(slot)) s.table.retire(slot);
    }
    s.worker_over = true;
}

void cancel(session& s, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::uint64_t old = 0;
    while (!s.worker_over) {
        const std::uint64_t key = s.tickets[random() % remembered].load();
        s.finish_queued(ticket::from_key(random() % 4 == 0 ? old : key), s.by_cancel);
        if (random() % 64 == 0) old = key;
        std::this_thread::yield();
    }
}

void expire(session& s) {
    while (!s.worker_over) {
        const auto now = static_cast<std::int64_t>(s.now.fetch_add(1));
        if (s.table.next_deadline() <= now)
            for (const ticket t : s.table.due(now)) s.finish_queued(t, s.by_expiry);
        std::this_thread::yield();
    }
}

void give_up(session& s) {
    while (!s.worker_over) {
        for (const ticket t : s.table.all(request_table::state::running)) {
            operation* op = s.table.claim_running(t.slot);
            if (op == nullptr) continue;
            op->fail(error());
            ++s.by_giving_up;
            if (s.table.settle(t.slot)) s.table.retire(t.slot);
        }
        std::this_thread::yield();
    }
}

}  // namespace

TEST_CASE("under fire each request is completed once and no slot is lost") {
    test::watchdog dog("sixty thousand requests");
    session s;
    {
        test::crew crew;
        for (std::size_t who = 0; who < callers; ++who) crew.add([&s, who] { call(s, who); });
        crew.add([&s] { work(s); });
        crew.add([&s] { cancel(s, 101); });
        crew.add([&s] { cancel(s, 102); });
        crew.add([&s] { expire(s); });
        crew.add([&s] { give_up(s); });
    }
    std::size_t asked = 0;
    std::size_t not_once = 0;
    std::size_t left = 0;
    for (std::size_t who = 0; who < callers; ++who) {
        asked += s.asked[who];
        for (std::size_t i = 0; i < s.asked[who]; ++i) {
            const fate& f = (*s.fates)[who * each + i];
            not_once += f.completed == 1 ? 0 : 1;
            left += f.deleted == 1 ? 0 : 1;
        }
    }
    CHECK(not_once == 0);
    CHECK(left == 0);
    CHECK(s.wrong_claims == 0);
    CHECK(s.table.in_flight() == 0);
    CHECK(s.table.all(request_table::state::free).size() == slots);
    CHECK(s.by_worker + s.by_cancel + s.by_expiry + s.by_giving_up + s.early == asked);
    INFO("worker " << s.by_worker << ", cancelled " << s.by_cancel << ", early " << s.early << ", expired "
                   << s.by_expiry << ", given up " << s.by_giving_up);
    CHECK((s.by_worker > 0 && s.by_cancel > 0 && s.by_expiry > 0 && s.by_giving_up > 0 && s.early > 0));
}

}  // namespace sluice::runtime
