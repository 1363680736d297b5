#pragma once
// Every random choice of a world comes from one of these: the same seed, the same choices, on every machine.
//
// Threads: a value; one at a time.

#include <cstdint>

namespace sluice::sim {

class dice {
public:
    explicit dice(std::uint64_t seed) noexcept {
        for (std::uint64_t& s : state_) s = split(seed);
    }

    // xoroshiro128+.
    std::uint64_t roll() noexcept {
        const std::uint64_t a = state_[0];
        std::uint64_t b = state_[1];
        const std::uint64_t sum = a + b;
        b ^= a;
        state_[0] = left(a, 24) ^ b ^ (b << 16);
        state_[1] = left(b, 37);
        return sum;
    }
    // 0 to n - 1. n: at least 1.
    std::uint64_t below(std::uint64_t n) noexcept { return (roll() >> 11) % n; }
    std::int64_t between(std::int64_t least, std::int64_t most) noexcept {
        return least + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(most - least) + 1));
    }
    double fraction() noexcept { return static_cast<double>(roll() >> 11) * 0x1.0p-53; }
    bool chance(double p) noexcept { return fraction() < p; }
    // A time of about that length: from a quarter of it to four times as long.
    std::int64_t about(std::int64_t typical) noexcept {
        const std::int64_t scaled = typical << below(3);
        return between(scaled / 4, scaled);
    }

private:
    static constexpr std::uint64_t left(std::uint64_t x, int n) noexcept { return (x << n) | (x >> (64 - n)); }
    static std::uint64_t split(std::uint64_t& seed) noexcept {
        std::uint64_t z = (seed += 0x9e3779b97f4a7c15U);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }
    std::uint64_t state_[2]{};
};

}  // namespace sluice::sim
