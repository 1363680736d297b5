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

class worker {
public:
    explicit worker(session_core&);

    [[nodiscard]] result<protocol::connect::reply> handle(protocol::connect&);
    [[nodiscard]] result<protocol::done> handle(protocol::disconnect&);
    [[nodiscard]] result<row_set> handle(protocol::execute&);
    [[nodiscard]] result<protocol::stream_start::reply> handle(protocol::stream_start&);
    [[nodiscard]] result<protocol::done> handle(protocol::begin&);
    [[nodiscard]] result<protocol::done> handle(protocol::commit&);
    [[nodiscard]] result<protocol::done> handle(protocol::rollback&);
    [[nodiscard]] result<protocol::done> handle(protocol::reset&);

    // Fetches one batch if the open stream wants one. False: nothing to do.
    bool pump();
    // Closes the cursor of a stream that its reader has closed.
    void close_abandoned_stream();
    [[nodiscard]] bool streaming() const noexcept { return channel_ != nullptr; }
    [[nodiscard]] bool connected() const noexcept { return talk_.now() != protocol::conversation::state::disconnected; }
    // Closes stream and connection, whatever they say.
    void leave() noexcept;
    // REQUIRES: called in a catch block. The error for what was thrown; the connection is given up, since nobody knows
    // its state.
    [[nodiscard]] error threw() noexcept;

private:
    template <class Request>
    [[nodiscard]] std::optional<error> refuse(const Request&);
    [[nodiscard]] error note(error);  // sees whether the connection broke
    [[nodiscard]] result<odbc::execution> execute(const std::string& sql, const args&, const detail::field_readers&,
                                                  const odbc::cursor_options&);
    [[nodiscard]] std::optional<error> read_all(odbc::cursor&, std::size_t bytes_max, row_set&);
    [[nodiscard]] result<protocol::done> end_transaction(result<std::vector<diagnostic>>, clock::time_point started);
    void publish() noexcept;
    void fetch_batch();

    session_core& core_;
    odbc::connection connection_;
    protocol::conversation talk_;
    odbc::cursor cursor_;                      // of the open stream
    std::shared_ptr<stream_channel> channel_;  // of the open stream
    std::optional<batch_free_list> memory_;    // of the open stream
    std::uint64_t next_row_ = 0;               // of the open stream
};

}  // namespace sluice::runtime
