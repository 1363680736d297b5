#pragma once
// Who gets which session of a pool, and when sessions come and go: a pure machine.
//
//   (none) -> connecting -> idle <-> lent -> (none)
//                           idle <-> tested -> (none)
//
// Those in line are served first come, first served: a session that comes or comes back goes to the first of them, and
// nothing is idle while somebody waits. Sessions are connected as they are needed: for those in line, and for min_idle.
// Where a connect fails, those in line go on waiting as long as the pool has another session, lent or connecting; where
// it has none, all of them are turned away. Beside sessions that are lent another connect follows after a pause; where
// none is, and the last connect failed, no second one begins beside one that is under way.
//
// A session that nothing was heard of for a while is lent only once it has proved to be alive, and tested while nobody
// wants it; after one was found dead, so are all that were idle then: what kills one often kills all.
//
// A session that is lent for longer than rules::overdue_after_ns is named once: somebody may have forgotten it.
//
// Threads: a value; one at a time. Never blocks, calls nothing. Times are nanoseconds of the caller's clock, random
// numbers are from 0 up to 1. Who withdraws a waiter at its deadline is the caller.

#include <sluice/pool/lending.hpp>
#include <sluice/protocol/pool_shortage.hpp>

#include <deque>
#include <list>
#include <map>

namespace sluice::lending {

class lender {
public:
    enum class entry : std::uint8_t {
        granted,  // steps::lend is its session
        waits,    // stands in line
        full,     // the line is full
        down,  // rules::fail_fast: the last connect failed, and there is no session; another connect has begun or will
        closed,  // no one gets in any more
    };
    struct answer {
        entry what;
        steps then;
    };

    explicit lender(const rules& by) : rules_(by) {}

    // Connects min_idle sessions, and at least one, before anybody wants them.
    [[nodiscard]] steps start(std::int64_t now_ns);

    [[nodiscard]] answer want(waiter_id, std::int64_t now_ns);
    // What want() or an event lent was lost while it was idle, or did not pass its check. The waiter, if it still wants
    // one, is served as if it had never left its place.
    [[nodiscard]] steps lost(const loan&, bool still_wanted, std::int64_t now_ns);
    // False: no longer in line.
    [[nodiscard]] bool withdraw(waiter_id);

    // REQUIRES, of these: connecting.
    [[nodiscard]] steps connected(session_number, std::int64_t now_ns, double random);
    [[nodiscard]] steps connect_failed(session_number, std::int64_t now_ns);
    // REQUIRES: lent.
    [[nodiscard]] steps returned(session_number, bool usable, std::int64_t now_ns);
    // A session lost its connection, though the pool keeps it.
    void doubt(std::int64_t now_ns) noexcept { doubt_until_ = now_ns; }
    // REQUIRES: named by steps::test, and not answered yet.
    [[nodiscard]] steps tested(session_number, bool alive, std::int64_t now_ns);

    // Sessions above the new size leave: idle ones now, others when they are connected or come back.
    [[nodiscard]] steps resize(std::size_t min_idle, std::size_t max_size, std::int64_t now_ns);
    // No session that is there now is lent again: idle ones leave now, others when they are connected or come back.
    [[nodiscard]] steps evict_all(std::int64_t now_ns);
    // Nobody gets in any more, and nothing stays idle. Those in line are still served, unless they are sent away.
    [[nodiscard]] steps close();
    [[nodiscard]] steps send_away();

    // What time alone brings: sessions that are too old or idle for too long leave, others are tested, connects that
    // failed are repeated, loans that last too long are named.
    [[nodiscard]] steps tick(std::int64_t now_ns);
    // When tick() will have something to do.
    [[nodiscard]] std::int64_t next_event() const noexcept;

    // Why somebody gets no session now. Of those lent so many are being checked for whom they are lent to; `failing`:
    // no connection can be made.
    [[nodiscard]] pool_shortage shortage(std::size_t checked, bool failing) const noexcept;

    [[nodiscard]] std::size_t lent() const noexcept {
        return sessions_.size() - idle_.size() - connecting_ - testing_.size();
    }
    [[nodiscard]] std::size_t idle() const noexcept { return idle_.size(); }
    [[nodiscard]] std::size_t connecting() const noexcept { return connecting_; }
    [[nodiscard]] std::size_t testing() const noexcept { return testing_.size(); }
    [[nodiscard]] std::size_t size() const noexcept { return sessions_.size(); }
    [[nodiscard]] std::size_t waiting() const noexcept { return line_.size(); }
    [[nodiscard]] bool closed() const noexcept { return closed_; }
    [[nodiscard]] const rules& by() const noexcept { return rules_; }

private:
    struct held {
        session_number session;
        std::int64_t since;
    };
    struct session {
        std::int64_t retire_at = never;
        std::int64_t test_every = never;
        std::optional<std::list<held>::iterator> loan;  // in loans_
        bool evicted = false;
        bool fresh = true;  // nobody has had it yet
    };
    struct place {
        waiter_id who;
        std::uint64_t number;
    };
    struct resting {
        session_number session;
        std::int64_t since;  // idle
        std::int64_t heard;  // known to be alive
        std::int64_t retire_at;
        std::int64_t test_at;
    };

    [[nodiscard]] std::size_t needed(std::size_t in_line) const noexcept;
    [[nodiscard]] bool is_short(std::size_t in_line) const noexcept;
    [[nodiscard]] bool may_connect(std::int64_t now_ns, std::size_t in_line) const noexcept;
    void connect(steps&);
    [[nodiscard]] bool is_down() const noexcept;
    [[nodiscard]] std::optional<loan> take_idle(place, std::int64_t now_ns, steps&);
    [[nodiscard]] loan lend(place, session_number, bool check, std::int64_t now_ns);
    void came_back(session_number) noexcept;
    void name_overdue(std::int64_t now_ns, steps&);
    [[nodiscard]] bool wants_check(const resting&, std::int64_t now_ns) const noexcept;
    void rest(session_number, std::int64_t since, std::int64_t now_ns);
    void found_dead(session_number, std::int64_t now_ns, steps&);
    [[nodiscard]] bool has_to_leave(session_number, std::int64_t now_ns) const;
    void stand_in_line(place);
    void connect_what_is_needed(std::int64_t now_ns, steps&);
    void offer(session_number, std::int64_t now_ns, steps&);
    void leave(session_number, steps&);
    void leave_above(std::size_t size, steps&);
    void leave_if_due(std::int64_t now_ns, steps&);
    void test_if_due(std::int64_t now_ns, steps&);

    rules rules_;
    std::map<session_number, session> sessions_;
    std::deque<resting> idle_;                        // the one that is idle for the shortest time is at the end
    std::map<session_number, std::int64_t> testing_;  // idle since then
    std::list<held> loans_;                           // not named yet, if any can be: the oldest is in front
    std::list<held> spare_;                           // nodes for loans_
    std::deque<place> line_;
    std::size_t connecting_ = 0;
    session_number last_session_ = 0;
    std::uint64_t last_place_ = 0;
    std::int64_t connect_not_before_ = std::numeric_limits<std::int64_t>::min();
    std::int64_t doubt_until_ = std::numeric_limits<std::int64_t>::min();  // a dead one was found last
    bool failing_ = false;                                                 // the last connect failed
    bool started_ = false;
    bool closed_ = false;
};

}  // namespace sluice::lending
