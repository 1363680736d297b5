#pragma once
// Lists of what the driver manager knows of. Blocking: reads its files.
//
// Threads: any thread; each call has an environment of its own.

#include <sluice/protocol/error.hpp>
#include <sluice/protocol/installed.hpp>

#include <vector>

namespace sluice::odbc {

[[nodiscard]] result<std::vector<installed_driver>> installed_drivers();
[[nodiscard]] result<std::vector<data_source>> data_sources();

}  // namespace sluice::odbc
