#include "policy/request_table.hpp"

#include "operation.hpp"

#include <bit>

namespace sluice::runtime {

namespace {

constexpr std::uint64_t state_mask = 0xff;

[[nodiscard]] constexpr request_table::state state_of(std::uint64_t word) noexcept {
    return static_cast<request_table::state>(word & state_mask);
}

[[nodiscard]] constexpr std::uint64_t with(std::uint64_t word, request_table::state s) noexcept {
    return (word & ~state_mask) | static_cast<std::uint64_t>(s);
}

[[nodiscard]] constexpr std::uint64_t word_of(ticket t, request_table::state s) noexcept {
    return (std::uint64_t{t.generation} << 8) | static_cast<std::uint64_t>(s);
}

}  // namespace

request_table::request_table(std::size_t slots) : slots_(slots), free_((slots + 63) / 64) {
    for (std::size_t i = 0; i < slots; ++i) free_[i / 64].fetch_or(std::uint64_t{1} << (i % 64));
}

request_table::~request_table() = default;

bool request_table::move(slot& s, std::uint64_t& word, state to) noexcept {
    return s.word.compare_exchange_strong(word, with(word, to));
}

std::optional<ticket> request_table::reserve() noexcept {
    for (std::size_t w = 0; w < free_.size(); ++w) {
        std::uint64_t bits = free_[w].load();
        while (bits != 0) {
            const std::uint64_t bit = bits & (~bits + 1);
            if (!free_[w].compare_exchange_weak(bits, bits & ~bit)) continue;
            const auto index = static_cast<std::uint32_t>(w * 64 + static_cast<std::size_t>(std::countr_zero(bit)));
            slot& s = slots_[index];
            const ticket t{index, static_cast<std::uint32_t>(s.word.load() >> 8) + 1};
            s.word.store(word_of(t, state::reserved));
            return t;
        }
    }
    return std::nullopt;
}

bool request_table::enqueue(ticket t, std::unique_ptr<operation> op, std::int64_t deadline_ns) noexcept {
    slot& s = slots_[t.slot];
    s.number.store(op->number);
    s.tie.store(static_cast<std::uint8_t>(op->transaction()));
    s.rows.store(op->brings_rows());
    s.transaction.store(op->of.value());
    s.op = std::move(op);
    s.deadline_ns.store(deadline_ns);
    std::uint64_t word = word_of(t, state::reserved);
    if (!move(s, word, state::queued)) {
        s.word.store(word_of(t, state::finishing));
        return false;
    }
    sooner(deadline_ns);
    return true;
}

operation* request_table::take(std::uint32_t index) noexcept {
    slot& s = slots_[index];
    std::uint64_t word = s.word.load();
    if (state_of(word) != state::queued || !move(s, word, state::running)) return nullptr;
    return s.op.get();
}

operation* request_table::claim_queued(ticket t) noexcept {
    if (t.slot >= slots_.size()) return nullptr;
    slot& s = slots_[t.slot];
    while (true) {
        std::uint64_t word = word_of(t, state::queued);
        if (move(s, word, state::finishing)) return s.op.get();
        if (word != word_of(t, state::reserved) || move(s, word, state::unwanted)) return nullptr;
    }
}

operation* request_table::claim_running(std::uint32_t index) noexcept {
    slot& s = slots_[index];
    std::uint64_t word = s.word.load();
    if (state_of(word) != state::running || !move(s, word, state::finishing)) return nullptr;
    return s.op.get();
}

operation* request_table::claim_running(ticket t) noexcept {
    if (t.slot >= slots_.size()) return nullptr;
    slot& s = slots_[t.slot];
    std::uint64_t word = word_of(t, state::running);
    return move(s, word, state::finishing) ? s.op.get() : nullptr;
}

bool request_table::settle(std::uint32_t index) noexcept {
    slot& s = slots_[index];
    std::uint64_t word = with(s.word.load(), state::finishing);
    return !move(s, word, state::done);
}

bool request_table::leave(std::uint32_t index) noexcept {
    slot& s = slots_[index];
    std::uint64_t word = with(s.word.load(), state::finishing);
    return !move(s, word, state::abandoned);
}

std::unique_ptr<operation> request_table::release(std::uint32_t index) noexcept {
    slot& s = slots_[index];
    auto op = std::move(s.op);
    s.deadline_ns.store(never);
    s.word.store(with(s.word.load(), state::free));
    free_[index / 64].fetch_or(std::uint64_t{1} << (index % 64));
    return op;
}

void request_table::retire(std::uint32_t index) noexcept {
    release(index).reset();
}

void request_table::sooner(std::int64_t deadline_ns) noexcept {
    std::int64_t seen = earliest_.load();
    while (deadline_ns < seen && !earliest_.compare_exchange_weak(seen, deadline_ns)) {
    }
}

std::vector<ticket> request_table::due(std::int64_t now_ns) {
    earliest_.store(never);  // before the look: a request accepted meanwhile puts its own deadline in
    std::vector<ticket> found;
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
        const std::uint64_t word = slots_[i].word.load();
        if (state_of(word) != state::queued) continue;
        const std::int64_t deadline = slots_[i].deadline_ns.load();
        if (deadline <= now_ns)
            found.push_back({i, static_cast<std::uint32_t>(word >> 8)});
        else
            sooner(deadline);
    }
    return found;
}

std::vector<ticket> request_table::all(state wanted) const {
    std::vector<ticket> found;
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
        const std::uint64_t word = slots_[i].word.load();
        if (state_of(word) == wanted) found.push_back({i, static_cast<std::uint32_t>(word >> 8)});
    }
    return found;
}

bool request_table::is_queued(std::uint32_t index) const noexcept {
    return state_of(slots_[index].word.load()) == state::queued;
}

std::size_t request_table::count(state one, state other) const noexcept {
    std::size_t found = 0;
    for (const slot& s : slots_) {
        const state is = state_of(s.word.load());
        if (is == one || is == other) ++found;
    }
    return found;
}

std::size_t request_table::in_flight() const noexcept {
    std::size_t free = 0;
    for (const auto& word : free_) free += static_cast<std::size_t>(std::popcount(word.load()));
    return slots_.size() - free;
}

}  // namespace sluice::runtime
