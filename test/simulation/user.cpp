#include "user.hpp"

#include "world.hpp"

#include <algorithm>

namespace sluice::sim {

user::user(world& in, std::uint32_t number, pool* through) : in_(in), number_(number), pool_(through) {
    in_.plan(in_.luck.about(10 * ms), {event::kind::user_acts, number_, 0});
}

std::int64_t user::some_deadline() {
    const climate& c = in_.weather;
    if (in_.happens(c.no_deadline)) return runtime::supervisor::never;
    if (in_.happens(c.hurry)) return in_.now() + in_.luck.about(in_.luck.chance(0.3) ? 200 * us : 20 * ms);
    return in_.now() + in_.luck.about(in_.luck.chance(0.3) ? 30 * second : 2 * second);
}

std::uint32_t user::send(kind what, std::uint64_t transaction) {
    const std::uint32_t request = in_.submit(what, number_, session_, transaction, some_deadline());
    mine_.push_back(request);
    if (mine_.size() > 64) mine_.erase(mine_.begin(), mine_.begin() + 32);
    return request;
}

void user::act() {
    if (!in_.wants_more()) return;
    const climate& c = in_.weather;
    in_.plan(in_.luck.about(in_.luck.chance(0.1) ? 300 * ms : 4 * ms), {event::kind::user_acts, number_, 0});
    if (in_.happens(c.cancels)) cancel_something();
    if (pool_ != nullptr) return session_ != nullptr ? use_lease() : use_pool();
    if (session_ == nullptr) return open();
    if (in_.happens(c.triggers)) storm_of_triggers();
    if (in_.happens(c.drops)) return drop();
    const std::int64_t many = in_.happens(c.bursts) ? in_.luck.between(2, 24) : 1;
    for (std::int64_t i = 0; i < many && session_ != nullptr && in_.wants_more(); ++i) submit_one();
}

void user::open() {
    session_ = &in_.open_session(number_, nullptr, true);
    opening_ = true;
    const std::uint32_t request = send(kind::connect, 0);
    session_->begin();
    session_->accept(request, false);
}

void user::submit_one() {
    const climate& c = in_.weather;
    const bool at_once = in_.happens(c.cancels_at_once);
    kind what = in_.luck.chance(0.5) ? kind::write : kind::read;
    std::uint64_t transaction = transaction_;
    if (std::exchange(broken_, false)) {
        what = kind::rollback;
        transaction = transaction_ = 0;
    } else if (transaction_ != 0 && in_.luck.chance(0.3)) {
        what = in_.luck.chance(0.8) ? kind::commit : kind::rollback;
        transaction_ = 0;
        if (what == kind::rollback) transaction = 0;
    } else if (transaction_ == 0 && stream_ == nullptr && in_.happens(c.transactions)) {
        what = kind::begin;
        transaction = transaction_ = in_.new_transaction();
    } else if (stream_ == nullptr && in_.happens(c.streams)) {
        what = kind::stream_start;
    } else if (stream_ != nullptr && in_.luck.chance(0.2)) {
        const std::uint32_t request = send(kind::close, 0);
        return stream_->close(request, in_.promises[request].deadline);
    } else if (stream_ != nullptr && in_.luck.chance(0.2)) {
        return read_on();  // perhaps a second reader at once
    }
    const std::uint32_t request = send(what, transaction);
    session_->accept(request, at_once);
}

void user::use_pool() {
    if (in_.happens(in_.weather.resizes)) pool_->resize();
    if (in_.happens(in_.weather.evicts)) pool_->evict_all();
    const std::int64_t many = in_.happens(in_.weather.bursts) ? in_.luck.between(2, 8) : 1;
    for (std::int64_t i = 0; i < many && in_.wants_more(); ++i) {
        const kind what = in_.luck.chance(0.2) ? kind::acquire : in_.luck.chance(0.5) ? kind::write : kind::read;
        pool_->enter(send(what, 0));
    }
}

void user::use_lease() {
    if (in_.luck.chance(0.3)) return return_lease();
    submit_one();
}

void user::return_lease() {
    session* const lent = std::exchange(session_, nullptr);
    transaction_ = 0;
    broken_ = false;
    if (stream_) std::exchange(stream_, nullptr)->close(0, 0);
    if (lent != nullptr) pool_->give_back(*lent);
}

void user::drop() {
    if (pool_ != nullptr) return return_lease();
    if (session_ == nullptr) return;
    if (stream_) std::exchange(stream_, nullptr)->close(0, 0);
    transaction_ = 0;
    broken_ = opening_ = false;
    std::exchange(session_, nullptr)->release();
}

void user::cancel(std::uint32_t request, cancel_strength strength) {
    const promise& p = in_.promises[request];
    if (p.accepted) in_.say(test::said::cancel_wanted, request);
    if (p.of_pool && !p.placed)
        pool_->cancel(request);
    else if (p.placed)
        p.at->cancel(p.place, strength);
    else if (p.what == kind::next && stream_)
        stream_->cancel(request);
}

void user::cancel_something() {
    for (std::size_t i = mine_.size(); i-- > 0;) {
        // Sometimes one that is over: its ticket names nobody any more.
        if ((in_.promises[mine_[i]].done && !in_.luck.chance(0.02)) || in_.luck.chance(0.5)) continue;
        return cancel(mine_[i], static_cast<cancel_strength>(in_.luck.below(3)));
    }
}

void user::storm_of_triggers() {
    const std::uint64_t seen = session_->generation() - (in_.luck.chance(0.2) && session_->generation() > 0 ? 1 : 0);
    for (std::int64_t i = in_.luck.between(1, 20); i > 0; --i) session_->trigger(seen);
}

void user::read_on() {
    const std::uint32_t request = send(kind::next, 0);
    stream_->next(request, in_.promises[request].deadline);
}

void user::hears(std::uint32_t request) {
    const promise& p = in_.promises[request];
    if (p.what == kind::acquire) {
        if (p.code != errc::ok) return;
        if (session_ != nullptr || !in_.wants_more()) return pool_->give_back(*p.at);  // it has one, or is through
        session_ = p.at;
        return;
    }
    if (p.at == nullptr || p.at != session_) return;
    if (p.what == kind::connect) {
        opening_ = false;
        if (p.code != errc::ok) drop();
        return;
    }
    if (p.what == kind::begin && p.code != errc::ok) broken_ = true;
    if (p.what != kind::rollback && (p.code == errc::connection_lost || p.code == errc::worker_lost)) broken_ = true;
    if (p.what == kind::stream_start && p.code == errc::ok) {
        stream_ = p.opened;
        reads_ = !in_.happens(in_.weather.never_reads);
        if (!reads_) in_.reach(mark::stream_never_read);
        if (reads_) read_on();
        return;
    }
    if (stream_ == nullptr) return;
    const bool ended = stream_->is_over() && !p.batch && p.code != errc::operation_in_progress;
    if (p.what == kind::close || (p.what == kind::next && ended)) {
        stream_.reset();
    } else if (p.what == kind::next && reads_ && p.code != errc::operation_in_progress) {
        read_on();
    }
}

void user::calm_down() {
    if (stream_) std::exchange(stream_, nullptr)->close(0, 0);
    if (pool_ != nullptr && session_ != nullptr) return return_lease();
    if (session_ == nullptr) return;
    transaction_ = 0;
    broken_ = false;
}

std::uint32_t user::probe(kind what, std::int64_t within) {
    if (pool_ != nullptr) {
        const std::uint32_t request = in_.submit(kind::write, number_, nullptr, 0, in_.now() + within);
        pool_->enter(request);
        return request;
    }
    if (session_ == nullptr || session_->is_over()) return 0;
    const std::uint32_t request = in_.submit(what, number_, session_, 0, in_.now() + within);
    session_->accept(request, false);
    return request;
}

}  // namespace sluice::sim
