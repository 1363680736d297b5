#pragma once
// odbcinst.ini and odbc.ini, as the driver manager reads them.
//
// Threads: any thread; the manager keeps what it has read for the life of the process.

#include <string>
#include <string_view>

namespace sluice::odbc {

// To be called before anything that makes the driver manager look for its files: unixODBC keeps their names in static
// memory, and the first call of each kind writes it without a lock. Any thread; only the first call does anything.
void settle_file_names();

// A value of a section; empty if it is not there.
[[nodiscard]] std::string driver_setting(std::string_view driver, std::string_view key);
[[nodiscard]] std::string data_source_setting(std::string_view source, std::string_view key);

// The library of a driver that is named as in Driver=: a section of odbcinst.ini, or a file.
[[nodiscard]] std::string library_of_driver(std::string_view driver);

// The driver manager's Threading for a driver: 0 if nobody set it.
[[nodiscard]] int threading_of_driver(std::string_view driver);

}  // namespace sluice::odbc
