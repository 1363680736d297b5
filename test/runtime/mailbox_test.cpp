// The mailbox. This file is built twice: with the library's own, and with the other variant put in its place.

#include "mailbox.hpp"

#include "threads.hpp"

#include <sluice/protocol/limits.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdint>
#include <vector>

#ifndef SLUICE_TEST_VARIANT
#define SLUICE_TEST_VARIANT "lockfree"
#endif

namespace sluice::runtime {

TEST_CASE("the mailbox under test is the variant it should be") {
    CHECK(mailbox::variant() == SLUICE_TEST_VARIANT);
}

TEST_CASE("a mailbox takes its capacity again and again and gives it back in order") {
    for (const std::size_t capacity : {std::size_t{1}, std::size_t{2}, std::size_t{7}, limits::mailbox_slots_max}) {
        INFO("capacity " << capacity);
        mailbox box(capacity);
        std::uint32_t got = 0;
        CHECK_FALSE(box.pop(got));
        std::size_t wrong = 0;
        for (std::uint32_t round = 0; round < 5; ++round) {
            for (std::uint32_t i = 0; i < capacity; ++i) wrong += box.push(round + i) ? 0 : 1;
            for (std::uint32_t i = 0; i < capacity; ++i) wrong += box.pop(got) && got == round + i ? 0 : 1;
            wrong += box.pop(got) ? 1 : 0;
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("a mailbox never grows") {
    for (const std::size_t capacity : {1U, 100U}) {
        mailbox box(capacity);
        std::size_t taken = 0;
        while (taken < 10 * capacity + 1000 && box.push(1)) ++taken;
        CHECK(taken >= capacity);
        CHECK(taken <= capacity + 66);  // what the lock-free one keeps spare
    }
}

TEST_CASE("eight producers with capacity never find a full mailbox and keep their order") {
    test::watchdog dog("eight producers");
    constexpr std::uint32_t producers = 8;
    constexpr std::uint32_t each = 40'000;
    constexpr std::int64_t capacity = 32;
    mailbox box(capacity);
    std::atomic<std::int64_t> credits{capacity};
    std::atomic<std::uint64_t> refused{0};
    std::atomic<std::uint64_t> pushed{0};
    std::atomic<std::uint32_t> over{0};
    std::uint64_t disorder = 0;
    std::uint64_t popped = 0;
    {
        test::crew crew;
        for (std::uint32_t who = 0; who < producers; ++who) {
            crew.add([&, who] {
                const test::time_box time;
                for (std::uint32_t i = 0; i < each && !time.over(); ++i) {
                    while (credits.fetch_sub(1) <= 0) {
                        credits.fetch_add(1);
                        std::this_thread::yield();
                    }
                    if (!box.push(who << 24 | i)) ++refused;
                    ++pushed;
                }
                ++over;
            });
        }
        crew.add([&] {
            std::vector<std::uint32_t> next(producers, 0);
            while (over < producers || popped + refused < pushed) {
                std::uint32_t got = 0;
                if (!box.pop(got)) {
                    std::this_thread::yield();
                    continue;
                }
                credits.fetch_add(1);
                ++popped;
                const std::uint32_t who = got >> 24;
                if (who >= producers || (got & 0xffffff) != next[who]++) ++disorder;
            }
        });
    }
    CHECK(refused == 0);
    CHECK(disorder == 0);
    CHECK(popped == pushed);
}

TEST_CASE("who pushes after another has said that it pushed comes after it") {
    test::watchdog dog("hand-overs");
    constexpr std::uint32_t rounds = 50'000;
    mailbox box(4);  // A waits until its pair is read: never more than two are in it
    std::atomic<std::uint32_t> turn{0};
    std::atomic<std::uint32_t> read{0};
    std::atomic<bool> over{false};
    std::uint64_t inverted = 0;
    {
        test::crew crew;
        crew.add([&] {
            const test::time_box time;
            for (std::uint32_t i = 0; i < rounds && !time.over(); ++i) {
                while (turn.load() != 2 * i || read.load() != 2 * i) std::this_thread::yield();
                (void)box.push(2 * i);
                turn.store(2 * i + 1);
            }
            over = true;
        });
        crew.add([&] {
            for (std::uint32_t i = 0;; ++i) {
                while (turn.load() != 2 * i + 1) {
                    if (over && turn.load() != 2 * i + 1) return;
                    std::this_thread::yield();
                }
                (void)box.push(2 * i + 1);
                turn.store(2 * i + 2);
            }
        });
        crew.add([&] {
            std::uint32_t got = 0;
            while (!over || read.load() != turn.load()) {
                if (!box.pop(got)) {
                    std::this_thread::yield();
                    continue;
                }
                if (got != read.load()) ++inverted;
                read.fetch_add(1);
            }
        });
    }
    CHECK(inverted == 0);
    CHECK(read > 100);
}

}  // namespace sluice::runtime
