#include "wakeup.hpp"

#include "threads.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdint>
#include <vector>

namespace sluice::runtime {

namespace {

// Close to a million rounds in all; a tenth where a sanitizer watches each step.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SLUICE_TEST_SLOW 1
#endif
#endif
#if defined(SLUICE_TEST_SLOW)
constexpr std::uint32_t rounds = 25'000;
#else
constexpr std::uint32_t rounds = 250'000;
#endif

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
    std::uint32_t wrong = 0;
    {
        test::crew crew;
        crew.add([&] {
            for (std::uint32_t i = 0; i < rounds; ++i) {
                ping.wait();
                if (ball != 2 * i + 1) ++wrong;
                ++ball;
                pong.signal();
            }
        });
        crew.add([&] {
            for (std::uint32_t i = 0; i < rounds; ++i) {
                ++ball;
                ping.signal();
                pong.wait();
                if (ball != 2 * i + 2) ++wrong;
            }
        });
    }
    CHECK(wrong == 0);
}

TEST_CASE("of many items given one by one none waits for the next") {
    test::watchdog dog("single items");
    wakeup bell;
    std::atomic<std::uint32_t> given{0};
    std::atomic<std::uint32_t> taken{0};
    {
        test::crew crew;
        crew.add([&] {
            while (taken.load() < rounds) {
                if (taken.load() == given.load()) {
                    bell.wait();
                    continue;
                }
                taken.fetch_add(1);
            }
        });
        crew.add([&] {
            for (std::uint32_t i = 0; i < rounds; ++i) {
                given.fetch_add(1);
                bell.signal();
                // The next comes only when this one is taken: a lost signal is never made good by another.
                while (taken.load() <= i) std::this_thread::yield();
            }
        });
    }
    CHECK(taken == rounds);
}

TEST_CASE("many may signal at once and the waiter sees what each has written") {
    test::watchdog dog("eight signallers");
    constexpr std::size_t signallers = 8;
    constexpr std::uint32_t each = rounds / 10;
    wakeup bell;
    std::vector<std::atomic<std::uint32_t>> written(signallers);
    std::vector<std::atomic<std::uint32_t>> seen(signallers);
    {
        test::crew crew;
        for (std::size_t who = 0; who < signallers; ++who) {
            crew.add([&, who] {
                for (std::uint32_t i = 1; i <= each; ++i) {
                    written[who].store(i, std::memory_order_relaxed);
                    bell.signal();
                    // Nobody else may wake the waiter for this one: now and then wait until it was seen.
                    while (i % 4 == 0 && seen[who].load() < i) std::this_thread::yield();
                }
            });
        }
        crew.add([&] {
            for (std::size_t over = 0; over < signallers;) {
                bell.wait();
                over = 0;
                for (std::size_t who = 0; who < signallers; ++who) {
                    const auto now = written[who].load(std::memory_order_relaxed);
                    seen[who].store(now);
                    over += now == each ? 1 : 0;
                }
            }
        });
    }
    for (const auto& s : seen) CHECK(s == each);
}

}  // namespace sluice::runtime
