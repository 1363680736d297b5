#pragma once
// Text from the C side, and the keys of a connection string.
//
// Threads: pure functions; any thread.

#include <sql.h>

#include <string>
#include <string_view>

namespace sluice::fault_driver {

// `length` bytes, or up to the terminator where it is SQL_NTS.
[[nodiscard]] std::string text_of(const SQLCHAR* text, SQLINTEGER length);

// The first value of the key, whatever its case, without braces; empty where there is none.
[[nodiscard]] std::string value_of(std::string_view connection_string, std::string_view key);

}  // namespace sluice::fault_driver
