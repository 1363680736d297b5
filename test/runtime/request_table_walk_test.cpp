// The table of requests beside a model of it, step by step at random.

#include "counted_operation.hpp"
#include "policy/request_table.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <deque>
#include <random>
#include <vector>

namespace sluice::runtime {

namespace {

using test::counted_operation;
using test::fate;

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
