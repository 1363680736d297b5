#pragma once
// Every accepted request of a session stands here until its one completion is taken: the place where exactly-once is
// decided.
//
//   free -> reserved -> queued -> running -> finishing -> free   the worker finishes it
//           queued or running -> finishing -> done -> free  another finishes it; the worker frees the slot when it
//           comes by
//           reserved -> unwanted -> finishing -> free       withdrawn before it was queued; who reserved it finishes it
//
// Whoever moves a slot to `finishing` owns its completion; nobody else can. The slot itself is freed by the later of
// the two, so that neither ever touches memory of the other's.
//
// Threads: any thread may reserve, enqueue, claim and settle; take, leave, release and retire belong to the worker, or
// to whoever settle() told so. Lock-free; no clock. Times are nanoseconds of the caller's clock.

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

namespace sluice::runtime {

class operation;

struct ticket {
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;

    [[nodiscard]] constexpr std::uint64_t key() const noexcept { return (std::uint64_t{generation} << 32) | slot; }
    [[nodiscard]] static constexpr ticket from_key(std::uint64_t key) noexcept {
        return {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)};
    }
    friend bool operator==(const ticket&, const ticket&) = default;
};

class request_table {
public:
    enum class state : std::uint8_t { free, reserved, unwanted, queued, running, finishing, done, abandoned };
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    explicit request_table(std::size_t slots);
    ~request_table();  // deletes the operations that are left; their completions are gone by then
    request_table(const request_table&) = delete;
    request_table& operator=(const request_table&) = delete;

    [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }

    // A free slot for an operation, which nobody else sees yet; nullopt where none is free.
    [[nodiscard]] std::optional<ticket> reserve() noexcept;
    // The slot owns the operation. True: reserved -> queued, from now on anyone may claim it. False: it was claimed in
    // between; the caller owns its completion, and retires the slot.
    [[nodiscard]] bool enqueue(ticket, std::unique_ptr<operation>, std::int64_t deadline_ns) noexcept;
    // queued -> running; null where another has claimed it: then call leave().
    [[nodiscard]] operation* take(std::uint32_t slot) noexcept;
    // The caller now owns the completion of a queued request, or of a running one; null where it came too late. Of a
    // reserved one enqueue() is told.
    [[nodiscard]] operation* claim_queued(ticket) noexcept;
    [[nodiscard]] operation* claim_running(std::uint32_t slot) noexcept;
    [[nodiscard]] operation* claim_running(ticket) noexcept;  // for others than the worker
    // After a claim that was not the worker's: true where the worker has already left, so that the caller has to
    // retire.
    [[nodiscard]] bool settle(std::uint32_t slot) noexcept;
    // The worker is through with a slot that another claimed: true where it has to retire.
    [[nodiscard]] bool leave(std::uint32_t slot) noexcept;
    // Frees the slot and hands out its operation: for the worker, which owns the completion and is through, so that the
    // caller who hears of it finds the slot free.
    [[nodiscard]] std::unique_ptr<operation> release(std::uint32_t slot) noexcept;
    // Deletes the operation, frees the slot.
    void retire(std::uint32_t slot) noexcept;

    // A lower bound of the deadlines of the queued; `never` where there is none.
    [[nodiscard]] std::int64_t next_deadline() const noexcept { return earliest_.load(); }
    // Tickets of queued requests whose deadline is not after `now_ns`, at most size() of them; recomputes
    // next_deadline().
    [[nodiscard]] std::vector<ticket> due(std::int64_t now_ns);
    [[nodiscard]] std::vector<ticket> all(state) const;
    [[nodiscard]] std::size_t in_flight() const noexcept;  // slots that are not free
    // Slots in any of these two states, or in the one.
    [[nodiscard]] std::size_t count(state, state) const noexcept;
    // Of a slot that the caller owns by the states above.
    [[nodiscard]] std::int64_t deadline(std::uint32_t index) const noexcept { return slots_[index].deadline_ns.load(); }
    // Of a slot that is not free: which request it is, in the order of acceptance; its operation::tie.
    [[nodiscard]] std::uint64_t accepted_as(std::uint32_t index) const noexcept { return slots_[index].number.load(); }
    [[nodiscard]] std::uint8_t tie_of(std::uint32_t index) const noexcept { return slots_[index].tie.load(); }
    // Whether it brings rows (operation::brings_rows).
    [[nodiscard]] bool brings_rows(std::uint32_t index) const noexcept { return slots_[index].rows.load(); }
    // Whose transaction it belongs to (operation::of), as a number.
    [[nodiscard]] std::uint64_t transaction_of(std::uint32_t index) const noexcept {
        return slots_[index].transaction.load();
    }
    [[nodiscard]] bool is_queued(std::uint32_t index) const noexcept;
    [[nodiscard]] ticket ticket_of(std::uint32_t index) const noexcept {
        return {index, static_cast<std::uint32_t>(slots_[index].word.load() >> 8)};
    }

private:
    struct slot {
        std::atomic<std::uint64_t> word{0};  // generation << 8 | state
        std::atomic<std::int64_t> deadline_ns{never};
        std::atomic<std::uint64_t> number{0};
        std::atomic<std::uint8_t> tie{0};
        std::atomic<bool> rows{false};
        std::atomic<std::uint64_t> transaction{0};
        std::unique_ptr<operation> op;  // of whoever owns the slot by the states above
    };
    [[nodiscard]] bool move(slot&, std::uint64_t& word, state to) noexcept;
    void sooner(std::int64_t deadline_ns) noexcept;

    std::vector<slot> slots_;
    std::vector<std::atomic<std::uint64_t>> free_;  // a bit for each free slot
    std::atomic<std::int64_t> earliest_{never};
};

}  // namespace sluice::runtime
