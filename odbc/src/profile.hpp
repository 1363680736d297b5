#pragma once
// What is known of a driver, as data. Measured: docs/drivers.md says what each field rests on.
//
// Threads: immutable; any thread.

#include "api.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::odbc {

enum class driver_kind : std::uint8_t { postgresql, mariadb, sqlite, other };

// How a value longer than its bound cell is read whole.
enum class long_reading : std::uint8_t {
    set_pos,                 // SQLSetPos on its row of the block, then SQLGetData
    single_row_on_overflow,  // blocks of one row, SQLGetData when the indicator says longer
    single_row_above_cap,    // one row at a time for the whole statement if a column can be longer than the cap
    single_row_if_unsized,   // one row at a time if a size is 0, negative or above the cap
};

// What brings rows to the client while the server still reads.
enum class streaming : std::uint8_t {
    declare_fetch,  // connection attribute UseDeclareFetch, switched for each statement
    step_api,       // connected with StepAPI=1: a SELECT without parameters, outside a transaction, one on a connection
    none,           // the driver holds every result whole
    unknown,
};

// How a timestamp or a time travels to the server.
enum class time_form : std::uint8_t {
    structure,  // SQL_C_TYPE_TIMESTAMP
    text,       // 'YYYY-MM-DD HH:MM:SS[.fraction]'
};

// A connection-string key that is added if neither it nor one of its other names is the user's own.
struct connect_default {
    std::string_view key;
    std::string_view value;
    std::string_view also;  // other names of the key, separated by spaces
};

struct driver_profile {
    std::string_view name;
    driver_kind kind = driver_kind::other;
    // The driver is of this profile if the lower-case file name of its library has one of these in it (separated by
    // spaces).
    std::string_view library_marks;
    std::span<const connect_default> defaults;

    // Results.
    long_reading long_values = long_reading::single_row_if_unsized;
    sluice::odbc::streaming streams = streaming::unknown;
    bool results_as_text = false;  // numbers, dates and timestamps are read as text and parsed by us

    // Parameters.
    bool text_may_hold_nul = false;  // else the driver cuts it there
    bool unsigned_as_text = true;    // a uint64 above the largest int64 goes as a number in digits
    bool has_nan_and_infinity = false;
    bool doubles_as_text = false;        // the driver prints too few digits
    bool decimals_as_text_type = false;  // a decimal is told as SQL_VARCHAR
    time_form timestamps = time_form::structure;
    int fraction_digits = 9;  // of a second; finer ones are refused
    int max_time_hours = 24;

    // Transactions.
    bool error_fails_transaction = false;        // unless the connection string says otherwise
    bool conflict_rolls_back_on_server = false;  // after a deadlock the server has no transaction any more
};

extern const driver_profile postgresql_profile;
extern const driver_profile mariadb_profile;
extern const driver_profile sqlite_profile;
extern const driver_profile default_profile;

// By the library's file name or the name that the driver gives itself (SQL_DRIVER_NAME); default_profile for an unknown
// one.
[[nodiscard]] const driver_profile& profile_of_library(std::string_view file_name) noexcept;

}  // namespace sluice::odbc
