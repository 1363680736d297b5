#pragma once
// What a connection string asks for, and the string that the driver is given: the caller's own keys, and the profile's
// defaults for the others.
//
// Threads: values.

#include "profile.hpp"

#include <sluice/protocol/connection_string.hpp>
#include <sluice/protocol/error.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::odbc {

struct endpoint {
    connection_string keys;
    std::string driver;                // as in Driver=, or as the data source names it; empty: not known
    std::string library;               // its file; empty: not known
    std::vector<std::string> secrets;  // what no text may show
};

// invalid_argument: the string is malformed, or names neither a driver nor a data source.
[[nodiscard]] result<endpoint> read_endpoint(std::string_view text);

// A key of the string or, failing that, of its data source. Empty if neither has it.
[[nodiscard]] std::string setting_of(const endpoint&, std::string_view key);

// The text for SQLDriverConnect. invalid_argument: the driver cannot take a value, or lacks a key without which it does
// something nobody wants.
[[nodiscard]] result<std::string> driver_text(const endpoint&, const driver_profile&, std::chrono::seconds login);

// "1", "yes", "true", "on".
[[nodiscard]] bool is_on(std::string_view value) noexcept;

}  // namespace sluice::odbc
