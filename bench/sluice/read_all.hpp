#pragma once
// Reads a stream of sluice_bench to its end.
//
// Threads: one for each session.

#include "../subject.hpp"
#include "../tables.hpp"

#include <sluice/runtime/session.hpp>

#include <string>

namespace bench {

// Every cell of these rows.
void add(checksum& sum, const sluice::batch& rows);

// Answers when the first rows were there. `begun` is called each time that rows are there.
template <class Begun>
clock::time_point read_all(sluice::session& session, const std::string& sql, checksum& sum,
                           const sluice::stream_options& how, Begun begun) {
    clock::time_point first;
    auto stream = session.stream(sql, how).get();
    while (auto batch = stream.next().get()) {
        if (first == clock::time_point()) first = clock::now();
        begun();
        add(sum, *batch);
    }
    return first;
}

}  // namespace bench
