#include "policy/request_table.hpp"

#include "counted_operation.hpp"

#include <catch2/catch.hpp>

#include <array>
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

}  // namespace sluice::runtime
