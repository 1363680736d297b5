#pragma once
// One stream between its worker and its reader: mirrors runtime/src/stream_channel.cpp around the real stream_window.
//
// Threads: one.

#include "policy/stream_window.hpp"

#include <sluice/protocol/error.hpp>

#include <cstdint>
#include <deque>
#include <utility>

namespace sluice::sim {

class session;
class world;

class stream {
public:
    stream(world&, session&, std::uint32_t id, std::int64_t rows, std::uint32_t prefetch);

    // Worker.
    [[nodiscard]] bool wants() const noexcept { return window_.wants(); }
    [[nodiscard]] bool close_requested() const noexcept { return window_.is_closed() && !cursor_gone_; }
    [[nodiscard]] bool at_its_end() const noexcept { return fetched_ == rows_; }
    void push();  // the next batch
    void ended() { finish(runtime::stream_window::finish::end, errc::ok); }
    void failed(errc why) { finish(runtime::stream_window::finish::failed, why); }
    void closed(errc how);

    // Reader. `request` is answered now or later.
    void next(std::uint32_t request, std::int64_t deadline);
    void close(std::uint32_t request, std::int64_t deadline);  // request 0: nobody waits
    void cancel(std::uint32_t request);

    // The reader looks for the last time: false where it would wait for ever.
    [[nodiscard]] bool last_look();

    [[nodiscard]] std::int64_t next_deadline() const noexcept;
    void expire(std::int64_t now);
    [[nodiscard]] std::size_t waiting() const noexcept { return (reader_ != 0 ? 1U : 0U) + (closer_ != 0 ? 1U : 0U); }
    [[nodiscard]] bool is_over() const noexcept { return window_.is_finished() || window_.is_closed(); }
    [[nodiscard]] bool is_closed() const noexcept { return window_.is_closed(); }

    const std::uint32_t id;

private:
    void finish(runtime::stream_window::finish, errc);
    void deliver(std::uint32_t request, std::pair<std::int64_t, std::int64_t> rows);
    void say_end(errc);

    world& in_;
    session& of_;
    runtime::stream_window window_;
    std::deque<std::pair<std::int64_t, std::int64_t>> buffer_;
    const std::int64_t rows_;
    std::int64_t fetched_ = 0;
    std::uint32_t reader_ = 0, closer_ = 0;
    std::int64_t reader_deadline_ = 0, closer_deadline_ = 0;
    errc error_ = errc::ok;
    bool cursor_gone_ = false, end_said_ = false;
};

}  // namespace sluice::sim
