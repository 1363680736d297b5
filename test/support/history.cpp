#include "history.hpp"

#include <array>
#include <deque>
#include <iomanip>
#include <map>
#include <sstream>

namespace sluice::test {

namespace {

constexpr std::array<std::string_view, 33> names{
    "submitted",
    "accepted",
    "refused",
    "sent",
    "applied",
    "terminal",
    "cancel_wanted",
    "call_begun",
    "call_ended",
    "cancel_met",
    "stream_opened",
    "rows",
    "ahead",
    "stream_ended",
    "dropped",
    "generation_started",
    "generation_ended",
    "quarantined",
    "left_behind",
    "connect_begun",
    "connected",
    "connect_failed",
    "connect_withdrawn",
    "lost",
    "waits",
    "served",
    "withdrew",
    "came_back",
    "lease_begun",
    "lease_ended",
    "cleaned",
    "shutdown_returned",
    "in_flight",
};

// Grown as numbers come.
template <class T>
class numbered {
public:
    T& operator[](std::uint64_t number) {
        if (number >= all_.size()) all_.resize(number + 1 + number / 2);
        return all_[number];
    }
    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

private:
    std::vector<T> all_;
};

struct request_record {
    bool submitted = false, accepted = false, refused = false, done = false, applied = false, changes = false,
         commits = false, begins = false, ends = false, cancel_wanted = false;
    std::uint32_t sent = 0;
    std::int64_t deadline = 0;
    std::uint64_t transaction = 0, connection = 0, session = 0, order = 0;
    errc code = errc::ok;
    sluice::outcome outcome = sluice::outcome::none;
};

struct connection_record {
    std::uint64_t in_call = 0, session = 0;
    bool alive = false, connecting = false, quarantined = false, left_behind = false, in_transaction = false;
};

struct stream_record {
    bool opened = false, ended = false;
    std::int64_t next = 0, bound = 0;
};

struct line_record {
    std::deque<std::int64_t> line;
    std::map<std::int64_t, std::uint64_t> came;  // who has ever stood there, in which order
    std::uint64_t last = 0;
};

struct session_record {
    bool lent = false, dirty = false;
    std::uint64_t taken = 0;
};

struct transaction_record {
    std::uint64_t connection = 0, begin = 0;
    bool committed = false;
};

class checker {
public:
    checker(const std::vector<entry>& history, const bounds& within) : history_(history), within_(within) {}

    std::vector<violation> run() {
        for (; at_ < history_.size(); ++at_) see(history_[at_]);
        if (within_.is_over) finish();
        return std::move(found_);
    }

private:
    void expect(bool good, int rule, const char* what) {
        if (!good && found_.size() < 16) found_.push_back({rule, at_, what});
    }

    void see(const entry& e) {
        if (e.request != 0 && e.what != said::submitted) {
            const request_record& r = requests_[e.request];
            const bool answer = e.what == said::accepted || e.what == said::refused;
            expect(answer ? r.submitted : r.accepted, 1, "said of a request before it was accepted");
        }
        switch (e.what) {
            case said::submitted:
            case said::accepted:
            case said::refused:
            case said::sent:
            case said::applied:
            case said::terminal:
            case said::cancel_wanted:
                return see_request(e, requests_[e.request]);
            case said::stream_opened:
            case said::rows:
            case said::ahead:
            case said::stream_ended:
                return see_stream(e, streams_[e.who]);
            case said::waits:
            case said::served:
            case said::withdrew:
            case said::came_back:
                return see_line(e, lines_[e.who]);
            case said::lease_begun:
            case said::lease_ended:
            case said::cleaned:
                return see_lease(e, sessions_[e.who]);
            case said::shutdown_returned:
                shut_down_ = true;
                return;
            case said::dropped:
                return;
            case said::in_flight:
                return expect(e.a == accepted_ - done_, 14, "the tables hold more or less than what is not answered");
            default:
                return see_connection(e, connections_[e.who]);
        }
    }

    void see_request(const entry& e, request_record& r) {
        switch (e.what) {
            case said::submitted:
                expect(!r.submitted, 1, "the same number twice");
                r.submitted = true;
                r.changes = e.a == 1 || e.a == 2;
                r.commits = e.a == 2;
                r.begins = e.a == 3;
                r.ends = e.a == 2 || e.a == 4;
                r.transaction = static_cast<std::uint64_t>(e.b);
                r.session = e.who;
                return;
            case said::accepted:
                expect(!r.accepted && !r.refused, 1, "accepted or refused before");
                expect(!shut_down_, 3, "accepted after shutdown had returned");
                r.accepted = true;
                r.deadline = e.a;
                r.order = ++orders_;
                ++accepted_;
                return;
            case said::refused:
                expect(!r.accepted && !r.refused, 1, "accepted or refused before");
                r.refused = true;
                return;
            case said::cancel_wanted:
                r.cancel_wanted = true;
                return;
            case said::sent:
                return see_sent(e, r);
            case said::applied:
                expect(r.sent != 0, 6, "applied without having been sent");
                expect(!r.applied, 6, "applied twice");
                expect(!r.done || r.outcome != sluice::outcome::none, 7, "applied after it was said that it was not");
                r.applied = true;
                return;
            default:
                return see_terminal(e, r);
        }
    }

    void see_sent(const entry& e, request_record& r) {
        expect(!r.done, 3, "sent after its terminal");
        expect(r.sent++ == 0, 6, "sent twice");
        expect(connections_[e.who].alive, 15, "sent on a connection that is none");
        if (r.session != 0) {
            session_record& s = sessions_[r.session];
            expect(r.order > s.taken, 16, "sent after one that was accepted later");
            s.taken = r.order;
        }
        r.connection = e.who;
        if (r.transaction == 0) return;
        transaction_record& t = transactions_[r.transaction];
        if (r.begins) {
            t.connection = e.who;
            t.begin = e.request;
        }
        if (t.begin == 0) return;
        const request_record& begin = requests_[t.begin];
        const bool holds = begin.done && begin.code == errc::ok;
        expect(t.connection == e.who || !holds, 15,
               "a statement of a transaction on another connection than its begin");
    }

    void see_terminal(const entry& e, request_record& r) {
        expect(!r.refused, 2, "a terminal for a refused request");
        expect(!r.done, 2, "a second terminal");
        expect(e.code != errc::cancelled || r.cancel_wanted, 5, "cancelled, and nobody wanted it to be");
        expect(!shut_down_, 3, "a terminal after shutdown had returned");
        expect(r.deadline >= e.time - within_.late, 8, "a terminal after the deadline");
        expect(e.outcome != sluice::outcome::none || e.code == errc::ok || !r.applied, 7,
               "said not to be applied, and it was");
        // A transaction is open where its begin was answered well, until an end of it has been sent.
        connection_record& c = connections_[r.connection];
        if (r.begins && e.code == errc::ok) c.in_transaction = true;
        if (r.ends && r.sent != 0) c.in_transaction = false;
        const bool at_once = r.changes && ((r.transaction == 0 && !c.in_transaction) || r.commits);
        expect(!at_once || e.code != errc::ok || r.applied, 7, "said to be applied, and it was not");
        expect(e.outcome != sluice::outcome::applied || r.sent != 0, 7, "said to be applied, and it was never sent");
        r.done = true;
        r.code = e.code;
        r.outcome = e.code == errc::ok ? sluice::outcome::applied : e.outcome;
        if (r.commits && e.code == errc::ok) transactions_[r.transaction].committed = true;
        ++done_;
    }

    void see_stream(const entry& e, stream_record& s) {
        if (e.what == said::stream_opened) {
            expect(!s.opened, 4, "a stream opened twice");
            s.opened = true;
            s.bound = e.a;
            return;
        }
        expect(s.opened, 4, "said of a stream before it was opened");
        if (e.what == said::ahead) {
            expect(!s.ended, 12, "a batch is kept for a reader who has gone");
            return expect(e.a <= s.bound, 12, "more batches ahead than the window holds");
        }
        expect(!s.ended, 4, "said of a stream after its end");
        if (e.what == said::rows) {
            expect(e.a == s.next, 4, "rows with a gap or twice");
            s.next = e.a + e.b;
            return;
        }
        expect(e.code != errc::ok || e.a == s.next, 4, "the end came before the last row");
        s.ended = true;
    }

    // Who comes back stands before all who came after him.
    static void stand_again(line_record& l, std::int64_t who) {
        const auto before = [&](std::int64_t other) {
            return l.came.at(other) > l.came.at(who);
        };
        l.line.insert(std::find_if(l.line.begin(), l.line.end(), before), who);
    }

    void see_line(const entry& e, line_record& l) {
        auto& line = l.line;
        if (e.what == said::waits) {
            l.came[e.a] = ++l.last;
            return line.push_back(e.a);
        }
        if (e.what == said::came_back) {
            const bool was_there = l.came.count(e.a) != 0;
            expect(was_there, 9, "came back to a line without having stood there");
            return was_there ? stand_again(l, e.a) : void();
        }
        if (e.what == said::served) {
            expect(!line.empty() && line.front() == e.a, 9, "served before one who waited longer");
        }
        for (auto it = line.begin(); it != line.end(); ++it) {
            if (*it != e.a) continue;
            line.erase(it);
            return;
        }
        expect(false, 9, "left a line without having stood there");
    }

    void see_lease(const entry& e, session_record& s) {
        if (e.what == said::cleaned) {
            s.dirty = false;
        } else if (e.what == said::lease_begun) {
            expect(!s.lent, 10, "lent twice at once");
            expect(!s.dirty, 10, "lent without having been cleaned");
            s.lent = true;
        } else {
            expect(s.lent, 10, "given back without having been lent");
            s.lent = false;
            s.dirty = e.a != 0;
        }
    }

    void see_connection(const entry& e, connection_record& c) {
        switch (e.what) {
            case said::call_begun:
                expect(c.in_call == 0, 5, "two calls at once on one connection");
                c.in_call = e.request;
                return;
            case said::call_ended:
                c.in_call = 0;
                return;
            case said::cancel_met:
                return expect(c.in_call == e.request, 5, "a cancel met another call than the one it was aimed at");
            case said::generation_started:
                c.alive = true;
                ++threads_;
                return;
            case said::generation_ended:
                expect(c.alive, 14, "a thread ended twice");
                given_up_ -= c.quarantined ? 1 : 0;
                left_behind_ -= c.left_behind ? 1 : 0;
                c.alive = false;
                --threads_;
                return;
            case said::quarantined:
                expect(!c.quarantined, 14, "a thread was given up twice");
                c.quarantined = true;
                expect(++given_up_ <= within_.quarantined && given_up_ == e.a, 14,
                       "more threads given up than allowed");
                return;
            case said::left_behind:
                expect(c.alive && !c.quarantined && !c.left_behind, 14, "left behind, and not there to be");
                c.left_behind = true;
                ++left_behind_;
                return;
            default:
                return see_connect(e, c);
        }
    }

    void see_connect(const entry& e, connection_record& c) {
        if (e.what == said::lost) {
            doubtful_ = true;
            return;
        }
        if (e.what == said::connect_begun) {
            expect(!doubtful_ || connecting_ == 0, 11, "two connects at once while the endpoint is not known to be up");
            const std::int64_t pause = down_permanent_ && e.b == 0 ? within_.pause_permanent : within_.pause;
            expect(!down_ || e.time - last_connect_ >= pause, 11, "a connect before its time");
            last_connect_ = e.time;
            c.connecting = true;
            ++connecting_;
            return;
        }
        expect(c.connecting, 11, "an end of a connect that was not begun");
        c.connecting = false;
        --connecting_;
        if (e.what == said::connected) doubtful_ = down_ = down_permanent_ = false;
        if (e.what == said::connect_failed) {
            doubtful_ = down_ = true;
            down_permanent_ = e.a != 0;
        }
    }

    void finish() {
        expect(accepted_ == done_, 2, "accepted and never answered");
        expect(connecting_ == 0, 14, "a connect that never ended");
        expect(threads_ == given_up_ + left_behind_, 14, "a thread that neither ended nor was given up");
        for (std::uint64_t n = 1; n < requests_.size(); ++n) {
            const request_record& r = requests_[n];
            if (!r.submitted) continue;
            expect(r.accepted || r.refused, 2, "submitted, and neither accepted nor refused");
            if (!r.changes || r.transaction == 0 || r.code != errc::ok || !r.done) continue;
            expect(r.applied || !transactions_[r.transaction].committed, 7, "committed, and a part of it is not there");
        }
        for (std::uint64_t n = 1; n < sessions_.size(); ++n) expect(!sessions_[n].lent, 14, "a lease that never ended");
        for (std::uint64_t n = 1; n < streams_.size(); ++n) {
            expect(!streams_[n].opened || streams_[n].ended, 4, "a stream that never ended");
        }
    }

    const std::vector<entry>& history_;
    const bounds& within_;
    std::vector<violation> found_;
    std::size_t at_ = 0;
    numbered<request_record> requests_;
    numbered<connection_record> connections_;
    numbered<stream_record> streams_;
    numbered<session_record> sessions_;
    numbered<transaction_record> transactions_;
    numbered<line_record> lines_;
    std::uint64_t orders_ = 0;
    std::int64_t accepted_ = 0, done_ = 0, threads_ = 0, given_up_ = 0, left_behind_ = 0, connecting_ = 0,
                 last_connect_ = 0;
    bool shut_down_ = false, doubtful_ = false, down_ = false, down_permanent_ = false;
};

}  // namespace

std::string_view to_string(said what) noexcept {
    return names[static_cast<std::size_t>(what)];
}

std::string to_string(const entry& e) {
    std::ostringstream out;
    out << std::setw(15) << e.time << "  " << std::left << std::setw(20) << to_string(e.what);
    if (e.request != 0) out << " request " << e.request;
    if (e.who != 0) out << " at " << e.who;
    if (e.a != 0 || e.b != 0) out << " (" << e.a << ", " << e.b << ')';
    if (e.what == said::terminal || e.what == said::stream_ended || e.what == said::refused)
        out << ' ' << sluice::to_string(e.code);
    if (e.what == said::terminal) out << ' ' << sluice::to_string(e.outcome);
    return out.str();
}

std::vector<violation> check(const std::vector<entry>& history, const bounds& within) {
    return checker(history, within).run();
}

}  // namespace sluice::test
