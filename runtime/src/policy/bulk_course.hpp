#pragma once
// The way through a bulk insert: which rows go into which statement, what is tried again in smaller parts where a row
// is refused, when all is kept and when it is undone. At first each statement takes as many rows as it may. When one is
// refused for one of its rows, everything is undone and done again, now with a mark before each statement, and
// what is refused is halved until the row is found.
//
// Everything happens between `open` and one of `keep` and `undo`: so either all is there that is not refused(), or
// nothing.
//
// Threads: a value. Never calls anybody; next() says what to do, one of the others what came of it. Ends: after each
// step there are fewer rows left or smaller parts.

#include <sluice/protocol/bulk.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice::runtime {

class bulk_course {
public:
    enum class act : std::uint8_t {
        open,       // begin a transaction, or set a savepoint in the one that is open
        mark,       // set a savepoint
        insert,     // rows first to first + count
        back,       // undo what came after the mark
        drop_mark,  // forget the mark
        keep,       // commit
        undo,       // undo all since `open`
        end,        // nothing more
    };
    struct step {
        act what = act::end;
        std::size_t first = 0;
        std::size_t count = 0;
        friend bool operator==(const step&, const step&) = default;
    };
    enum class verdict : std::uint8_t {
        under_way,
        kept,
        bad_row,        // all_or_nothing: refused().front() was refused
        too_many_bad,   // skip_bad_rows: more than the limit were refused
        failed,         // for a reason that is no row's
        nothing_to_do,  // there are no rows
    };

    // REQUIRES: rows_of_statement and refused_max not 0.
    bulk_course(std::size_t rows, std::size_t rows_of_statement, bulk_mode, std::size_t refused_max);

    [[nodiscard]] step next() const noexcept { return now_; }
    // The step that next() says was done.
    void done();
    // REQUIRES: next() is an insert. It was refused because of one of its rows, and the session goes on.
    void refused();
    // The step failed for another reason.
    void failed() noexcept;

    [[nodiscard]] verdict how() const noexcept { return how_; }
    // Rows, by their number.
    [[nodiscard]] const std::vector<std::size_t>& refused_rows() const noexcept { return refused_; }
    [[nodiscard]] std::size_t inserted() const noexcept { return how_ == verdict::kept ? rows_ - refused_.size() : 0; }

private:
    struct part {
        std::size_t first;
        std::size_t count;
    };
    void go_on();
    void give_up(verdict) noexcept;

    std::size_t rows_;
    std::size_t most_;
    bulk_mode mode_;
    std::size_t refused_max_;
    bool careful_ = false;
    std::size_t at_ = 0;       // rows before it are inserted, refused, or in parts_
    std::vector<part> parts_;  // that are left of a statement that was refused, the next one last
    std::vector<std::size_t> refused_;
    step now_;
    verdict how_ = verdict::under_way;
    bool again_ = false;  // the undo is followed by a careful attempt
};

}  // namespace sluice::runtime
