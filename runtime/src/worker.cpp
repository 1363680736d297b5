#include "worker.hpp"

#include "endpoint.hpp"
#include "failure.hpp"
#include "incarnation.hpp"
#include "memory_budget.hpp"
#include "metrics_source.hpp"
#include "session_core.hpp"
#include "worker_answers.hpp"

namespace sluice::runtime {

namespace {

// Batches of one stream alive at once: those ahead, the one being filled, and two in the reader's hands.
constexpr std::size_t batches_beside_prefetch = 3;

}  // namespace

worker::worker(session_core& core, incarnation& life) : core_(core), life_(life) {}

error worker::note(error e) {
    if (connection_.broken()) broke();
    return e;
}

void worker::broke() noexcept {
    if (talk_.in_transaction()) {
        lost_in_transaction_ = true;
        lost_transaction_ = talk_.transaction();
    }
    talk_.broke();
    publish();
}

void worker::publish() noexcept {
    count_statements();
    const auto state = talk_.now();
    core_.publish(
        life_, state == protocol::conversation::state::broken || state == protocol::conversation::state::disconnected,
        talk_.in_transaction() || lost_in_transaction_, lost_in_transaction_ ? lost_transaction_ : talk_.transaction());
}

result<protocol::done> worker::handle(protocol::disconnect& request) {
    close_abandoned_stream();
    if (talk_.ask(request).what == protocol::permission::already) return protocol::done();
    const auto started = clock::now();
    if (channel_) {
        (void)cursor_.close();
        std::exchange(channel_, nullptr)->failed(failure(errc::closed, "the session was closed", outcome::applied));
    }
    auto closed = connection_.close();
    talk_.disconnected();
    publish();
    if (!closed) return closed.error();
    return done_with(std::move(*closed), started);
}

result<capabilities> worker::handle(protocol::capabilities& request) {
    if (auto no = refuse(request)) return *no;
    auto known = connection_.capabilities();
    if (!known) return note(known.error());
    return known;
}

result<protocol::stream_start::reply> worker::handle(protocol::stream_start& request) {
    if (auto no = refuse(request)) return *no;
    const auto started = clock::now();
    odbc::cursor_options options;
    pages_.reset();
    options.how = odbc::cursor_options::reading::stream;
    options.batch_rows = request.batch_rows;
    options.batch_bytes = request.batch_bytes;
    options.query_timeout = request.query_timeout;
    auto executed = request.key.empty() ? execute(request, options) : execute_stream(request, options);
    if (!executed) return executed.error();

    protocol::stream_start::reply reply;
    reply.id = talk_.stream_opened();
    reply.columns = executed->rows.columns();
    reply.affected_rows = executed->affected_rows;
    const bool one_by_one = !executed->rows.is_open() || (pages_ && pages_->form().pages);
    reply.mode = one_by_one ? stream_mode::incremental : executed->rows.mode();
    reply.warnings = std::move(executed->warnings);
    reply.timings.executing = clock::now() - started;
    cursor_ = std::move(executed->rows);
    next_row_ = 0;
    memory_.emplace(request.prefetch + batches_beside_prefetch);
    channel_ = std::make_shared<stream_channel>(reply, request.prefetch, core_.weak_from_this());
    if (!core_.current_stream(life_, channel_)) {
        const bool over = reply.mode == stream_mode::buffered_by_driver && !connection_.in_transaction();
        (void)cursor_.close();
        channel_.reset();
        return core_.given_up_error(over ? outcome::applied : outcome::none);
    }
    if (!cursor_.is_open()) {  // a statement without a result: a stream of no rows
        talk_.stream_finished();
        std::exchange(channel_, nullptr)->ended();
    }
    return reply;
}

bool worker::wants_batch(bool scarce) const noexcept {
    return channel_ && (channel_->wants(scarce) || channel_->wants_next_result());
}

bool worker::stream_is_abandoned() const noexcept {
    return channel_ && channel_->close_requested();
}

// An interrupted fetch is told why it was interrupted.
error worker::stream_error(error e) {
    const errc reason = core_.pressed(life_);
    if (e.code() != errc::cancelled || reason == errc::ok || reason == errc::cancelled) return note(std::move(e));
    return note(with_code(e, reason));
}

void worker::pump() {
    try {
        if (channel_->wants_next_result())
            open_next_result();
        else
            fetch_batch();
    } catch (...) {
        const error why = threw();
        if (channel_) std::exchange(channel_, nullptr)->failed(why);
    }
}

void worker::fetch_batch() {
    const auto started = clock::now();
    auto block = cursor_.fetch(*memory_);
    if (block && *block) {
        sluice::timings spent;
        spent.fetching = clock::now() - started;
        const std::uint64_t first = std::exchange(next_row_, next_row_ + (*block)->rows());
        batch rows(core_.memory().counted(std::move(*block)), first, spent);
        if (pages_)
            if (auto wrong = pages_->seen(rows)) return finish_stream(std::move(wrong));
        channel_->push(std::move(rows));
        return;
    }
    if (block && pages_ && pages_->may_go_on()) {
        auto opened = open_next_page();
        if (opened && *opened) return fetch_batch();
        return finish_stream(opened ? std::nullopt : std::optional<error>(opened.error()));
    }
    if (block && cursor_.has_next()) return channel_->result_ended();
    finish_stream(block ? std::nullopt : std::optional<error>(block.error()));
}

void worker::open_next_result() {
    auto next = cursor_.next_result();
    if (!next || !*next) return finish_stream(next ? std::nullopt : std::optional<error>(next.error()));
    next_row_ = 0;
    protocol::stream_next_result::reply reply;
    reply.another = true;
    reply.columns = cursor_.columns();
    reply.affected_rows = (*next)->affected_rows;
    reply.warnings = std::move((*next)->warnings);
    channel_->opened_next(std::move(reply));
}

void worker::finish_stream(std::optional<error> wrong) {
    auto closed = cursor_.close();
    count_statements();
    talk_.stream_finished();
    memory_.reset();
    pages_.reset();
    const auto channel = std::exchange(channel_, nullptr);
    if (wrong)
        channel->failed(stream_error(std::move(*wrong)));
    else if (!closed)
        channel->failed(note(closed.error()));
    else
        channel->ended();
}

void worker::close_abandoned_stream() {
    if (!stream_is_abandoned()) return;
    const auto started = clock::now();
    auto closed = cursor_.close();
    count_statements();
    talk_.stream_finished();
    memory_.reset();
    pages_.reset();
    const auto channel = std::exchange(channel_, nullptr);
    if (closed)
        channel->closed(done_with({}, started));
    else
        channel->closed(note(closed.error()));
}

void worker::abandon_stream() noexcept {
    if (channel_) channel_->abandon();
}

void worker::close_stream_for(const char* why) noexcept {
    close_abandoned_stream();
    if (!channel_) return;
    (void)cursor_.close();
    pages_.reset();
    talk_.stream_finished();
    std::exchange(channel_, nullptr)->failed(failure(errc::closed, why, outcome::applied));
}

result<protocol::done> worker::handle(protocol::reset& request) {
    close_stream_for("the session was given back");
    core_.statements().close_all();
    if (connected() && !lost()) free_closed();
    talk_.forget_lost_transaction();
    core_.forget_lost_transaction(life_);
    const auto started = clock::now();
    protocol::done reply;
    if (talk_.in_transaction()) {
        auto ended = end_transaction(connection_.rollback(), started);
        if (!ended) return ended;
        reply = std::move(*ended);
    }
    core_.leased_with(life_, {});
    if (auto restored = connection_.revert_settings(); !restored) return note(restored.error());
    if (auto done = run_all(connection_, request.statements, "on_return", reply.warnings); !done)
        return note(done.error());
    return reply;
}

result<protocol::done> worker::handle(protocol::ping& request) {
    if (auto no = refuse(request)) return *no;
    const auto started = clock::now();
    auto alive = connection_.ping(request.sql);
    if (!alive) return note(alive.error());
    return done_with(std::move(*alive), started);
}

result<metrics_snapshot> worker::handle(protocol::metrics&) {
    return core_.counts().now();
}

error worker::threw() noexcept {
    std::string what = "an exception";
    try {
        throw;
    } catch (const std::exception& e) {
        what = e.what();
    } catch (...) {
    }
    broke();
    return failure(errc::worker_lost, "the worker could not go on: " + what, outcome::unknown, session_state::broken);
}

void worker::leave(bool given_up) noexcept {
    close_abandoned_stream();
    if (channel_) {
        (void)cursor_.close();
        const auto channel = std::exchange(channel_, nullptr);
        if (!given_up) channel->failed(engine_gone());
    }
    if (connected()) (void)connection_.close();
    talk_.disconnected();
    publish();
}

template <class R>
void request_operation<R>::run(worker& w) noexcept {
    try {
        reply_.emplace(w.handle(request_));
    } catch (...) {
        reply_.emplace(w.threw());
    }
}

template <class R>
void request_operation<R>::unheard(worker& w) noexcept {
    if constexpr (std::is_same_v<R, protocol::prepare>) {
        if (reply_ && *reply_) w.unheard(**reply_);
    } else {
        (void)w;
    }
}

// For worker_statements.cpp.
template std::optional<error> worker::refuse(const protocol::prepare&);

template class request_operation<protocol::connect>;
template class request_operation<protocol::disconnect>;
template class request_operation<protocol::execute>;
template class request_operation<protocol::execute_all>;
template class request_operation<protocol::stream_start>;
template class request_operation<protocol::prepare>;
template class request_operation<protocol::close_statement>;
template class request_operation<protocol::clear_statements>;
template class request_operation<protocol::begin>;
template class request_operation<protocol::commit>;
template class request_operation<protocol::rollback>;
template class request_operation<protocol::savepoint>;
template class request_operation<protocol::rollback_to>;
template class request_operation<protocol::release>;
template class request_operation<protocol::reset>;
template class request_operation<protocol::ping>;
template class request_operation<protocol::metrics>;
template class request_operation<protocol::catalog>;
template class request_operation<protocol::bulk_insert>;
template class request_operation<protocol::pipeline>;
template class request_operation<protocol::capabilities>;
template class request_operation<protocol::apply_settings>;

}  // namespace sluice::runtime
