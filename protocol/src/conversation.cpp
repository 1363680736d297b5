#include <sluice/protocol/conversation.hpp>

#include <cassert>

namespace sluice::protocol {

namespace {

constexpr verdict go{permission::go, errc::ok, ""};
constexpr verdict already{permission::already, errc::ok, ""};

constexpr verdict refused(errc code, const char* why) noexcept {
    return verdict{permission::refused, code, why};
}

constexpr verdict never_started = refused(errc::stale_handle, "no stream of this id was started on this session");

}  // namespace

verdict conversation::needs_idle() const noexcept {
    switch (state_) {
        case state::disconnected:
            return refused(errc::closed, "the session is not connected");
        case state::idle:
            return go;
        case state::streaming:
            return refused(errc::session_busy, "a stream is open on this session: read it to its end or close it");
        case state::broken:
            return refused(errc::connection_lost, "the connection of this session is lost: take a new session");
    }
    return refused(errc::closed, "the session is not connected");
}

// Of what belongs to the transaction that is open, if one is.
verdict conversation::needs_transaction() const noexcept {
    const verdict idle = needs_idle();
    if (idle.what == permission::go && transaction_lost_)
        return refused(errc::connection_lost,
                       "the transaction was lost with its connection, the server rolls it back: roll it back here too");
    return idle;
}

verdict conversation::needs_open_transaction() const noexcept {
    const verdict idle = needs_transaction();
    if (idle.what == permission::go && !in_transaction_)
        return refused(errc::invalid_argument, "no transaction is open on this session: savepoints belong to one");
    return idle;
}

verdict conversation::ask_within(transaction_id of) const noexcept {
    if (state_ == state::disconnected) return go;  // ask() says so
    if (of == transaction()) return go;
    if (was_lost(of))
        return refused(errc::connection_lost,
                       "the transaction was lost with its connection, and the server rolls it back: begin another one");
    if (of) return refused(errc::stale_handle, "this transaction is over: it was committed or rolled back");
    return refused(errc::transaction_active,
                   "a transaction is open on this session: use its handle, or end it or drop it first");
}

verdict conversation::ask(const connect&) const noexcept {
    if (state_ == state::disconnected) return go;
    return refused(errc::invalid_argument, "the session was connected already");
}

verdict conversation::ask(const disconnect&) const noexcept {
    return state_ == state::disconnected ? already : go;
}

verdict conversation::ask(const execute&) const noexcept {
    return needs_transaction();
}

verdict conversation::ask(const catalog&) const noexcept {
    return needs_transaction();
}

verdict conversation::ask(const capabilities&) const noexcept {
    return needs_idle();
}

verdict conversation::ask(const apply_settings&) const noexcept {
    const verdict idle = needs_idle();
    if (idle.what == permission::go && in_transaction_)
        return refused(errc::transaction_active, "a transaction is open on this session, and would take them back");
    return idle;
}

verdict conversation::ask(const stream_start&) const noexcept {
    return needs_transaction();
}

verdict conversation::ask(const stream_fetch& asked) const noexcept {
    if (!asked.id || asked.id > last_stream_) return never_started;
    if (asked.id == open_stream()) return go;
    return refused(errc::closed, "this stream has ended or was closed");
}

verdict conversation::ask(const stream_close& asked) const noexcept {
    if (!asked.id || asked.id > last_stream_) return never_started;
    return asked.id == open_stream() ? go : already;
}

verdict conversation::ask(const prepare&) const noexcept {
    return needs_idle();
}

// A lost connection has taken its statements along.
verdict conversation::of_statements() const noexcept {
    return state_ == state::idle || state_ == state::streaming ? go : already;
}

verdict conversation::ask(const close_statement&) const noexcept {
    return of_statements();
}

verdict conversation::ask(const clear_statements&) const noexcept {
    return of_statements();
}

verdict conversation::ask(const begin&) const noexcept {
    const verdict idle = needs_idle();
    if (idle.what == permission::go && in_transaction_)
        return refused(errc::transaction_active,
                       "a transaction is open on this session: commit it or roll it back first");
    return idle;
}

verdict conversation::ask(const commit&) const noexcept {
    const verdict idle = needs_transaction();
    if (idle.what == permission::go && !in_transaction_)
        return refused(errc::invalid_argument, "no transaction is open on this session: there is nothing to commit");
    return idle;
}

verdict conversation::ask(const rollback&) const noexcept {
    const verdict idle = needs_idle();
    if (idle.what == permission::go && transaction_lost_) return already;
    if (idle.what == permission::go && !in_transaction_)
        return refused(errc::invalid_argument, "no transaction is open on this session: there is nothing to roll back");
    return idle;
}

verdict conversation::ask(const ping&) const noexcept {
    return needs_idle();
}

void conversation::connected() noexcept {
    assert(state_ == state::disconnected);
    state_ = state::idle;
    in_transaction_ = false;
    transaction_lost_ = false;
}

void conversation::disconnected() noexcept {
    state_ = state::disconnected;
    in_transaction_ = false;
    transaction_lost_ = false;
}

stream_id conversation::stream_opened() noexcept {
    assert(state_ == state::idle);
    last_stream_ = stream_id(last_stream_.value() + 1);
    state_ = state::streaming;
    return last_stream_;
}

void conversation::stream_finished() noexcept {
    if (state_ == state::streaming) state_ = state::idle;
}

void conversation::broke() noexcept {
    state_ = state::broken;
    if (in_transaction_ && transaction_) last_lost_ = transaction_;
    in_transaction_ = false;
}

}  // namespace sluice::protocol
