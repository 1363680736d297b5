#pragma once
// An operation that only counts who completes it: what the table of requests holds in its tests.

#include "operation.hpp"
#include "policy/request_table.hpp"

#include <atomic>
#include <cstdint>
#include <memory>

namespace sluice::test {

// What became of one operation. Outlives it.
struct fate {
    std::atomic<std::uint32_t> completed{0};
    std::atomic<std::uint32_t> run{0};
    std::atomic<std::uint32_t> deleted{0};
};

class counted_operation final : public runtime::operation {
public:
    explicit counted_operation(fate& mine) : fate_(mine) {}
    ~counted_operation() override { fate_.deleted.fetch_add(1); }
    void run(runtime::worker&) noexcept override { fate_.run.fetch_add(1); }
    void answer() noexcept override { fate_.completed.fetch_add(1); }
    void fail(const error&) noexcept override { fate_.completed.fetch_add(1); }
    void accepted(const detail::cancel_handle&) noexcept override {}
    [[nodiscard]] tie transaction() const noexcept override { return tie::limit; }
    [[nodiscard]] bool begins() const noexcept override { return false; }
    [[nodiscard]] bool commits() const noexcept override { return false; }
    [[nodiscard]] bool close_unconnected() noexcept override { return false; }
    [[nodiscard]] bool opens_stream() const noexcept override { return false; }
    [[nodiscard]] bool brings_rows() const noexcept override { return false; }
    [[nodiscard]] errc code() const noexcept override { return errc::ok; }
    void interrupted(errc) noexcept override {}

    runtime::ticket ticket;  // its place, set before it is queued

private:
    fate& fate_;
};

}  // namespace sluice::test
