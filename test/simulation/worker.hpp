#pragma once
// The simulated thread of one generation of a session: its connection, the call it is in, what the server makes of it.
// Mirrors runtime/src/worker.cpp and the loop of session_service.cpp around the real conversation; the calls take
// virtual time, may get stuck, fail or be cut.
//
// Threads: one.

#include "request.hpp"
#include "stream.hpp"

#include <sluice/protocol/conversation.hpp>

#include <cstdint>
#include <memory>
#include <vector>

namespace sluice::sim {

class session;
class world;

struct worker {
    enum class call : std::uint8_t { none, connect, request, fetch, close_cursor, disconnect };

    worker(world&, session&, std::uint32_t index, std::uint64_t generation);

    // The thread goes on, where it can.
    void wake();
    void step();
    void call_ends(std::uint64_t which);
    // The generation has ended: it has to leave.
    void leaving_since(std::int64_t now);
    void leave_is_over();
    [[nodiscard]] bool quarantine();

    // The gate of the canceller.
    [[nodiscard]] bool begin_interruption(std::uint64_t aimed_at);
    void interrupted(std::uint32_t request);  // the driver hears of it
    void end_interruption();

    // The server cuts the connection.
    void cut();
    // The storm is over: what was only stuck for long comes back.
    void heal();

    [[nodiscard]] bool is_linked() const noexcept { return linked_ && !dead_; }
    [[nodiscard]] bool is_lost() const noexcept { return talk_.now() == protocol::conversation::state::broken; }
    [[nodiscard]] bool is_fetching() const noexcept { return in_ == call::fetch; }
    [[nodiscard]] bool is_connecting() const noexcept { return in_ == call::connect; }
    [[nodiscard]] bool is_in_call() const noexcept { return in_ != call::none; }
    [[nodiscard]] bool is_stuck() const noexcept { return held_ || (in_ != call::none && ends_at_ < 0); }
    [[nodiscard]] bool has_ended() const noexcept { return ended_; }
    [[nodiscard]] bool is_quarantined() const noexcept { return quarantined_; }
    [[nodiscard]] outcome effect() const noexcept;

    world& in;
    session& home;
    const std::uint32_t index;  // among all workers
    const std::uint32_t id;     // among all threads
    const std::uint64_t generation;
    std::uint64_t number = 0;  // what the supervisor calls the present request
    std::uint32_t request = 0;
    bool attempting = true, unusable = true, in_transaction = false;

private:
    struct plan {
        std::int64_t takes = 0;  // negative: for ever
        errc result = errc::ok;
    };
    [[nodiscard]] plan planned(call);
    [[nodiscard]] plan planned_connect();
    void begin(call, plan);
    void touch();
    void serve();
    [[nodiscard]] bool serve_request();
    [[nodiscard]] bool ask_conversation(sim_operation&, errc& code) const;
    void request_ends(errc);
    void first_connect_ends(errc);
    void fetch_ends(errc);
    void server_does(kind, errc);
    void leave();
    void end();
    void publish();

    protocol::conversation talk_;
    std::shared_ptr<stream> channel_;
    // The connection, as the server sees it.
    bool linked_ = false, dead_ = false, was_dead_ = false, open_transaction_ = false;
    std::vector<std::uint32_t> to_commit_;
    // The call.
    call in_ = call::none;
    std::uint64_t calls_ = 0, interrupted_before_ = 0;
    std::int64_t ends_at_ = 0;
    errc result_ = errc::ok;
    bool ignores_cancel_ = false, for_good_ = false;
    std::uint32_t slot_ = 0;
    sim_operation* op_ = nullptr;
    // The thread.
    bool held_ = false, waits_at_gate_ = false, leaving_ = false, ended_ = false, quarantined_ = false,
         step_planned_ = false;
    bool told_to_leave_ = false, fetch_first_ = false;
};

}  // namespace sluice::sim
