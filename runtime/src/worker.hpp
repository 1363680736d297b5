#pragma once
// What a worker thread does with a request: asks the conversation, calls the driver, makes the reply. Owns the
// connection.
//
// Threads: everything on the worker thread of one session.

#include "batch_free_list.hpp"
#include "operation.hpp"
#include "stream_channel.hpp"
#include "stream_pages.hpp"

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
    [[nodiscard]] result<std::vector<row_set>> handle(protocol::execute_all&);
    [[nodiscard]] result<protocol::pipeline::reply> handle(protocol::pipeline&);
    [[nodiscard]] result<bulk_inserted> handle(protocol::bulk_insert&);
    [[nodiscard]] result<row_set> handle(protocol::catalog&);
    [[nodiscard]] result<capabilities> handle(protocol::capabilities&);
    [[nodiscard]] result<protocol::stream_start::reply> handle(protocol::stream_start&);
    [[nodiscard]] result<protocol::prepare::reply> handle(protocol::prepare&);
    [[nodiscard]] result<protocol::done> handle(protocol::close_statement&);
    [[nodiscard]] result<protocol::clear_statements::reply> handle(protocol::clear_statements&);
    [[nodiscard]] result<protocol::done> handle(protocol::begin&);
    [[nodiscard]] result<protocol::done> handle(protocol::commit&);
    [[nodiscard]] result<protocol::done> handle(protocol::rollback&);
    [[nodiscard]] result<protocol::done> handle(protocol::savepoint&);
    [[nodiscard]] result<protocol::done> handle(protocol::rollback_to&);
    [[nodiscard]] result<protocol::done> handle(protocol::release&);
    [[nodiscard]] result<protocol::done> handle(protocol::reset&);
    [[nodiscard]] result<protocol::done> handle(protocol::ping&);
    [[nodiscard]] result<metrics_snapshot> handle(protocol::metrics&);
    [[nodiscard]] result<protocol::done> handle(protocol::apply_settings&);

    // What is handled from here on belongs to that transaction; 0: to none that has a handle.
    void serving(transaction_id of) noexcept { of_ = of; }
    // The open transaction with a handle; 0: there is none.
    [[nodiscard]] transaction_id transaction() const noexcept { return talk_.transaction(); }
    // Its handle is gone: closes its stream, rolls it back.
    void drop_transaction() noexcept;
    // Whether the open stream wants a batch or its next result, and fetches it. scarce: only where none is there for
    // its reader.
    [[nodiscard]] bool wants_batch(bool scarce) const noexcept;
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
    // Of a whole result, or of several in all.
    struct most {
        std::size_t bytes = 0;
        std::size_t rows = 0;
        std::size_t bytes_before = 0;  // of results before it
        std::size_t rows_before = 0;
    };
    [[nodiscard]] result<odbc::connection> open(protocol::connect&, std::vector<diagnostic>& warnings);
    template <class Request>
    [[nodiscard]] std::optional<error> refuse(const Request&);
    [[nodiscard]] error note(error);  // sees whether the connection broke
    template <class Request>
    [[nodiscard]] result<odbc::execution> execute(const Request&, const odbc::cursor_options&);
    [[nodiscard]] result<odbc::execution> execute_prepared(statement_id, const args&, const odbc::cursor_options&);
    void free_closed() noexcept;
    void count_statements() noexcept;
    [[nodiscard]] result<row_set> read_whole(result<odbc::execution>, most, clock::time_point started);
    [[nodiscard]] std::optional<error> read_all(odbc::cursor&, most, row_set&);
    [[nodiscard]] result<std::vector<row_set>> read_results(odbc::execution&, most, clock::time_point started);
    template <class Request>
    [[nodiscard]] result<std::vector<row_set>> read_with_outputs(result<odbc::execution>, const Request&,
                                                                 clock::time_point started);
    [[nodiscard]] result<std::size_t> skip_results(odbc::cursor&);
    [[nodiscard]] error close_after(odbc::cursor&, error);
    [[nodiscard]] result<protocol::done> end_transaction(result<std::vector<diagnostic>>, clock::time_point started);
    [[nodiscard]] result<protocol::done> at_savepoint(odbc::savepoint_step, const std::string& name);
    void close_stream_for(const char* why) noexcept;
    void broke() noexcept;
    // The result of a stream, of its first page where it comes in pages.
    [[nodiscard]] result<odbc::execution> execute_stream(protocol::stream_start&, const odbc::cursor_options&);
    void fetch_batch();
    // The next page, if there may be one; false: there is none.
    [[nodiscard]] result<bool> open_next_page();
    void open_next_result();
    void finish_stream(std::optional<error>);  // closes the cursor; what the reader is told, or nothing: the end

    [[nodiscard]] error stream_error(error);  // of a fetch: why it really ended

    session_core& core_;
    incarnation& life_;
    odbc::connection connection_;
    protocol::conversation talk_;
    transaction_id of_;                        // of the request that is handled
    transaction_id lost_transaction_;          // where lost_in_transaction_
    odbc::statement_counts counted_;           // of connection_, as the session has been told
    bool found_pooler_ = false;                // and told
    bool lost_in_transaction_ = false;         // the connection broke while a transaction may have been open
    odbc::cursor cursor_;                      // of the open stream
    std::shared_ptr<stream_channel> channel_;  // of the open stream
    std::optional<batch_free_list> memory_;    // of the open stream
    std::optional<stream_pages> pages_;        // of the open stream, where it has a key
    odbc::cursor_options page_options_;        // of its pages
    std::uint64_t next_row_ = 0;               // of the open stream
};

}  // namespace sluice::runtime
