// What a worker does with prepared statements.

#include "endpoint.hpp"
#include "event_sink.hpp"
#include "failure.hpp"
#include "incarnation.hpp"
#include "session_core.hpp"
#include "worker_answers.hpp"

#include <utility>

namespace sluice::runtime {

result<protocol::prepare::reply> worker::handle(protocol::prepare& request) {
    if (auto no = refuse(request)) return *no;
    session_statements& all = core_.statements();
    if (all.is_full())
        return failure(errc::too_large,
                       "this session has as many prepared statements as limits::prepared_statements_max allows (" +
                           std::to_string(limits::prepared_statements_max) + "): drop some",
                       outcome::none);
    const auto started = clock::now();
    protocol::prepare::reply reply;
    reply.id = session_statements::next();
    auto prepared = connection_.prepare(reply.id.value(), request.sql);
    if (!prepared) return note(prepared.error());
    all.add(reply.id, std::move(request.sql));
    reply.parameters = prepared->parameters;
    reply.columns = std::move(prepared->columns);
    reply.warnings = std::move(prepared->warnings);
    reply.timings.executing = clock::now() - started;
    return reply;
}

result<odbc::execution> worker::execute_prepared(statement_id id, const args& parameters,
                                                 const odbc::cursor_options& options) {
    if (!connection_.has_prepared(id.value())) {
        auto text = core_.statements().text(id);
        if (!text)
            return failure(errc::stale_handle, "no prepared statement of this session has that id", outcome::none,
                           session_state::usable);
        connection_.adopt(id.value(), std::move(*text));
    }
    return connection_.execute_prepared(id.value(), parameters, options);
}

void worker::free_closed() noexcept {
    for (const auto& [id, sql] : core_.statements().take_closed()) connection_.close_prepared(id.value());
}

// The next request frees it.
void worker::unheard(const protocol::prepare::reply& reply) noexcept {
    core_.statements().close(reply.id);
}

result<protocol::done> worker::handle(protocol::close_statement& request) {
    close_abandoned_stream();
    const auto started = clock::now();
    core_.statements().close(request.id);
    if (talk_.ask(request).what == protocol::permission::go) free_closed();
    protocol::done reply;
    reply.timings.executing = clock::now() - started;
    return reply;
}

result<protocol::clear_statements::reply> worker::handle(protocol::clear_statements& request) {
    close_abandoned_stream();
    const auto started = clock::now();
    protocol::clear_statements::reply reply;
    if (talk_.ask(request).what == protocol::permission::go) {
        free_closed();
        reply.freed = connection_.clear_statements();
    }
    reply.timings.executing = clock::now() - started;
    return reply;
}

void worker::count_statements() noexcept {
    odbc::statement_counts now = counted_;
    if (connection_) now = connection_.statements();
    if (!connection_ || connection_.broken()) now.cached = 0;
    core_.statements().count(counted_, now);
    counted_ = now;
    if (!found_pooler_ && connection_.behind_pooler()) {
        found_pooler_ = true;
        core_.found_pooler(life_);
    }
}

}  // namespace sluice::runtime
