#pragma once
// The table that bench/stream_ir reads, and the checksum that both sides have to agree on: every cell has a part in it.
//
// Threads: functions of their arguments.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

namespace bench {

// id bigint, n int, price double, name varchar(40), at timestamp, amount decimal(18,4), note varchar(255) null in every
// fifth row.
[[nodiscard]] std::string select_sql(std::int64_t rows);
// Makes the table with that many rows by Sluice; replaces one that is there.
void fill(const std::string& connection, std::int64_t rows);

class checksum {
public:
    void number(std::uint64_t v) noexcept { sum_ = sum_ * 31 + v; }
    void real(double v) noexcept {
        std::uint64_t bits;
        std::memcpy(&bits, &v, sizeof bits);
        number(bits);
    }
    // First byte, last byte, length: what a reader must touch.
    void text(const char* data, std::size_t length) noexcept {
        number(length == 0
                   ? 0
                   : static_cast<unsigned char>(data[0]) + static_cast<unsigned char>(data[length - 1]) + length);
    }
    [[nodiscard]] std::uint64_t value() const noexcept { return sum_; }

private:
    std::uint64_t sum_ = 0;
};

}  // namespace bench
