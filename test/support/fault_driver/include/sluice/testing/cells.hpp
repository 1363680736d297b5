#pragma once
// What the fault driver puts into each cell, as a pure function of (seed, row, column): a test computes the expected
// value here and compares. Rows and columns count from 0.
//
// Threads: pure functions; any thread.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::testing {

inline constexpr std::uint64_t default_seed = 1;               // of `rows` without a `seed`
inline constexpr std::uint64_t described_bytes_default = 32;   // of varchar and varbinary without a size
inline constexpr std::uint64_t described_bytes_text = 65'536;  // of text without a size
inline constexpr std::uint64_t chosen_bytes_max = 64;          // of a cell whose length no clause fixes

// The finaliser of splitmix64: each bit of the answer depends on each bit of x.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) noexcept {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

[[nodiscard]] constexpr std::uint64_t cell_hash(std::uint64_t seed, std::uint64_t row, std::uint64_t column) noexcept {
    return mix(mix(mix(seed) + row) + column);
}

// True for about one cell in `every`; false for all of them where `every` is 0. An id is never NULL.
[[nodiscard]] constexpr bool cell_is_null(std::uint64_t hash, std::uint64_t every) noexcept {
    return every != 0 && mix(~hash) % every == 0;
}

// Columns `bigint`, `integer`, `double`. (`id` is the row's number.)
[[nodiscard]] constexpr std::int64_t cell_bigint(std::uint64_t hash) noexcept {
    return static_cast<std::int64_t>(hash);
}
[[nodiscard]] constexpr std::int32_t cell_integer(std::uint64_t hash) noexcept {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(hash >> 32U));
}
// Finite and exact: 53 significant bits over 1024.
[[nodiscard]] constexpr double cell_double(std::uint64_t hash) noexcept {
    const std::int64_t significant = static_cast<std::int64_t>(hash) / 2048;
    return static_cast<double>(significant) / 1024.0;
}

struct cell_timestamp_parts {
    std::int16_t year;       // 1 to 9999
    std::uint16_t month;     // 1 to 12
    std::uint16_t day;       // 1 to 28
    std::uint16_t hour;      // 0 to 23
    std::uint16_t minute;    // 0 to 59
    std::uint16_t second;    // 0 to 59
    std::uint32_t fraction;  // nanoseconds, whole microseconds

    friend bool operator==(const cell_timestamp_parts&, const cell_timestamp_parts&) = default;
};

[[nodiscard]] constexpr cell_timestamp_parts cell_timestamp(std::uint64_t hash) noexcept {
    const auto pick = [hash](unsigned shift, std::uint64_t count) {
        return static_cast<std::uint16_t>((hash >> shift) % count);
    };
    return {static_cast<std::int16_t>(1 + pick(0, 9'999)),
            static_cast<std::uint16_t>(1 + pick(14, 12)),
            static_cast<std::uint16_t>(1 + pick(18, 28)),
            pick(23, 24),
            pick(28, 60),
            pick(34, 60),
            static_cast<std::uint32_t>((hash >> 40U) % 1'000'000) * 1'000};
}

// Columns `varchar`, `text`, `varbinary`: the length in bytes where no `length` or `long` clause fixes it, 0 included.
[[nodiscard]] constexpr std::uint64_t cell_length(std::uint64_t hash, std::uint64_t described_bytes) noexcept {
    return mix(hash) % (std::min(described_bytes, chosen_bytes_max) + 1);
}

// A cell's bytes are a prefix of an endless row of bytes, so that any piece of a long value costs no more than itself.
// Text has letters, digits, blank and '_' only.
[[nodiscard]] constexpr char cell_text_byte(std::uint64_t hash, std::uint64_t at) noexcept {
    constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _";
    return letters[(mix(hash ^ (at / 8)) >> (at % 8 * 8)) & 63U];
}
[[nodiscard]] constexpr char cell_binary_byte(std::uint64_t hash, std::uint64_t at) noexcept {
    return static_cast<char>(static_cast<unsigned char>(mix(hash ^ (at / 8)) >> (at % 8 * 8)));
}

[[nodiscard]] inline std::string cell_text(std::uint64_t hash, std::uint64_t bytes) {
    std::string text(bytes, '\0');
    for (std::uint64_t at = 0; at < bytes; ++at) text[at] = cell_text_byte(hash, at);
    return text;
}
[[nodiscard]] inline std::string cell_binary(std::uint64_t hash, std::uint64_t bytes) {
    std::string data(bytes, '\0');
    for (std::uint64_t at = 0; at < bytes; ++at) data[at] = cell_binary_byte(hash, at);
    return data;
}

}  // namespace sluice::testing
