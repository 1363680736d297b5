#pragma once
// The rows that a question to the catalog is about, out of those that a driver gave: a driver compares without regard
// to case, or takes an `_` for any character.
//
// Threads: functions of their arguments.

#include <sluice/protocol/catalog.hpp>
#include <sluice/protocol/row_set.hpp>

namespace sluice::protocol {

// Those whose names are the exact ones that were asked for; patterns are the driver's. Allocates nothing where all are.
// REQUIRES: the columns stand where ODBC 3 has them; one that is not there, or is no text, is not compared.
[[nodiscard]] row_set exact_rows(row_set rows, const catalog_query& asked);

// A copy of these rows, compact. REQUIRES: they ascend, and there is at least one.
[[nodiscard]] std::shared_ptr<const batch_storage> rows_of(const batch_storage& from,
                                                           const std::vector<std::size_t>& rows);

}  // namespace sluice::protocol
