#pragma once
// What a transaction is to be like. What the server or the driver cannot give is refused with unsupported before
// anything is sent; it is never given less than was asked for.
//
//   session.begin(sluice::transaction_options().isolation(sluice::isolation::serializable).read_only(true))
//
// Not an aggregate: g++ 12 miscompiles aggregate temporaries in a co_await expression.
//
// Threads: a value; any thread.

#include <sluice/protocol/config.hpp>
#include <sluice/protocol/error.hpp>
#include <sluice/protocol/limits.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace sluice {

// In the order of what they keep away. A server may give more than is asked for.
enum class isolation : std::uint8_t {
    server_default,
    read_uncommitted,
    read_committed,
    repeatable_read,
    serializable,
};
[[nodiscard]] SLUICE_EXPORT std::string_view to_string(isolation) noexcept;

class transaction_options {
public:
    transaction_options() {}
    transaction_options& isolation(sluice::isolation level) {
        isolation_ = level;
        return *this;
    }
    // The server refuses whatever would change something.
    transaction_options& read_only(bool only) {
        read_only_ = only;
        return *this;
    }
    // How long a statement waits for a lock; then it fails with serialization. 1 ms to 24 h. MariaDB counts in whole
    // seconds: it is rounded up there. Not set: as the session has it.
    transaction_options& lock_timeout(std::chrono::milliseconds wait) {
        lock_timeout_ = wait;
        return *this;
    }

    [[nodiscard]] sluice::isolation isolation() const noexcept { return isolation_; }
    [[nodiscard]] bool read_only() const noexcept { return read_only_; }
    [[nodiscard]] std::optional<std::chrono::milliseconds> lock_timeout() const noexcept { return lock_timeout_; }
    // Whether it asks for anything.
    [[nodiscard]] bool is_plain() const noexcept {
        return isolation_ == sluice::isolation::server_default && !read_only_ && !lock_timeout_;
    }
    // What is out of range, or nothing.
    [[nodiscard]] SLUICE_EXPORT std::optional<error> problems() const;

private:
    sluice::isolation isolation_ = sluice::isolation::server_default;
    bool read_only_ = false;
    std::optional<std::chrono::milliseconds> lock_timeout_;
};

static_assert(!std::is_aggregate_v<transaction_options>);

}  // namespace sluice
