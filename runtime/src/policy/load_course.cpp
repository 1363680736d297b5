#include "load_course.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <iterator>
#include <string>

namespace sluice::runtime {

bool load_course::may_begin() const noexcept {
    const std::size_t most = several_ ? parallelism_ : 1;
    return waits() && running_ < most && chunks_.size() < most * limits::bulk_chunks_ahead;
}

std::uint64_t load_course::offered(std::uint64_t rows) {
    offered_ = rows;
    return next_row_;
}

void load_course::give_up(error why) {
    const bool nothing_left = ended_ && !offered_;
    if (!nothing_left && !made_.failure) made_.failure = std::move(why);
}

void load_course::abandon(const error& why) {
    if (!made_.failure) made_.failure = why;
    for (auto& [number, chunk] : chunks_)
        if (!chunk.over) chunk.told.why = why;
}

std::size_t load_course::refusable() const noexcept {
    return std::max<std::size_t>(refused_max_ - std::min(refused_max_, made_.refused.size()), 1);
}

std::uint64_t load_course::begin() {
    state& chunk = chunks_[next_number_];
    chunk.told.number = next_number_;
    chunk.told.first_row = next_row_;
    chunk.told.rows = *offered_;
    chunk.told.outcome = outcome::unknown;  // until it is heard of
    next_row_ += *offered_;
    offered_.reset();
    ++running_;
    ++made_.chunks;
    return next_number_++;
}

bulk_progress load_course::done(std::uint64_t number, result<bulk_inserted> r) {
    --running_;
    state& chunk = chunks_.at(number);
    chunk.over = true;
    if (r) {
        chunk.told.inserted = r->rows;
        chunk.told.outcome = outcome::applied;
        made_.rows += r->rows;
        made_.refused.insert(made_.refused.end(), std::make_move_iterator(r->refused.begin()),
                             std::make_move_iterator(r->refused.end()));
        several_ = several_ || !r->one_writer;
        if (made_.refused.size() > refused_max_ && !made_.failure)
            made_.failure.emplace(error(errc::too_large, "more than refused_max (" + std::to_string(refused_max_) +
                                                             ") rows of all chunks were refused"));
    } else {
        chunk.told.outcome = r.error().outcome();
        chunk.told.why = r.error();
        if (!failed_ || number < *failed_) {
            failed_ = number;
            made_.failure = r.error();
        }
    }
    bulk_progress told;
    told.chunk = chunk.told;
    told.rows = made_.rows;
    told.refused = made_.refused.size();
    settle();
    return told;
}

void load_course::settle() {
    for (auto first = chunks_.begin(); first != chunks_.end() && first->second.over && !first->second.told.why;
         first = chunks_.erase(first))
        made_.settled_rows = first->second.told.first_row + first->second.told.rows;
}

result<bulk_loaded> load_course::take() {
    bool touched = made_.settled_rows != 0;
    for (auto& [number, chunk] : chunks_) {
        touched = touched || chunk.told.outcome != outcome::none;
        made_.unsettled.push_back(std::move(chunk.told));
    }
    if (made_.failure && !touched) return std::move(*made_.failure);
    std::sort(made_.refused.begin(), made_.refused.end(),
              [](const refused_row& a, const refused_row& b) { return a.row < b.row; });
    return std::move(made_);
}

}  // namespace sluice::runtime
