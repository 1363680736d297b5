#include "session_statements.hpp"

#include <sluice/protocol/limits.hpp>

#include <utility>

namespace sluice::runtime {

statement_id session_statements::next() noexcept {
    static std::atomic<std::uint64_t> last{0};
    return statement_id(last.fetch_add(1) + 1);
}

bool session_statements::is_full() const noexcept {
    return open_.load() >= limits::prepared_statements_max;
}

void session_statements::add(statement_id id, std::string sql) {
    const std::lock_guard lock(mutex_);
    texts_.emplace(id, std::move(sql));
    open_.store(texts_.size());
}

std::optional<std::string> session_statements::text(statement_id id) const {
    const std::lock_guard lock(mutex_);
    const auto found = texts_.find(id);
    if (found == texts_.end()) return std::nullopt;
    return found->second;
}

// Nothing of this asks for memory: what is closed is moved.
void session_statements::close(statement_id id) noexcept {
    const std::lock_guard lock(mutex_);
    auto node = texts_.extract(id);
    if (node.empty()) return;
    closed_.insert(std::move(node));
    open_.store(texts_.size());
    some_closed_.store(true);
}

void session_statements::close_all() noexcept {
    const std::lock_guard lock(mutex_);
    closed_.merge(texts_);
    open_.store(texts_.size());
    some_closed_.store(!closed_.empty());
}

std::map<statement_id, std::string> session_statements::take_closed() noexcept {
    if (!some_closed_.load()) return {};
    const std::lock_guard lock(mutex_);
    some_closed_.store(false);
    return std::exchange(closed_, {});
}

void session_statements::count(const odbc::statement_counts& told, const odbc::statement_counts& now) noexcept {
    const std::lock_guard lock(mutex_);
    counts_.hits += now.hits - told.hits;
    counts_.misses += now.misses - told.misses;
    counts_.evictions += now.evictions - told.evictions;
    counts_.prepares += now.prepares - told.prepares;
    counts_.cached += now.cached - told.cached;  // may be less than before: unsigned numbers come round
}

odbc::statement_counts session_statements::counted() const noexcept {
    const std::lock_guard lock(mutex_);
    return counts_;
}

}  // namespace sluice::runtime
