#include "bulk_course.hpp"

#include <algorithm>

namespace sluice::runtime {

bulk_course::bulk_course(std::size_t rows, std::size_t rows_of_statement, bulk_mode mode, std::size_t refused_max)
    : rows_(rows), most_(rows_of_statement), mode_(mode), refused_max_(refused_max) {
    if (rows_ == 0)
        how_ = verdict::nothing_to_do;
    else
        now_ = {act::open, 0, 0};
}

// The next statement, or the end.
void bulk_course::go_on() {
    if (parts_.empty() && at_ == rows_) {
        now_ = {act::keep, 0, 0};
        return;
    }
    if (parts_.empty()) {
        parts_.push_back({at_, std::min(most_, rows_ - at_)});
        at_ += parts_.back().count;
    }
    now_ = {careful_ ? act::mark : act::insert, parts_.back().first, parts_.back().count};
}

void bulk_course::give_up(verdict why) noexcept {
    how_ = why;
    now_ = {act::undo, 0, 0};
}

void bulk_course::done() {
    switch (now_.what) {
        case act::open:
        case act::drop_mark:
            return go_on();
        case act::mark:
            now_.what = act::insert;
            return;
        case act::insert:
            parts_.pop_back();
            if (!careful_) return go_on();
            now_.what = act::drop_mark;
            return;
        case act::back:
            now_.what = act::drop_mark;
            return;
        case act::keep:
            how_ = verdict::kept;
            now_ = {};
            return;
        case act::undo:
            now_ = {};
            if (!again_) return;
            again_ = false;
            careful_ = true;
            at_ = 0;
            parts_.clear();
            now_ = {act::open, 0, 0};
            return;
        case act::end:
            return;
    }
}

void bulk_course::refused() {
    if (!careful_) {
        again_ = true;
        now_ = {act::undo, 0, 0};
        return;
    }
    const part bad = parts_.back();
    parts_.pop_back();
    if (bad.count > 1) {
        const std::size_t half = bad.count / 2;
        parts_.push_back({bad.first + half, bad.count - half});
        parts_.push_back({bad.first, half});
    } else {
        refused_.push_back(bad.first);
        if (mode_ == bulk_mode::all_or_nothing) return give_up(verdict::bad_row);
        if (refused_.size() > refused_max_) return give_up(verdict::too_many_bad);
    }
    now_.what = act::back;
}

void bulk_course::failed() noexcept {
    again_ = false;
    if (how_ == verdict::under_way) how_ = verdict::failed;
    // What is not open is not undone; what cannot be undone is gone with its connection. A commit that fails may leave
    // its transaction open (SQLite, locked).
    const bool opened = now_.what != act::open && now_.what != act::undo;
    now_ = opened ? step{act::undo, 0, 0} : step{};
}

}  // namespace sluice::runtime
