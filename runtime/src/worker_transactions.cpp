// What a worker does with the transaction of its session.

#include "session_core.hpp"
#include "worker.hpp"
#include "worker_answers.hpp"

#include <utility>

namespace sluice::runtime {

result<protocol::done> worker::handle(protocol::begin& request) {
    if (auto no = refuse(request)) return *no;
    const auto started = clock::now();
    auto begun = connection_.begin(request.options);
    if (!begun) {
        error why = note(begun.error());
        lost_transaction_ = of_;
        lost_in_transaction_ = lost();  // who sends its statements behind it believes that it has begun
        return why;
    }
    talk_.transaction_opened(of_);
    core_.forget_lost_transaction(life_);
    return done_with(std::move(*begun), started);
}

result<protocol::done> worker::end_transaction(result<std::vector<diagnostic>> ended, clock::time_point started) {
    // Lost or not: who asked for its end is told what came of it.
    if (!connection_.in_transaction() || connection_.broken()) talk_.transaction_finished();
    if (!ended) return note(ended.error());
    if (connection_.broken()) broke();  // it has ended, and the session did not get its own settings back
    return done_with(std::move(*ended), started);
}

result<protocol::done> worker::handle(protocol::commit& request) {
    if (auto no = refuse(request)) return *no;
    const auto started = clock::now();
    return end_transaction(connection_.commit(), started);
}

result<protocol::done> worker::handle(protocol::rollback& request) {
    const auto started = clock::now();
    close_abandoned_stream();
    if (talk_.was_lost(of_)) return done_with({}, started);
    if (!of_ && talk_.ask(request).what == protocol::permission::already) {  // lost with its connection
        talk_.transaction_finished();
        core_.forget_lost_transaction(life_);
        return done_with({}, started);
    }
    if (auto no = refuse(request)) return *no;
    return end_transaction(connection_.rollback(), started);
}

result<protocol::done> worker::at_savepoint(odbc::savepoint_step step, const std::string& name) {
    const auto started = clock::now();
    auto done = connection_.savepoint(step, name);
    if (!done) return note(done.error());
    return done_with(std::move(*done), started);
}

result<protocol::done> worker::handle(protocol::savepoint& request) {
    if (auto no = refuse(request)) return *no;
    return at_savepoint(odbc::savepoint_step::set, request.name);
}

result<protocol::done> worker::handle(protocol::rollback_to& request) {
    if (auto no = refuse(request)) return *no;
    return at_savepoint(odbc::savepoint_step::roll_back_to, request.name);
}

result<protocol::done> worker::handle(protocol::release& request) {
    if (auto no = refuse(request)) return *no;
    return at_savepoint(odbc::savepoint_step::release, request.name);
}

void worker::roll_back() noexcept {
    try {
        protocol::rollback request;
        if (!handle(request)) broke();  // nobody would ever end it
    } catch (...) {
        (void)threw();
    }
    publish();
}

void worker::drop_transaction() noexcept {
    try {
        close_stream_for("the transaction of this stream was dropped");
        of_ = talk_.transaction();
        if (of_) roll_back();
    } catch (...) {
        (void)threw();
    }
}

}  // namespace sluice::runtime
