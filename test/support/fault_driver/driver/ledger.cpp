#include "ledger.hpp"

#include "limits.hpp"

#include <algorithm>

namespace sluice::fault_driver {
namespace {

constexpr function_set executing = set_of(function::SQLExecDirect) | set_of(function::SQLExecute);

}  // namespace

const char* name_of(violation_record::kind what) noexcept {
    switch (what) {
        case violation_record::kind::two_threads:
            return "two_threads";
        case violation_record::kind::thread_changed:
            return "thread_changed";
        case violation_record::kind::unknown_handle:
            return "unknown_handle";
        case violation_record::kind::hang_not_released:
            return "hang_not_released";
    }
    return "?";
}

ledger::slot ledger::begin(call_record call, std::string_view sql) {
    const auto at = static_cast<std::size_t>(call.called);
    slot taken{.epoch = epoch_, .index = {}, .counts = nullptr};
    if (auto* const kept = sql.empty() ? nullptr : keep(sql)) {
        call.sql = kept->first;
        if ((set_of(call.called) & executing) != 0) taken.counts = &kept->second;
    }
    if (taken.counts != nullptr) ++taken.counts->begun;
    if (calls_.size() < limits::calls_max) {
        calls_.push_back(call);
        taken.index = calls_.size() - 1;
    } else {
        ++calls_dropped_;
    }
    ++begun_[at];
    ++running_[at];
    return taken;
}

void ledger::end(const slot& taken, function called, const call_end& how) {
    --running_[static_cast<std::size_t>(called)];
    if (taken.epoch != epoch_) return;
    if (how.applied && taken.counts != nullptr) ++taken.counts->applied;
    if (!taken.index) return;
    call_record& call = calls_[*taken.index];
    call.end_ns = how.end_ns;
    call.result = how.result;
    call.detail = how.detail;
    call.applied = how.applied;
}

void ledger::violation(const violation_record& seen) {
    if (violations_.size() == limits::violations_max) return;
    violations_.push_back(seen);
    violations_.back().call.sql = {};
}

void ledger::reset() {
    ++epoch_;
    begun_ = {};
    calls_.clear();
    calls_dropped_ = 0;
    executions_.clear();
    text_bytes_ = 0;
    violations_.clear();
}

std::uint64_t ledger::sum(const counters& counts, function_set of) noexcept {
    std::uint64_t total = 0;
    for (std::size_t at = 0; at < counts.size(); ++at) {
        if ((of & set_of(static_cast<function>(at))) != 0) total += counts[at];
    }
    return total;
}

std::uint64_t ledger::count(function_set of) const noexcept {
    return sum(begun_, of);
}

std::uint64_t ledger::running(function_set of) const noexcept {
    return sum(running_, of);
}

execution_counts ledger::executions(const std::string& sql) const {
    const auto found = executions_.find(sql.substr(0, limits::text_bytes_max));
    return found == executions_.end() ? execution_counts{} : found->second;
}

ledger::counted_text* ledger::keep(std::string_view sql) {
    std::string text(sql.substr(0, limits::text_bytes_max));
    auto found = executions_.find(text);
    if (found == executions_.end()) {
        if (text_bytes_ + text.size() > limits::text_bytes_total_max) return nullptr;
        text_bytes_ += text.size();
        found = executions_.emplace(std::move(text), execution_counts{}).first;
    }
    return &*found;
}

}  // namespace sluice::fault_driver
