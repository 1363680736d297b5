#pragma once
// The window of one stream, as a pure machine: how far the worker may run ahead of the reader, and what a reader who
// asks gets. It counts batches; it never holds one.
//
//   reader asks      buffered > 0: batch; else end, failure or closed, if so; else the reader waits (one at a time)
//   worker fetched   a waiting reader gets it at once, else it is buffered
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
        end,     // no more rows; for ever
        failed,  // the stream's error; for ever
        closed,  // closed by the reader
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
    // The worker's cursor is gone. True: tell the waiting reader.
    [[nodiscard]] bool finished(finish) noexcept;
    // The waiting reader gave up; the batch it waited for stays to come. False: nobody waits.
    [[nodiscard]] bool withdraw() noexcept;
    // The reader is through: nothing buffered any more. True: a reader waits and has to be told.
    [[nodiscard]] bool close() noexcept;

    [[nodiscard]] bool wants() const noexcept { return phase_ == phase::open && !closed_ && buffered_ < prefetch_; }
    [[nodiscard]] bool waiting() const noexcept { return waiting_; }
    [[nodiscard]] bool is_closed() const noexcept { return closed_; }
    [[nodiscard]] bool is_finished() const noexcept { return phase_ != phase::open; }
    [[nodiscard]] std::size_t buffered() const noexcept { return buffered_; }

private:
    enum class phase : std::uint8_t { open, end, failed };
    std::size_t prefetch_;
    std::size_t buffered_ = 0;
    phase phase_ = phase::open;
    bool waiting_ = false;
    bool closed_ = false;
};

}  // namespace sluice::runtime
