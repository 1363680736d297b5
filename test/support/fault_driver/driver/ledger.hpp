#pragma once
// What one script's connections did: each call, how often, for which SQL, and what an application may never do.
// Bounded: past limits::calls_max the calls are only counted.
//
// Threads: no lock of its own; guarded by the gate.

#include "functions.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice::fault_driver {

struct call_record {
    std::uint64_t sequence = 0;  // from 1, over all scripts of the process
    function called{};
    std::uint64_t handle = 0;      // as the driver numbers its handles; never reused
    std::uint64_t connection = 0;  // the handle of its connection, 0 for calls on an environment
    std::uint64_t thread = 0;      // see gate::this_thread
    std::int64_t begin_ns = 0;     // steady clock
    std::int64_t end_ns = 0;       // 0 while the call runs
    std::int32_t result = 0;       // the return code, once end_ns is set
    std::uint64_t detail = 0;      // SQLFetch: rows delivered. SQLCancel: sequence of the call it met, 0 for none
    bool applied = false;          // it has done its work, whatever it answered
    std::string_view sql;          // as in call_text; owned by the ledger until reset()
};

struct call_end {
    std::int64_t end_ns = 0;
    std::int32_t result = 0;
    std::uint64_t detail = 0;
    bool applied = false;
};

// Of one SQL text.
struct execution_counts {
    std::uint64_t begun = 0;
    std::uint64_t applied = 0;
};

struct violation_record {
    enum class kind : std::uint8_t {
        two_threads,        // a call while another thread is inside the connection; it was refused
        thread_changed,     // a call by another thread than the one before on this connection
        unknown_handle,     // a handle that the driver never gave out or has freed
        hang_not_released,  // a hang ended by its limit
    };
    kind what{};
    call_record call;
    std::uint64_t other_thread = 0;  // the one that was inside, or was there before
};
[[nodiscard]] const char* name_of(violation_record::kind) noexcept;

class ledger {
public:
    // Where a call stands, so that its end finds it; no slot when the ledger was full or was reset since.
    struct slot {
        std::uint64_t epoch = 0;
        std::optional<std::size_t> index;
        execution_counts* counts = nullptr;  // of its SQL, where it executes one
    };

    [[nodiscard]] slot begin(call_record, std::string_view sql);
    void end(const slot&, function, const call_end&);
    void violation(const violation_record&);
    // Forgets what has been; calls that still run stay counted as running.
    void reset();

    [[nodiscard]] std::uint64_t count(function_set) const noexcept;           // begun since the last reset
    [[nodiscard]] std::uint64_t running(function_set) const noexcept;         // begun and not ended
    [[nodiscard]] execution_counts executions(const std::string& sql) const;  // by SQLExecDirect and SQLExecute
    [[nodiscard]] std::uint64_t calls_dropped() const noexcept { return calls_dropped_; }
    [[nodiscard]] const std::deque<call_record>& calls() const noexcept { return calls_; }
    [[nodiscard]] const std::vector<violation_record>& violations() const noexcept { return violations_; }

private:
    using counters = std::array<std::uint64_t, function_count>;
    [[nodiscard]] static std::uint64_t sum(const counters&, function_set) noexcept;
    using counted_text = std::pair<const std::string, execution_counts>;
    // The text as the ledger keeps it; null when it has too many.
    counted_text* keep(std::string_view sql);

    counters begun_{};
    counters running_{};
    std::deque<call_record> calls_;
    std::uint64_t calls_dropped_ = 0;
    std::unordered_map<std::string, execution_counts> executions_;  // what is in it does not move
    std::size_t text_bytes_ = 0;                                    // of all of them
    std::vector<violation_record> violations_;
    std::uint64_t epoch_ = 0;
};

}  // namespace sluice::fault_driver
