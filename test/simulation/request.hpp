#pragma once
// One request of a simulated user: what the table of requests holds of it, and what its user holds.
//
// Threads: one.

#include "operation.hpp"
#include "policy/request_table.hpp"

#include <cstdint>
#include <memory>

namespace sluice::sim {

class session;
class stream;
class world;

enum class kind : std::uint8_t {
    connect,
    read,
    write,
    stream_start,
    begin,
    commit,
    rollback,
    reset,
    ping,
    next,
    close,
    acquire
};

// What it has to do with the transaction of its session; see runtime/src/operation.hpp.
[[nodiscard]] constexpr bool is_bound(kind k) noexcept {
    return k == kind::read || k == kind::write || k == kind::stream_start || k == kind::commit;
}
[[nodiscard]] constexpr bool may_apply(kind k) noexcept {
    return k == kind::write || k == kind::commit;
}

class sim_operation final : public runtime::operation {
public:
    sim_operation(world& in, std::uint32_t id, kind k) noexcept : request(id), what(k), in_(in) {}

    void run(runtime::worker&) noexcept override {}
    void answer() noexcept override { end(errc::ok, outcome::applied); }
    void fail(const error& e) noexcept override { end(e.code(), e.outcome()); }
    void accepted(const detail::cancel_handle&) noexcept override {}
    [[nodiscard]] outcome unfinished() const noexcept { return may_apply(what) ? outcome::unknown : outcome::none; }
    [[nodiscard]] tie transaction() const noexcept override {
        return is_bound(what) ? tie::within : what == kind::ping ? tie::none : tie::limit;
    }
    [[nodiscard]] bool begins() const noexcept override { return what == kind::begin; }
    [[nodiscard]] bool commits() const noexcept override { return what == kind::commit; }
    [[nodiscard]] bool close_unconnected() noexcept override { return false; }
    [[nodiscard]] bool opens_stream() const noexcept override { return false; }
    [[nodiscard]] bool brings_rows() const noexcept override { return false; }
    [[nodiscard]] errc code() const noexcept override { return errc::ok; }
    void interrupted(errc) noexcept override {}
    // Its one completion.
    void end(errc, outcome) noexcept;

    const std::uint32_t request;
    const kind what;

private:
    world& in_;
};

// The user's end of it.
struct promise {
    kind what{};
    std::uint32_t user = 0;
    std::uint64_t transaction = 0;
    session* at = nullptr;
    runtime::ticket place;
    bool placed = false, accepted = false, done = false, faulted = false, batch = false, of_pool = false;
    errc code = errc::ok;
    std::int64_t deadline = 0;
    std::shared_ptr<stream> opened;  // of a stream_start
};

}  // namespace sluice::sim
