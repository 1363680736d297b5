#pragma once
// Two threads, of which one streams as long as the other asks.
//
// Threads: as told.

#include "subject.hpp"

#include <atomic>
#include <future>

namespace bench {

// Calls read_again on a thread of its own, again and again until ask() is over, which is called once the first
// read_again has called begun(). Where one of them throws both end, and it is thrown.
template <class ReadAgain, class Ask>
[[nodiscard]] measured beside_stream(ReadAgain read_again, Ask ask) {
    std::atomic<bool> over = false;
    std::promise<void> first_rows;
    auto streaming = std::async(std::launch::async, [&] {
        bool told = false;
        const auto begun = [&] {
            if (!told) first_rows.set_value();
            told = true;
        };
        try {
            while (!over) read_again(begun);
        } catch (...) {
            if (told) throw;
            first_rows.set_exception(std::current_exception());
        }
    });
    const struct ends {
        std::atomic<bool>& what;
        ~ends() { what = true; }
    } end{over};
    first_rows.get_future().get();
    measured found = ask();
    over = true;
    streaming.get();
    return found;
}

}  // namespace bench
