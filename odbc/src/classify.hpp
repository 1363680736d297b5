#pragma once
// What a driver's diagnostics mean: a table.
//
// Threads: functions of their arguments.

#include "diagnostics.hpp"
#include "failure.hpp"
#include "profile.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::odbc {

struct classification {
    errc code = errc::rejected;
    bool lost = false;              // the connection is
    bool answered = true;           // by the server: it said no. False where only the driver spoke, or nobody
    bool ends_transaction = false;  // the server has rolled the transaction back
};

// Never errc::ok. What a lost connection means for a COMMIT is not decided here.
[[nodiscard]] classification classify(const driver_profile&, phase, const failure&) noexcept;

// One row of the table: the first that fits a record decides. Empty and 0 fit everything.
struct classification_rule {
    std::string_view profile;   // names of profiles, separated by spaces
    std::string_view sqlstate;  // how it begins
    std::int32_t native_min = 0;
    std::int32_t native_max = 0;
    std::string_view text;  // part of the message, in any case
    classification means;
};

[[nodiscard]] std::span<const classification_rule> statement_rules() noexcept;
[[nodiscard]] std::span<const classification_rule> connect_rules() noexcept;
[[nodiscard]] bool fits(const classification_rule&, const driver_profile&, const diagnostic&) noexcept;

// What to do about it, in a sentence.
[[nodiscard]] std::string_view advice(errc, phase) noexcept;

}  // namespace sluice::odbc
