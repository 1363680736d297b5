#pragma once
// What ODBC 3 calls the columns of an answer about the catalog, and how they are delivered: drivers have names of ODBC
// 2, lower-case ones and wrong ones, and types of their own.
//
// Threads: functions of their arguments.

#include "describe.hpp"

#include <sluice/protocol/catalog.hpp>

#include <vector>

namespace sluice::odbc {

// Columns that the driver has beside those of the standard keep what it calls them.
void give_standard_columns(catalog_subject, std::vector<described_column>&);

}  // namespace sluice::odbc
