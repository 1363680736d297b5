#pragma once
// The odbc room of the runtime's tests: no driver and no driver manager, so that what the runtime does is all there is.
// It is linked before the library, whose own odbc room then stays out.
//
// Connection strings: "Driver=fake" connects, "Driver=refuses" is unreachable, "Driver=holds" waits for the gate.
// Statements:
//   rows N      a result of N rows of one int64 column that counts from 0
//   hold        waits at the gate, then as rows 1
//   fail        the server says no; nothing is lost
//   lose        the connection is lost
//   rows N fail   rows as far as N, then an error; "rows N lose" loses the connection there, "rows N hold" waits there
//
// Threads: the functions here from any thread.

#include <cstddef>
#include <cstdint>

namespace sluice::test::fake {

// Closed, whatever comes to the gate waits there. Opening it returns when nobody does any more.
void close_gate();
void open_gate();
// Waits until so many are held at the gate at once. False after 20 s.
[[nodiscard]] bool wait_for_held(std::size_t count);

// Calls since the start of the process.
[[nodiscard]] std::uint64_t connects();
[[nodiscard]] std::uint64_t executes();
[[nodiscard]] std::uint64_t rollbacks();
// What is open now.
[[nodiscard]] std::int64_t connections_open();
[[nodiscard]] std::int64_t cursors_open();
// Calls on one connection from two threads, cursors that outlive their connection, statements beside an open cursor.
[[nodiscard]] std::uint64_t misuses();

}  // namespace sluice::test::fake
