#pragma once
// What the outside may know of a connection's calls while they run, and how another thread interrupts one.
//
// Threads: a watch is told on the connection's thread; interrupt() and interrupt_from_side() are for any other.

#include <sluice/protocol/error.hpp>
#include <sluice/protocol/request.hpp>

#include <cstdint>

namespace sluice::odbc {

// How the call in progress can be interrupted from another thread. A value; usable between entering() and left().
struct interruption {
    enum class way : std::uint8_t {
        none,          // not at all: a connect, a commit, a fetch that the driver does from its own memory
        statement,     // SQLCancel on `statement`: the running one, or one that the connection keeps for it
        side_session,  // a session of its own asks the server to cancel what `backend` does
    };
    way how = way::none;
    void* statement = nullptr;
    std::int64_t backend = 0;
};

// Told by a connection about its calls. Calls do not nest: each entering() has its left() before the next one.
class call_watch {
public:
    // A call is about to be made that may take long. `effect`: the request's outcome if nothing more were ever heard of
    // it.
    virtual void entering(const interruption&, outcome effect) noexcept = 0;
    // The call is back. Returns when no interruption of it is in progress and none will come; true: one was sent into
    // it.
    [[nodiscard]] virtual bool left() noexcept = 0;
    // The outcome if nothing more were heard from now on. Never between entering() and left().
    virtual void answered(outcome effect) noexcept = 0;
    // Somebody asked that the work under way stop: asked between blocks of rows, rows of single-row reading, and parts
    // of a long value, also between entering() and left(); and after entering() a call that executes or commits, which
    // is not made then.
    [[nodiscard]] virtual bool stop_asked() const noexcept = 0;

protected:
    ~call_watch() = default;
};

// SQLCancel. False: the driver refused. True is no proof of anything. Blocks as long as the driver likes.
// REQUIRES: way::statement, and that the watch's left() of that call waits for this to return.
[[nodiscard]] bool interrupt(const interruption&) noexcept;

// A session of its own, opened with this connection string, asks the server to cancel, and closes. Blocks;
// login_timeout is told to the driver. Success: the server has sent the backend the request.
// REQUIRES: way::side_session, and that the watch's left() of that call waits for this to return.
[[nodiscard]] result<void> interrupt_from_side(const protocol::connect&, const interruption&);

}  // namespace sluice::odbc
