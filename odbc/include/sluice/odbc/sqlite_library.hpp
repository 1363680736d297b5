#pragma once
// The SQLite library that sqliteodbc uses.
//
// Threads: any, but see the function.

#include <sluice/protocol/error.hpp>

namespace sluice::odbc {

// See sluice::sqlite_without_mutexes.
[[nodiscard]] result<void> sqlite_without_mutexes();

}  // namespace sluice::odbc
