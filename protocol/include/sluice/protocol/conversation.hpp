#pragma once
// The rules of one session's conversation, as a pure machine: which request may follow what. The worker asks it before
// it calls the driver, and reports what came of it; the tests walk it as a table.
//
//            | disconnected | idle        | streaming         | broken
// connect    | go           | invalid     | invalid           | invalid
// execute    | closed       | go          | session_busy      | connection_lost
// catalog    | closed       | go          | session_busy      | connection_lost
// capabilities: as catalog, and whatever became of a transaction
// execute all: as execute
// start      | closed       | go          | session_busy      | connection_lost
// fetch id   | by id: the open stream: go; one that ended or was closed: closed; never started: stale_handle
// next result id: as fetch
// close id   | by id: the open stream: go; one that ended or was closed: already (done, again); never started:
// stale_handle begin      | closed       | go, in a transaction: transaction_active | session_busy | connection_lost
// commit     | closed       | go, outside of one: invalid              | session_busy | connection_lost
// ping       | closed       | go          | session_busy      | connection_lost
// prepare    | closed       | go          | session_busy      | connection_lost
// settings   | closed       | go, in a transaction: transaction_active | session_busy | connection_lost
// close, clear statements | already | go  | go                | already
// disconnect | already      | go          | go                | go
//
// A transaction that was lost with an earlier connection is not forgotten silently: what would belong to it (execute,
// start, commit) is connection_lost until it is rolled back (already: there is nothing to call) or another one begins.
//
// A transaction that was begun for a handle has an id. While it is open, what does not carry that id is
// transaction_active; an id that is not of the open one is stale_handle, of the one that was lost last connection_lost
// (its rollback: already). A transaction with an id leaves nothing to roll back when it is lost: its requests are
// known.
//
// Threads: a value; one at a time. Never blocks, calls nothing.

#include <sluice/protocol/error.hpp>
#include <sluice/protocol/ids.hpp>
#include <sluice/protocol/request.hpp>

#include <cstdint>
#include <optional>
#include <variant>

namespace sluice::protocol {

enum class permission : std::uint8_t {
    go,       // make the call
    already,  // nothing to do: answer "done"
    refused,  // answer with the error
};

struct verdict {
    permission what = permission::go;
    errc code{};           // when refused
    const char* why = "";  // when refused
};

class conversation {
public:
    enum class state : std::uint8_t { disconnected, idle, streaming, broken };

    // May this request be made now? Changes nothing.
    [[nodiscard]] verdict ask(const connect&) const noexcept;
    [[nodiscard]] verdict ask(const disconnect&) const noexcept;
    [[nodiscard]] verdict ask(const execute&) const noexcept;
    [[nodiscard]] verdict ask(const execute_all&) const noexcept { return needs_transaction(); }
    [[nodiscard]] verdict ask(const pipeline&) const noexcept { return needs_transaction(); }
    [[nodiscard]] verdict ask(const bulk_insert&) const noexcept { return needs_transaction(); }
    [[nodiscard]] verdict ask(const stream_start&) const noexcept;
    [[nodiscard]] verdict ask(const stream_fetch&) const noexcept;
    [[nodiscard]] verdict ask(const stream_next_result& asked) const noexcept { return ask(stream_fetch(asked.id)); }
    [[nodiscard]] verdict ask(const stream_close&) const noexcept;
    [[nodiscard]] verdict ask(const prepare&) const noexcept;
    [[nodiscard]] verdict ask(const close_statement&) const noexcept;
    [[nodiscard]] verdict ask(const clear_statements&) const noexcept;
    [[nodiscard]] verdict ask(const begin&) const noexcept;
    [[nodiscard]] verdict ask(const commit&) const noexcept;
    [[nodiscard]] verdict ask(const rollback&) const noexcept;
    [[nodiscard]] verdict ask(const ping&) const noexcept;
    [[nodiscard]] verdict ask(const savepoint&) const noexcept { return needs_open_transaction(); }
    [[nodiscard]] verdict ask(const rollback_to&) const noexcept { return needs_open_transaction(); }
    [[nodiscard]] verdict ask(const release&) const noexcept { return needs_open_transaction(); }
    // May a request of this transaction (0: of none) be made at all now? To be asked first; not of begin.
    [[nodiscard]] verdict ask_within(transaction_id) const noexcept;
    [[nodiscard]] verdict ask(const catalog&) const noexcept;
    [[nodiscard]] verdict ask(const capabilities&) const noexcept;
    [[nodiscard]] verdict ask(const apply_settings&) const noexcept;

    // What happened.
    void connected() noexcept;
    void disconnected() noexcept;
    stream_id stream_opened() noexcept;  // REQUIRES: idle. A new id each time.
    void stream_finished() noexcept;     // ended, failed or closed
    void transaction_opened(transaction_id of = {}) noexcept {
        in_transaction_ = true;
        transaction_ = of;
        transaction_lost_ = false;
    }
    void transaction_finished() noexcept {
        in_transaction_ = false;
        transaction_lost_ = false;
    }
    // On a new connection in place of one that was lost: a transaction was lost with that; ids of streams go on.
    void transaction_lost() noexcept { transaction_lost_ = true; }
    // The same of one with an id; 0: of none.
    void transaction_lost_as(transaction_id of) noexcept {
        if (of) last_lost_ = of;
    }
    [[nodiscard]] bool was_lost(transaction_id of) const noexcept { return of && of == last_lost_; }
    void forget_lost_transaction() noexcept { transaction_lost_ = false; }
    void streams_before(stream_id last) noexcept {
        if (last > last_stream_) last_stream_ = last;
    }
    void broke() noexcept;  // the connection is lost

    [[nodiscard]] state now() const noexcept { return state_; }
    [[nodiscard]] bool in_transaction() const noexcept { return in_transaction_; }
    // Which; 0: none, or one without a handle.
    [[nodiscard]] transaction_id transaction() const noexcept {
        return in_transaction_ ? transaction_ : transaction_id();
    }
    [[nodiscard]] stream_id open_stream() const noexcept {
        return state_ == state::streaming ? last_stream_ : stream_id();
    }

private:
    [[nodiscard]] verdict needs_idle() const noexcept;
    [[nodiscard]] verdict needs_transaction() const noexcept;
    [[nodiscard]] verdict needs_open_transaction() const noexcept;
    [[nodiscard]] verdict of_statements() const noexcept;

    state state_ = state::disconnected;
    bool in_transaction_ = false;
    bool transaction_lost_ = false;
    transaction_id transaction_;  // while in_transaction_
    transaction_id last_lost_;
    stream_id last_stream_;
};

}  // namespace sluice::protocol
