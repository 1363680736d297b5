#pragma once
// What a worker thread does with a request: asks the conversation, calls the driver, makes the reply. Owns the
// connection.
//
// Threads: everything on the worker thread of one session.

#include "batch_free_list.hpp"
#include "operation.hpp"
#include "stream_channel.hpp"

#include <sluice/odbc/connection.hpp>
#include <sluice/protocol/conversation.hpp>
#include <sluice/protocol/request.hpp>

#include <memory>
#include <optional>

namespace sluice::runtime {

class session_core;
struct incarnation;

class worker {
public:
    worker(session_core&, incarnation&);

    // Connects a later generation; what went wrong, or nothing.
    [[nodiscard]] std::optional<error> reconnect(protocol::connect);

    [[nodiscard]] result<protocol::connect::reply> handle(protocol::connect&);
    [[nodiscard]] result<protocol::done> handle(protocol::disconnect&);
    [[nodiscard]] result<row_set> handle(protocol::execute&);
    [[nodiscard]] result<protocol::stream_start::reply> handle(protocol::stream_start&);
    [[nodiscard]] result<protocol::prepare::reply> handle(protocol::prepare&);
    [[nodiscard]] result<protocol::done> handle(protocol::close_statement&);
    [[nodiscard]] result<protocol::clear_statements::reply> handle(protocol::clear_statements&);
    [[nodiscard]] result<protocol::done> handle(protocol::begin&);
    [[nodiscard]] result<protocol::done> handle(protocol::commit&);
    [[nodiscard]] result<protocol::done> handle(protocol::rollback&);
    [[nodiscard]] result<protocol::done> handle(protocol::reset&);
    [[nodiscard]] result<protocol::done> handle(protocol::ping&);
    [[nodiscard]] result<metrics_snapshot> handle(protocol::metrics&);

    // Whether the open stream wants a batch, and fetches it.
    [[nodiscard]] bool wants_batch() const noexcept;
    void pump();
    // Whether the reader of the open stream has closed it, and closes its cursor.
    [[nodiscard]] bool stream_is_abandoned() const noexcept;
    void close_abandoned_stream();
    // As if its reader had closed it; rolls back what is open. For what nobody hears of any more.
    void abandon_stream() noexcept;
    void unheard(const protocol::prepare::reply&) noexcept;
    void roll_back() noexcept;
    // The connection is gone.
    [[nodiscard]] bool lost() const noexcept { return talk_.now() == protocol::conversation::state::broken; }
    [[nodiscard]] bool streaming() const noexcept { return channel_ != nullptr; }
    [[nodiscard]] bool connected() const noexcept { return talk_.now() != protocol::conversation::state::disconnected; }
    // Closes stream and connection, whatever they say. given_up: another one tells the reader of the stream why.
    void leave(bool given_up) noexcept;
    // Tells the session how the connection stands.
    void publish() noexcept;
    // REQUIRES: called in a catch block. The error for what was thrown; the connection is given up, since nobody knows
    // its state.
    [[nodiscard]] error threw() noexcept;

private:
    template <class Request>
    [[nodiscard]] std::optional<error> refuse(const Request&);
    [[nodiscard]] error note(error);  // sees whether the connection broke
    template <class Request>
    [[nodiscard]] result<odbc::execution> execute(const Request&, const odbc::cursor_options&);
    [[nodiscard]] result<odbc::execution> execute_prepared(statement_id, const args&, const odbc::cursor_options&);
    void free_closed() noexcept;
    void count_statements() noexcept;
    [[nodiscard]] std::optional<error> read_all(odbc::cursor&, std::size_t bytes_max, row_set&);
    [[nodiscard]] result<protocol::done> end_transaction(result<std::vector<diagnostic>>, clock::time_point started);
    void broke() noexcept;
    void fetch_batch();

    [[nodiscard]] error stream_error(error);  // of a fetch: why it really ended

    session_core& core_;
    incarnation& life_;
    odbc::connection connection_;
    protocol::conversation talk_;
    odbc::statement_counts counted_;           // of connection_, as the session has been told
    bool found_pooler_ = false;                // and told
    bool lost_in_transaction_ = false;         // the connection broke while a transaction may have been open
    odbc::cursor cursor_;                      // of the open stream
    std::shared_ptr<stream_channel> channel_;  // of the open stream
    std::optional<batch_free_list> memory_;    // of the open stream
    std::uint64_t next_row_ = 0;               // of the open stream
};

}  // namespace sluice::runtime
