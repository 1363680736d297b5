#include "kept_statements.hpp"

#include <utility>

namespace sluice::odbc {

std::optional<kept_statement> kept_statements::take(std::string_view key, std::uint64_t number,
                                                    stmt_handle& outdated) noexcept {
    std::optional<kept_statement> taken;
    if (number != 0) {
        const auto of = asked_for_.find(number);
        if (of == asked_for_.end() || !of->second.own) return taken;
        taken = std::exchange(of->second.own, std::nullopt);
        --own_idle_;
        if (taken->any_types) taken->key = key;
        taken->any_types = false;
        if (taken->key == key) return taken;
        outdated = std::move(taken->handle);
        return std::nullopt;
    }
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return taken;
    const auto at = found->second;
    by_key_.erase(found);
    taken = std::move(*at);
    recent_.erase(at);
    return taken;
}

stmt_handle kept_statements::put(kept_statement back) {
    if (back.key.empty() || back.epoch != epoch_) return std::move(back.handle);
    if (back.number != 0) {
        const auto of = asked_for_.find(back.number);
        if (of == asked_for_.end() || of->second.own) return std::move(back.handle);
        of->second.own = std::move(back);
        ++own_idle_;
        return {};
    }
    // A second one of the same: it was prepared while the first was in use.
    if (capacity_ == 0 || by_key_.contains(back.key)) return std::move(back.handle);
    stmt_handle driven_out;
    if (recent_.size() >= capacity_) {
        by_key_.erase(recent_.back().key);
        driven_out = std::move(recent_.back().handle);
        recent_.pop_back();
        ++counts.evictions;
    }
    recent_.push_front(std::move(back));
    by_key_.emplace(recent_.front().key, recent_.begin());
    return driven_out;
}

void kept_statements::open(std::uint64_t number, std::string sql) {
    asked_for_[number].sql = std::move(sql);
}

const std::string* kept_statements::text(std::uint64_t number) const noexcept {
    const auto of = asked_for_.find(number);
    return of == asked_for_.end() ? nullptr : &of->second.sql;
}

stmt_handle kept_statements::close(std::uint64_t number) noexcept {
    stmt_handle freed;
    const auto of = asked_for_.find(number);
    if (of == asked_for_.end()) return freed;
    if (of->second.own) {
        freed = std::move(of->second.own->handle);
        --own_idle_;
    }
    asked_for_.erase(of);
    return freed;
}

std::vector<stmt_handle> kept_statements::clear() {
    std::vector<stmt_handle> freed;
    freed.reserve(recent_.size() + asked_for_.size());
    by_key_.clear();
    for (auto& one : recent_) freed.push_back(std::move(one.handle));
    recent_.clear();
    for (auto& [number, one] : asked_for_)
        if (auto own = std::exchange(one.own, std::nullopt)) freed.push_back(std::move(own->handle));
    own_idle_ = 0;
    ++epoch_;
    return freed;
}

}  // namespace sluice::odbc
