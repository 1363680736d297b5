#include "catalog_cache.hpp"

#include <utility>

namespace sluice::runtime {

namespace {

// What an entry takes beside its rows and its key.
constexpr std::size_t entry_bytes = 256;

// Each part with its length before it, so that no two lists of parts give the same text.
void add(std::string& to, std::string_view part) {
    to += std::to_string(part.size());
    to += ':';
    to += part;
}

void add(std::string& to, const catalog_query::filter& part) {
    if (!part) return add(to, std::string_view("-"));
    add(to, std::string_view(part->is_pattern() ? "~" : "="));
    add(to, part->text());
}

std::size_t bytes_of(const row_set& rows) {
    std::size_t sum = rows.bytes() + entry_bytes;
    for (const auto& column : rows.columns()) sum += sizeof(column) + column.name.size() + column.type_name.size();
    for (const auto& warning : rows.warnings()) sum += sizeof(warning) + warning.message.size();
    return sum;
}

}  // namespace

std::string key_of(const catalog_query& asked) {
    std::string made;
    add(made, to_string(asked.subject()));
    for (const auto* filter : {&asked.catalog(), &asked.schema(), &asked.name(), &asked.column(), &asked.references(),
                               &asked.references_schema(), &asked.references_catalog()})
        add(made, *filter);
    for (const auto& kind : asked.kinds()) add(made, kind);
    add(made, std::string_view(asked.unique_only() ? "unique" : ""));
    if (asked.sql_type()) add(made, std::to_string(*asked.sql_type()));
    return made;
}

std::optional<row_set> catalog_cache::find(const catalog_query& asked, std::int64_t now_ns) {
    const auto found = known_.find(key_of(asked));
    if (found == known_.end()) return std::nullopt;
    const place at = found->second;
    if (now_ns >= at->until_ns) {
        drop(at);
        return std::nullopt;
    }
    order_.splice(order_.begin(), order_, at);
    return at->rows;
}

void catalog_cache::put(const catalog_query& asked, const row_set& rows, std::uint64_t asked_in, std::int64_t now_ns) {
    if (asked_in != epoch_) return;
    entry made;
    made.key = key_of(asked);
    if (const auto found = known_.find(made.key); found != known_.end()) drop(found->second);
    made.bytes = bytes_of(rows) + made.key.capacity();
    if (most_.entries == 0 || made.bytes > most_.bytes) return;
    made.rows = rows;
    made.rows.timings({});
    made.until_ns = now_ns + most_.ttl_ns;
    while (order_.size() >= most_.entries || bytes_ + made.bytes > most_.bytes) drop(std::prev(order_.end()));
    order_.push_front(std::move(made));
    try {
        known_.emplace(order_.front().key, order_.begin());
    } catch (...) {
        order_.pop_front();
        throw;
    }
    bytes_ += order_.front().bytes;
}

void catalog_cache::drop(place at) noexcept {
    bytes_ -= at->bytes;
    known_.erase(at->key);
    order_.erase(at);
}

void catalog_cache::clear() noexcept {
    ++epoch_;
    bytes_ = 0;
    known_.clear();
    order_.clear();
}

}  // namespace sluice::runtime
