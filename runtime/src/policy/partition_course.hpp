#pragma once
// The way through a reading of partitions, each of them a stream: which is begun when, which is asked for its next
// batch, whose batch goes out next, and when all of it is over. Where one fails, or the caller has enough, no other is
// begun and those that are open are closed.
//
//   waits, opening, idle, asked, over               the way of one without a row
//                   idle, asked, ready, idle, ...   and of its batches
//                   idle, closing, over             where it stops
//
// At most `at_once` are opening or open. In order: batches of a partition go out when all before it are over. Else:
// in the order in which they were brought. Of each partition one batch at most is held here.
//
// Threads: a value. Never calls anybody; never holds a batch.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace sluice::runtime {

class partition_course {
public:
    // REQUIRES: at_once is not 0.
    partition_course(std::size_t partitions, std::size_t at_once, bool in_order);

    // What has to be done, partition by partition; it is under way from then on.
    [[nodiscard]] std::optional<std::size_t> begin();  // to be answered by opened, lacks_session, failed
    [[nodiscard]] std::optional<std::size_t> ask();    // by brought, ended, failed
    [[nodiscard]] std::optional<std::size_t> close();  // by closed

    // It is open: its stream is here now.
    void opened(std::size_t partition);
    // The pool had no session for it. True: it is begun again when another one is over, and from here on no more are
    // read at once than are now. False: nothing is read that it could wait for; this is its failure.
    [[nodiscard]] bool lacks_session(std::size_t partition);
    // False: nobody wants its batch any more.
    [[nodiscard]] bool brought(std::size_t partition);
    void ended(std::size_t partition);
    // True: it is the first failure of all, the one to tell.
    [[nodiscard]] bool failed(std::size_t partition);
    void closed(std::size_t partition);

    // Nobody wants any more of it: batches that are here are to be dropped, what is under way to be interrupted.
    void stop();

    // The partition whose batch goes out now; it is asked again from then on.
    [[nodiscard]] std::optional<std::size_t> take();
    // It was stopped, or one has failed; and: nothing is open, and nothing will be.
    [[nodiscard]] bool is_stopping() const noexcept { return stopping_; }
    [[nodiscard]] bool is_over() const noexcept { return over_ == parts_.size(); }
    // Whose next batch is the one that the caller waits for.
    [[nodiscard]] bool is_awaited(std::size_t partition) const noexcept;

    [[nodiscard]] std::size_t partitions() const noexcept { return parts_.size(); }
    [[nodiscard]] std::size_t done() const noexcept { return over_; }

private:
    enum class state : std::uint8_t { waits, opening, idle, asked, ready, closing, over };
    [[nodiscard]] std::optional<std::size_t> any(state from, state to);
    void finish(std::size_t partition);

    std::vector<state> parts_;
    std::size_t at_once_;
    bool in_order_;
    bool stopping_ = false;
    std::size_t over_ = 0;
    std::size_t first_ = 0;             // all before it are over
    std::size_t next_ = 0;              // none before it waits
    std::vector<std::size_t> running_;  // neither waiting nor over, by their number
    std::deque<std::size_t> arrived_;   // ready, in the order of their batches
};

}  // namespace sluice::runtime
