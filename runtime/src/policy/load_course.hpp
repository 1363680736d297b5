#pragma once
// The way through a load of many chunks: when the source is asked for another one, when the next one is begun, what is
// known of the table, and when all of it is over. After the first chunk that is not applied no other is begun.
//
// At most `parallelism` chunks run at once, the first of all alone, because it tells whether the DBMS lets more than
// one write; one more has been taken from the source meanwhile. None is begun that is more than
// limits::bulk_chunks_ahead for each of them ahead of the first that is not settled.
//
// Threads: a value. Never calls anybody.

#include <sluice/protocol/bulk_load.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace sluice::runtime {

class load_course {
public:
    // REQUIRES: neither is 0. `refused_max`: of all chunks together.
    load_course(std::size_t parallelism, std::size_t refused_max)
        : parallelism_(parallelism), refused_max_(refused_max) {}

    // The source has to be asked: for offered(), ended() or give_up().
    [[nodiscard]] bool wants_rows() const noexcept { return !ended_ && !made_.failure && !offered_; }
    // The chunk that was offered has to be begun: begin().
    [[nodiscard]] bool may_begin() const noexcept;
    // Nothing runs, and nothing will.
    [[nodiscard]] bool is_over() const noexcept { return running_ == 0 && !wants_rows() && !waits(); }

    // The number of its first row.
    std::uint64_t offered(std::uint64_t rows);
    void ended() noexcept { ended_ = true; }
    // For a reason that is no chunk's. What runs is waited for; where it is the rest of all, that decides.
    void give_up(error why);
    // Nobody will hear any more of what runs: take() may be called at once.
    void abandon(const error& why);

    // How many of its rows may still be refused.
    [[nodiscard]] std::size_t refusable() const noexcept;
    // Its number.
    std::uint64_t begin();
    // What is told of the chunk that is over.
    [[nodiscard]] bulk_progress done(std::uint64_t number, result<bulk_inserted>);

    // The sum; the failure itself, where no chunk was applied, nor may have been. REQUIRES: is_over(), or
    // abandon(). Once.
    [[nodiscard]] result<bulk_loaded> take();

private:
    struct state {
        bulk_chunk told;
        bool over = false;
    };
    [[nodiscard]] bool waits() const noexcept { return offered_ && !made_.failure; }
    void settle();

    std::size_t parallelism_;
    std::size_t refused_max_;
    std::optional<std::uint64_t> offered_;  // rows of the chunk that is not begun yet
    std::uint64_t next_number_ = 0;
    std::uint64_t next_row_ = 0;
    std::size_t running_ = 0;
    bool ended_ = false;
    bool several_ = false;                   // may run at once
    std::map<std::uint64_t, state> chunks_;  // from the first that is not settled on
    std::optional<std::uint64_t> failed_;    // the first chunk that was not applied
    bulk_loaded made_;
};

}  // namespace sluice::runtime
