#include "wakeup.hpp"

#include "threads.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdint>
#include <vector>

namespace sluice::runtime {

namespace {

// Close to a million rounds in all, where the machine has time for them.
constexpr std::uint32_t rounds = test::sanitized ? 25'000 : 250'000;

}  // namespace

TEST_CASE("a signal without a waiter makes the next wait return at once") {
    test::watchdog dog("a sticky signal");
    wakeup bell;
    for (int i = 0; i < 1000; ++i) {
        bell.signal();
        bell.wait();
    }
    bell.signal();
    bell.signal();
    bell.wait();  // both were one
    bell.signal();
    bell.wait();
    SUCCEED();
}

TEST_CASE("two threads that wake each other never sleep for ever") {
    test::watchdog dog("ping and pong");
    wakeup ping;
    wakeup pong;
    std::uint32_t ball = 0;  // written by whoever was woken: the signal has to carry it over
    bool over = false;       // as ball
    std::uint32_t wrong = 0;
    {
        test::crew crew;
        crew.add([&] {
            for (std::uint32_t i = 0;; ++i) {
                ping.wait();
                if (over) break;
                if (ball != 2 * i + 1) ++wrong;
                ++ball;
                pong.signal();
            }
        });
        crew.add([&] {
            const test::time_box time;
            for (std::uint32_t i = 0; i < rounds && !time.over(); ++i) {
                ++ball;
                ping.signal();
                pong.wait();
                if (ball != 2 * i + 2) ++wrong;
            }
            over = true;
            ping.signal();
        });
    }
    CHECK(wrong == 0);
    CHECK(ball > 100);
}

TEST_CASE("of many items given one by one none waits for the next") {
    test::watchdog dog("single items");
    wakeup bell;
    std::atomic<std::uint32_t> given{0};
    std::atomic<std::uint32_t> taken{0};
    std::atomic<bool> over{false};
    {
        test::crew crew;
        crew.add([&] {
            while (!over) {
                if (taken.load() == given.load()) {
                    bell.wait();
                    continue;
                }
                taken.fetch_add(1);
            }
        });
        crew.add([&] {
            const test::time_box time;
            for (std::uint32_t i = 0; i < rounds && !time.over(); ++i) {
                given.fetch_add(1);
                bell.signal();
                // The next comes only when this one is taken: a lost signal is never made good by another.
                while (taken.load() <= i) std::this_thread::yield();
            }
            over = true;
            bell.signal();
        });
    }
    CHECK(taken == given);
    CHECK(taken > 100);
}

TEST_CASE("many may signal at once and the waiter sees what each has written") {
    test::watchdog dog("eight signallers");
    constexpr std::size_t signallers = 8;
    wakeup bell;
    std::vector<std::atomic<std::uint32_t>> written(signallers);
    std::vector<std::atomic<std::uint32_t>> seen(signallers);
    std::atomic<std::size_t> over{0};
    {
        test::crew crew;
        for (std::size_t who = 0; who < signallers; ++who) {
            crew.add([&, who] {
                const test::time_box time;
                for (std::uint32_t i = 1; i <= rounds / 10 && !time.over(); ++i) {
                    written[who].store(i, std::memory_order_relaxed);
                    bell.signal();
                    // Nobody else may wake the waiter for this one: now and then wait until it was seen.
                    while (i % 4 == 0 && seen[who].load() < i) std::this_thread::yield();
                }
                ++over;
                bell.signal();
            });
        }
        crew.add([&] {
            for (bool last = false; !last;) {
                bell.wait();
                last = over == signallers;
                for (std::size_t who = 0; who < signallers; ++who)
                    seen[who].store(written[who].load(std::memory_order_relaxed));
            }
        });
    }
    for (std::size_t who = 0; who < signallers; ++who) {
        CHECK(seen[who] == written[who]);
        CHECK(seen[who] > 0);
    }
}

}  // namespace sluice::runtime
