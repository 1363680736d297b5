#pragma once
// How a future ended, and a gate of fake_odbc.hpp that is open again at the end of the scope.

#include "fake_odbc.hpp"

#include <sluice/protocol/error.hpp>

#include <chrono>
#include <future>
#include <thread>

namespace sluice::test {

// errc::ok, or the code of the error. A promise that was dropped passes on as std::future_error.
template <class T>
errc code_of(std::future<T>& answer) {
    try {
        (void)answer.get();
        return errc::ok;
    } catch (const database_error& e) {
        return e.code();
    }
}
template <class T>
errc code_of(std::future<T>&& answer) {
    return code_of(answer);
}

// Everything that was connected is closed, soon or at last: a worker that was left behind takes its time.
[[nodiscard]] inline bool all_closed() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (fake::connections_open() != 0 || fake::cursors_open() != 0) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::yield();
    }
    return true;
}

class held_gate {
public:
    held_gate() { fake::close_gate(); }
    ~held_gate() { fake::open_gate(); }
    held_gate(const held_gate&) = delete;
    held_gate& operator=(const held_gate&) = delete;
    void open() { fake::open_gate(); }
};

}  // namespace sluice::test
