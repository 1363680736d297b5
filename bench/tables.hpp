#pragma once
// The tables that the subjects of scripts/bench read, and the checksum on which they have to agree: every cell
// has a part in it.
//
// sluice_bench       id bigint, n int, price double, name varchar(40), at timestamp, amount decimal(18,4), note
//                    varchar(255), null in every fifth row.
// sluice_bench_keys  k bigint primary key, v varchar(40): keys_stored rows, of which one is looked up at a time.
// sluice_bench_wide  c1 to c1000 int: wide_rows rows, each cell the number of its row times that of its column.
//
// Threads: functions of their arguments; a checksum is for one thread at a time.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace bench {

inline constexpr std::size_t block_rows = 1024;
inline constexpr std::int64_t medium_rows = 1'000;  // of a whole result that is neither small nor large
inline constexpr std::int64_t keys_stored = 10'000;
inline constexpr std::int64_t wide_columns = 1'000;
inline constexpr std::int64_t wide_rows = 1'000;
// Of the stream that runs beside point queries, again and again: no more than any run of scripts/bench stores.
inline constexpr std::int64_t beside_rows = 30'000;

[[nodiscard]] inline std::string select_sql(std::int64_t rows) {
    return "select id, n, price, name, at, amount, note from sluice_bench where id <= " + std::to_string(rows);
}

// With ? as the place of the key; SOCI has names in its place.
inline constexpr const char* point_sql = "select v from sluice_bench_keys where k = ?";

// The key of the nth query: each of them once before any is used again, never two neighbours in turn.
[[nodiscard]] constexpr std::int64_t key_of(std::int64_t n) noexcept {
    return n * 7'919 % keys_stored + 1;
}

class checksum {
public:
    void number(std::uint64_t v) noexcept { sum_ = sum_ * 31 + v; }
    void real(double v) noexcept {
        std::uint64_t bits;
        std::memcpy(&bits, &v, sizeof bits);
        number(bits);
    }
    // After the cells of a row: rows may come in any order.
    void end_row() noexcept {
        rows_ += sum_;
        sum_ = 0;
    }
    // First byte, last byte, length: what a reader must touch.
    void text(const char* data, std::size_t length) noexcept { number(part(data, length)); }
    // Without a row, and in whatever order the values come.
    void unordered(std::int64_t key, const char* data, std::size_t length) noexcept {
        sum_ += static_cast<std::uint64_t>(key) * 31 * part(data, length);
    }
    [[nodiscard]] std::uint64_t value() const noexcept { return rows_ + sum_; }

private:
    [[nodiscard]] static std::uint64_t part(const char* data, std::size_t length) noexcept {
        if (length == 0) return 0;
        return std::uint64_t{static_cast<unsigned char>(data[0])} + static_cast<unsigned char>(data[length - 1]) +
               length;
    }
    std::uint64_t rows_ = 0;
    std::uint64_t sum_ = 0;
};

}  // namespace bench
