#include "policy/request_table.hpp"

#include "counted_operation.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <deque>
#include <random>
#include <string>
#include <vector>

namespace sluice::runtime {

namespace {

using test::counted_operation;
using test::fate;
using state = request_table::state;

constexpr std::array all_states{state::free,    state::reserved,  state::unwanted, state::queued,
                                state::running, state::finishing, state::done,     state::abandoned};
constexpr std::array names{"free", "reserved", "unwanted", "queued", "running", "finishing", "done", "abandoned"};

// A table of one slot, brought into each state by the shortest way.
struct one_slot {
    fate what;
    request_table table{1};
    ticket t;

    explicit one_slot(state wanted) {
        if (wanted == state::free) return;
        t = table.reserve().value();
        if (wanted == state::reserved) return;
        if (wanted == state::unwanted) {
            CHECK(table.claim_queued(t) == nullptr);
            return;
        }
        CHECK(table.enqueue(t, std::make_unique<counted_operation>(what), 5));
        if (wanted == state::queued) return;
        if (wanted == state::running) {
            CHECK(table.take(0) != nullptr);
            return;
        }
        CHECK(table.claim_queued(t) != nullptr);
        if (wanted == state::done) CHECK_FALSE(table.settle(0));
        if (wanted == state::abandoned) CHECK_FALSE(table.leave(0));
    }
    [[nodiscard]] state now() const {
        for (const state s : all_states)
            if (!table.all(s).empty()) return s;
        return state::free;
    }
};

struct row {
    state from;
    bool taken;  // by take(), and what the state is then; the same for each that follows
    state after_take;
    bool queued_claimed;
    state after_claim_queued;
    bool running_claimed;
    state after_claim_running;
};

const std::vector<row>& table_of_claims() {
    using enum request_table::state;
    static const std::vector<row> rows{
        {free, false, free, false, free, false, free},
        {reserved, false, reserved, false, unwanted, false, reserved},
        {unwanted, false, unwanted, false, unwanted, false, unwanted},
        {queued, true, running, true, finishing, false, queued},
        {running, false, running, false, running, true, finishing},
        {finishing, false, finishing, false, finishing, false, finishing},
        {done, false, done, false, done, false, done},
        {abandoned, false, abandoned, false, abandoned, false, abandoned},
    };
    return rows;
}

}  // namespace

TEST_CASE("in every state a slot can be claimed as the table says") {
    REQUIRE(table_of_claims().size() == all_states.size());
    for (const row& r : table_of_claims()) {
        INFO(names[static_cast<std::size_t>(r.from)]);
        one_slot taken(r.from);
        REQUIRE(taken.now() == r.from);
        CHECK((taken.table.take(0) != nullptr) == r.taken);
        CHECK(taken.now() == r.after_take);
        one_slot queued(r.from);
        CHECK((queued.table.claim_queued(queued.t) != nullptr) == r.queued_claimed);
        CHECK(queued.now() == r.after_claim_queued);
        one_slot running(r.from);
        CHECK((running.table.claim_running(0) != nullptr) == r.running_claimed);
        CHECK(running.now() == r.after_claim_running);
    }
}

TEST_CASE("the later of claimer and worker retires the slot") {
    one_slot claimer_last(state::abandoned);
    CHECK(claimer_last.table.settle(0));
    one_slot worker_last(state::done);
    CHECK(worker_last.table.leave(0));
    worker_last.table.retire(0);
    CHECK(worker_last.now() == state::free);
    CHECK(worker_last.what.deleted == 1);
    CHECK(worker_last.table.in_flight() == 0);
}

TEST_CASE("an operation claimed before it is queued is completed by whoever reserved it") {
    one_slot early(state::unwanted);
    CHECK_FALSE(early.table.enqueue(early.t, std::make_unique<counted_operation>(early.what), 5));
    CHECK(early.now() == state::finishing);
    CHECK(early.table.next_deadline() == request_table::never);
    early.table.retire(0);
    CHECK(early.what.deleted == 1);
    CHECK(early.table.in_flight() == 0);
}

TEST_CASE("a ticket of an earlier request claims nothing of a later one in the same slot") {
    one_slot slot(state::queued);
    const ticket old = slot.t;
    CHECK(slot.table.take(0) != nullptr);
    CHECK(slot.table.claim_running(0) != nullptr);
    slot.table.retire(0);
    const ticket next = slot.table.reserve().value();
    CHECK(next.slot == old.slot);
    CHECK(next.generation != old.generation);
    CHECK(slot.table.claim_queued(old) == nullptr);
    CHECK(slot.now() == state::reserved);
    CHECK(slot.table.enqueue(next, std::make_unique<counted_operation>(slot.what), 5));
    CHECK(slot.table.claim_queued(old) == nullptr);
    CHECK(slot.table.claim_queued({7, 1}) == nullptr);
    CHECK(slot.now() == state::queued);
}

TEST_CASE("a table has exactly as many slots as it was made with") {
    for (const std::size_t slots : {1U, 63U, 64U, 65U, 200U}) {
        request_table table(slots);
        CHECK(table.size() == slots);
        std::vector<ticket> held;
        for (std::size_t i = 0; i < slots; ++i) held.push_back(table.reserve().value());
        CHECK_FALSE(table.reserve());
        CHECK(table.in_flight() == slots);
        table.retire(held[slots / 2].slot);
        CHECK(table.in_flight() == slots - 1);
        CHECK(table.reserve().value().slot == held[slots / 2].slot);
    }
}

TEST_CASE("the keys of tickets are reversible") {
    for (const ticket t : {ticket{0, 0}, ticket{1, 2}, ticket{0xffffffff, 1}, ticket{4095, 0xffffffff}})
        CHECK(ticket::from_key(t.key()) == t);
}

TEST_CASE("what is due is queued and not later than now") {
    std::array<fate, 4> fates;
    request_table table(4);
    std::vector<ticket> t;
    for (std::size_t i = 0; i < 4; ++i) {
        t.push_back(table.reserve().value());
        CHECK(table.enqueue(t[i], std::make_unique<counted_operation>(fates[i]), static_cast<std::int64_t>(10 * i)));
    }
    CHECK(table.next_deadline() == 0);
    CHECK(table.take(t[0].slot) != nullptr);
    CHECK(table.due(20) == std::vector<ticket>{t[1], t[2]});
    CHECK(table.next_deadline() == 30);
    CHECK(table.due(30) == std::vector<ticket>{t[1], t[2], t[3]});
    CHECK(table.next_deadline() == request_table::never);
}

TEST_CASE("operations that are left are deleted with the table") {
    fate what;
    {
        request_table table(2);
        CHECK(table.enqueue(table.reserve().value(), std::make_unique<counted_operation>(what), 5));
    }
    CHECK(what.deleted == 1);
    CHECK(what.completed == 0);
}

namespace {

// The rules in the plainest words: who has a slot, and who is done with it.
struct model_slot {
    ticket t;
    bool reserved = false, unwanted = false, queued = false, running = false, claimed = false;
    bool worker_gone = false, claimer_gone = false;
};

class walk {
public:
    explicit walk(std::uint64_t seed) : random_(seed) {}

    void step() {
        const std::uint64_t dice = random_();
        const std::size_t i = (dice >> 8) % slots;
        model_slot& m = model_[i];
        const auto index = static_cast<std::uint32_t>(i);
        switch (dice % 8) {
            case 0:
                return reserve();
            case 1:
                return enqueue(m);
            case 2:
                return take(m, index);
            case 3:
                return claim_queued(m);
            case 4:
                return claim_running(m, index);
            case 5:
                return settle(m, index);
            case 6:
                return leave(m, index);
            default:
                return stale();
        }
    }
    [[nodiscard]] int wrong() const { return wrong_; }
    [[nodiscard]] std::uint32_t deleted() const {
        std::uint32_t sum = 0;
        for (const fate& f : fates_) sum += f.deleted;
        return sum;
    }
    [[nodiscard]] std::size_t queued_ever() const { return fates_.size(); }

private:
    static constexpr std::size_t slots = 5;

    void expect(bool good) { wrong_ += good ? 0 : 1; }
    void retire(model_slot& m, std::uint32_t index) {
        old_.push_back(m.t);
        m = model_slot();
        table_.retire(index);
        --held_;
    }
    void reserve() {
        const auto t = table_.reserve();
        expect(t.has_value() == (held_ < slots));
        if (!t) return;
        ++held_;
        model_[t->slot].t = *t;
        model_[t->slot].reserved = true;
    }
    void enqueue(model_slot& m) {
        if (!m.reserved) return;
        const bool wanted = table_.enqueue(m.t, std::make_unique<counted_operation>(fates_.emplace_back()), 1);
        expect(wanted == !m.unwanted);
        m.reserved = false;
        m.queued = wanted;
        if (!wanted) retire(m, m.t.slot);
    }
    void take(model_slot& m, std::uint32_t index) {
        expect((table_.take(index) != nullptr) == m.queued);
        if (m.queued) m.running = true;
        m.queued = false;
    }
    void claim_queued(model_slot& m) {
        expect((table_.claim_queued(m.t) != nullptr) == m.queued);
        if (m.queued) m.claimed = true;
        if (m.reserved) m.unwanted = true;
        m.queued = false;
    }
    void claim_running(model_slot& m, std::uint32_t index) {
        expect((table_.claim_running(index) != nullptr) == m.running);
        if (m.running) m.claimed = true;
        m.running = false;
    }
    void settle(model_slot& m, std::uint32_t index) {
        if (!m.claimed || m.claimer_gone) return;
        expect(table_.settle(index) == m.worker_gone);
        m.claimer_gone = true;
        if (m.worker_gone) retire(m, index);
    }
    void leave(model_slot& m, std::uint32_t index) {
        if (!m.claimed || m.worker_gone) return;
        expect(table_.leave(index) == m.claimer_gone);
        m.worker_gone = true;
        if (m.claimer_gone) retire(m, index);
    }
    void stale() {
        if (old_.empty()) return;
        expect(table_.claim_queued(old_[random_() % old_.size()]) == nullptr);
    }

    std::mt19937_64 random_;
    std::deque<fate> fates_;
    request_table table_{slots};
    std::array<model_slot, slots> model_;
    std::vector<ticket> old_;
    std::size_t held_ = 0;
    int wrong_ = 0;
};

}  // namespace

TEST_CASE("a random walk through the table agrees with a model of it") {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        INFO("seed " << seed);
        walk w(seed);
        for (int i = 0; i < 3000; ++i) w.step();
        CHECK(w.wrong() == 0);
        CHECK(w.queued_ever() > 100);
        CHECK(w.deleted() + 5 >= w.queued_ever());
    }
}

}  // namespace sluice::runtime
