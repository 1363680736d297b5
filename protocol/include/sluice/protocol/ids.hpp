#pragma once
// Names of things that live for a while. Values are never used twice within one engine; 0 is "none".
//
// Threads: values; any thread.

#include <compare>
#include <cstdint>

namespace sluice {

template <class Tag>
class id {
public:
    constexpr id() noexcept = default;
    constexpr explicit id(std::uint64_t value) noexcept : value_(value) {}
    [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }
    [[nodiscard]] constexpr explicit operator bool() const noexcept { return value_ != 0; }
    friend constexpr auto operator<=>(id, id) noexcept = default;

private:
    std::uint64_t value_ = 0;
};

using session_id = id<struct session_tag>;
using stream_id = id<struct stream_tag>;
using transaction_id = id<struct transaction_tag>;  // of one session; 0: begun by a message of its own, or none
using statement_id = id<struct statement_tag>;

}  // namespace sluice
