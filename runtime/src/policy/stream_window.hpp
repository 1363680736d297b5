#pragma once
// The window of one stream, as a pure machine: how far the worker may run ahead of the reader, and what a reader who
// asks gets. It counts batches; it never holds one.
//
//   reader asks      buffered > 0: batch; else end, failure or closed, if so; else the reader waits (one at a time)
//   worker fetched   a waiting reader gets it at once, else it is buffered
//   worker ended     a result is over and another follows: readers get the end, until one asks for the next result
//   worker wants     while fewer than `prefetch` are buffered and nothing has ended
//
// Threads: a value; one at a time.

#include <cstddef>
#include <cstdint>

namespace sluice::runtime {

class stream_window {
public:
    enum class answer : std::uint8_t {
        batch,   // take one from the buffer
        wait,    // stand in line
        busy,    // another reader stands there
        end,     // no more rows of this result; for ever
        failed,  // the stream's error; for ever
        closed,  // closed by the reader
    };
    enum class next_answer : std::uint8_t {
        wait,    // stand in line: the worker goes on to it
        opened,  // it is there already
        unread,  // the present result has not been read to its end
        busy,    // another reader stands there
        none,    // no more results; for ever
        failed,
        closed,
    };
    enum class finish : std::uint8_t { end, failed };
    enum class delivery : std::uint8_t {
        reader,  // hand it to the waiting reader
        buffer,  // keep it until it is asked for
        drop,    // the stream has ended or is closed: nobody gets it
    };

    explicit stream_window(std::size_t prefetch) noexcept : prefetch_(prefetch) {}

    [[nodiscard]] answer ask() noexcept;
    // What becomes of a batch that the worker brings.
    [[nodiscard]] delivery fetched() noexcept;
    // The present result is over, and another one follows. True: tell the waiting reader of the end.
    [[nodiscard]] bool result_ended() noexcept;
    [[nodiscard]] next_answer ask_next() noexcept;
    // The worker stands on the next result. True: tell the waiting reader; else the next one who asks is told.
    [[nodiscard]] bool opened_next() noexcept;
    // The worker's cursor is gone. True: tell the waiting reader.
    [[nodiscard]] bool finished(finish) noexcept;
    // The waiting reader gave up; the batch or result it waited for stays to come. False: nobody waits.
    [[nodiscard]] bool withdraw() noexcept;
    // The reader is through: nothing buffered any more. True: a reader waits and has to be told.
    [[nodiscard]] bool close() noexcept;

    [[nodiscard]] bool wants() const noexcept { return phase_ == phase::open && !closed_ && buffered_ < prefetch_; }
    [[nodiscard]] bool wants_next() const noexcept { return phase_ == phase::between && next_wanted_ && !closed_; }
    [[nodiscard]] bool waiting() const noexcept { return waiting_; }
    [[nodiscard]] bool is_closed() const noexcept { return closed_; }
    [[nodiscard]] bool is_finished() const noexcept { return phase_ == phase::end || phase_ == phase::failed; }
    [[nodiscard]] std::size_t buffered() const noexcept { return buffered_; }

private:
    enum class phase : std::uint8_t { open, between, end, failed };
    std::size_t prefetch_;
    std::size_t buffered_ = 0;
    phase phase_ = phase::open;
    bool waiting_ = false;
    bool closed_ = false;
    bool next_wanted_ = false;  // while between: a reader has asked, who may have given up since
    bool untold_ = false;       // the worker is on a result further than any reader has been told
};

}  // namespace sluice::runtime
