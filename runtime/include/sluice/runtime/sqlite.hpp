#pragma once
// SQLite without the mutexes that Sluice does not need.
//
// Threads: call it before there are others, or at least before any of them uses SQLite.

#include <sluice/protocol/config.hpp>
#include <sluice/protocol/error.hpp>

namespace sluice {

// For all of the process, before SQLite is used in it for the first time, by whomever. SQLite takes a mutex of the
// connection for each call, and one of the process for each allocation that it counts; Sluice's connections have one
// thread each. What is lost: sqlite3_memory_used() and its limits count nothing; and a connection that is not
// Sluice's must not be used by two threads at the same time. docs/performance.md says what it brings.
//
// Errors, and nothing is changed: invalid_argument: SQLite has been used before; unsupported: there is no
// libsqlite3.so.0, or one without threads.
[[nodiscard]] SLUICE_EXPORT result<void> sqlite_without_mutexes();

}  // namespace sluice
