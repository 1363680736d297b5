#pragma once
// One session's worker, watched: whether there is one, which generation it is, how long the call it is in may still
// take, and what follows when it does not come back or loses its connection. A pure machine; the simulator runs it.
//
//   absent -> waiting -> connecting -> ready -> waiting (its connection is lost, or its worker given up) -> ...
//             waiting, ready -> failed (cannot be had: until retry_at) -> waiting
//             any -> closed
//
// Any number of triggers give one recovery: the first that names the present generation wins, later ones are collapsed,
// those that name an earlier one are stale. A request under pressure (deadline, cancellation, shutdown) is cancelled at
// once and again; answered without its worker when the worker has not come back by answer_at; and costs the worker its
// place when it has not come back by give_up_at.
//
// Threads: a value; one at a time, under the session's lock. Never blocks. Times are nanoseconds of the caller's clock.

#include <sluice/protocol/cancellation.hpp>
#include <sluice/protocol/error.hpp>

#include <cstdint>
#include <limits>

namespace sluice::runtime {

// How patient a supervisor is. Nanoseconds.
struct patience {
    std::int64_t settle;           // from pressure to an answer without the driver: it may have the true one
    std::int64_t cancel;           // from pressure to the end of the worker
    std::int64_t fetch;            // from the deadline of a reader to pressure on the fetch
    std::int64_t connect;          // of a recovery's attempt
    std::int64_t leave;            // from the end of a generation to the end of its thread
    std::int64_t resend;           // from the first cancel to the second, doubled each time
    std::uint32_t cancels;         // for one request
    std::int64_t retry;            // of a session that failed for want of a thread, if somebody asks
    std::int64_t retry_permanent;  // of one that failed because of credentials and the like
};
[[nodiscard]] const patience& default_patience() noexcept;

class supervisor {
public:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    enum class phase : std::uint8_t {
        absent,      // nobody has asked for a connection
        waiting,     // for leave to connect
        connecting,  // a new generation makes its connection
        ready,       // a worker serves the mailbox
        failed,      // there is no connection, and none is tried for before somebody asks, after retry_at
        closed,
    };
    enum class verdict : std::uint8_t { started, collapsed, stale };

    // What the session has to do, in this order. All of it is done before the next event.
    struct todo {
        errc answer = errc::ok;       // answer the running request with this: its worker has not come back
        bool end_generation = false;  // end what hangs on the generation: stream, transaction, requests queued for them
        bool quarantine = false;      // the thread of the generation that ends is stuck: count it, take of the budget
        bool refuse = false;          // answer what is queued: there is nobody to serve it
        bool ask = false;             // ask the endpoint for leave to connect
        bool start = false;           // start the thread of generation()
        bool cancel = false;          // have the running request cancelled; tell cancel_done() about it

        [[nodiscard]] bool anything() const noexcept {
            return answer != errc::ok || end_generation || quarantine || refuse || ask || start || cancel;
        }
    };

    explicit supervisor(const patience& patient = default_patience(), bool reconnects = true) noexcept
        : patient_(patient), reconnects_(reconnects) {}

    // The first connection is wanted: its request waits in the mailbox.
    [[nodiscard]] todo begin() noexcept;
    // The endpoint gives leave to connect. A first generation serves the mailbox at once, where its connect waits; a
    // later one connects by itself. Where `start` does not follow, nobody wants the leave any more: give it back.
    [[nodiscard]] todo permitted(std::int64_t now) noexcept;
    // A later generation is connected, or not.
    [[nodiscard]] bool connected(std::uint64_t generation) noexcept;  // false: it was given up before
    [[nodiscard]] todo connect_failed(std::uint64_t generation, std::int64_t now, bool permanent) noexcept;
    // No thread could be started for generation().
    [[nodiscard]] todo not_started(std::int64_t now) noexcept;

    // The connection of this generation is lost, or shall be.
    [[nodiscard]] verdict trigger(std::uint64_t generation, todo& does) noexcept;
    // After todo.quarantine: whether the budget had room. Without room there is no replacement: it is failed, and the
    // `ask` of the same todo is void.
    [[nodiscard]] todo quarantined(bool had_room, std::int64_t now) noexcept;
    // A request came while it is failed: true, where that begins a new try.
    [[nodiscard]] bool asked(std::int64_t now, todo& does) noexcept;

    // The worker of `generation` is at a request from now on, until it has returned. `fetch`: at a batch of a stream,
    // whose readers keep deadlines of their own. REQUIRES: serves(generation). Answers with the request's number.
    std::uint64_t took(std::int64_t now, std::int64_t deadline, bool fetch) noexcept;
    // False: it was given up in between, the worker touches nothing of the session any more.
    [[nodiscard]] bool returned(std::uint64_t generation) noexcept;

    // Somebody wants the running request to end; the strongest counts, the first reason stays.
    [[nodiscard]] todo press(std::int64_t now, errc reason, cancel_strength) noexcept;
    // A reader of the stream waits: the fetch may take the time of its deadline. Has run out of time while the worker
    // fetches for it: the first one counts, until another waits. Has closed the stream.
    void reader_waits() noexcept;
    void reader_late(std::int64_t now) noexcept;
    void reader_gone(std::int64_t now) noexcept;
    // The canceller has been at request `number`. `sent`: the driver was asked to stop.
    void cancel_done(std::uint64_t number, std::int64_t now, bool sent) noexcept;

    // Time has passed: to be called at next_event() or later.
    [[nodiscard]] todo tick(std::int64_t now) noexcept;
    [[nodiscard]] std::int64_t next_event() const noexcept;

    // No generation is started any more. The present one goes on if there is one, or if it connects; where there is
    // none, what is queued has nobody to wait for: `refuse`.
    todo no_more() noexcept;
    void close() noexcept;

    [[nodiscard]] phase now() const noexcept { return phase_; }
    [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }
    // Whether the worker of that generation may take requests.
    [[nodiscard]] bool serves(std::uint64_t generation) const noexcept {
        return phase_ == phase::ready && generation == generation_;
    }
    [[nodiscard]] bool is_running() const noexcept { return running_.number != 0; }
    [[nodiscard]] bool is_suspect() const noexcept { return is_running() && running_.give_up_at != never; }
    [[nodiscard]] std::uint64_t running() const noexcept { return running_.number; }  // 0: none
    // Why the running request has to end; errc::ok: it need not.
    [[nodiscard]] errc pressed() const noexcept { return running_.reason; }
    [[nodiscard]] std::uint64_t collapsed() const noexcept { return collapsed_; }
    [[nodiscard]] std::uint64_t recoveries() const noexcept { return recoveries_; }
    [[nodiscard]] std::int64_t retry_at() const noexcept { return retry_at_; }

private:
    struct request {
        std::uint64_t number = 0;
        std::int64_t deadline = never;
        bool fetch = false;
        errc reason = errc::ok;
        errc late_reason = errc::deadline;  // what reason will be at press_at
        std::int64_t answer_at = never;
        std::int64_t give_up_at = never;
        std::int64_t cancel_at = never;
        std::int64_t press_at = never;  // of a fetch whose reader was late
        std::uint32_t cancels = 0;
    };
    [[nodiscard]] todo end_generation() noexcept;
    void recover() noexcept;
    void fail(std::int64_t retry_at) noexcept;

    patience patient_;
    bool reconnects_;
    phase phase_ = phase::absent;
    std::uint64_t generation_ = 0;
    std::uint64_t numbers_ = 0;
    request running_;
    std::int64_t connect_by_ = never;
    std::int64_t retry_at_ = never;
    std::uint64_t collapsed_ = 0;
    std::uint64_t recoveries_ = 0;
    bool recovering_ = false;
};

}  // namespace sluice::runtime
