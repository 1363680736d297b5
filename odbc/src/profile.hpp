#pragma once
// What is known of a driver, as data. Measured: docs/drivers.md says what each field rests on.
//
// Threads: immutable; any thread.

#include "api.hpp"

#include <sluice/protocol/limits.hpp>

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

// Which statements may stay prepared between two executions, so that the second is as right as a new one would be.
enum class keeping : std::uint8_t {
    same_schema,    // the driver describes a result once: as long as the schema is what it was (schema_version.hpp)
    named_columns,  // the driver keeps names and number of the columns: only where the text alone says them
    any,            // the server refuses to execute what would have another result than it was prepared with
};

// How an unsigned 64-bit number above the largest signed one travels.
enum class unsigned_form : std::uint8_t { native, decimal_text, refused };

// How dates and timestamps travel.
enum class date_form : std::uint8_t {
    structure,  // SQL_C_TYPE_TIMESTAMP
    text,       // 'YYYY-MM-DD HH:MM:SS[.fraction]'
};

// How a time with a fraction, which SQL_TIME_STRUCT has no place for, travels.
enum class time_form : std::uint8_t {
    varchar,    // text told as SQL_VARCHAR
    type_time,  // text told as SQL_TYPE_TIME; without a fraction the structure
};

// How we learn after an error whether the transaction is still there: drivers and servers end it without a word.
enum class transaction_check : std::uint8_t {
    none,
    isolation,  // the driver refuses another isolation level only while a transaction is open; then a statement tells
                // whether the server takes any
    begin,      // a nested BEGIN is refused only while a transaction is open
};

// How another thread interrupts a call.
enum class cancelling : std::uint8_t {
    none,
    running,       // SQLCancel on the statement that runs
    interrupter,   // SQLCancel on a statement that the connection keeps for it and never executes
    side_session,  // a session of its own asks the server
};

// What SQL_ATTR_CONNECTION_DEAD is worth.
enum class dead_attribute : std::uint8_t {
    unknown,    // "dead" is believed, "alive" is not
    local,      // what the last call has left behind: no proof of life
    asks,       // asks the server, and is true; nothing interrupts it
    no_server,  // there is nothing that could be dead
};

// A connection-string key that is added if neither it nor one of its other names is the user's own.
struct connect_default {
    std::string_view key;
    std::string_view value;  // "<login>": the login timeout in seconds; left out where that is 0
    std::string_view also;   // other names of the key, separated by spaces
};

struct driver_profile {
    std::string_view name;
    driver_kind kind = driver_kind::other;
    // The driver is of this profile if the lower-case file name of its library has one of these in it (separated by
    // spaces).
    std::string_view library_marks{};
    std::span<const connect_default> defaults{};
    bool takes_braces = true;         // the driver understands {value} in a connection string
    std::string_view required_key{};  // without which the driver does something nobody wants; empty: none

    // Results.
    long_reading long_values = long_reading::single_row_if_unsized;
    sluice::odbc::streaming streams = streaming::unknown;
    bool results_as_text = false;  // numbers, dates and timestamps are read as text and parsed by us

    // What a procedure brings back in parameters comes as a result of one row, the last one.
    bool outputs_are_a_row = false;

    std::size_t parameters_max = limits::parameters_max;  // of one statement

    // Several results of one statement.
    bool has_several = true;             // SQLMoreResults may find one
    bool runs_all_at_once = true;        // each statement is over when the first result is there
    bool call_ends_with_status = false;  // the last result of a procedure is one without columns: how the CALL went

    // Statements that stay prepared.
    keeping keeps = keeping::named_columns;
    bool disconnect_frees = false;  // SQLDisconnect frees them at no cost, and each by itself would be a round trip

    // Interrupting.
    cancelling cancel_in_execute = cancelling::running;
    cancelling cancel_in_fetch = cancelling::none;  // of a result that is read incrementally; others are in memory

    // The catalog.
    bool catalog_is_ignored = false;      // whatever is asked for: the one of the connection is told of
    bool escapes_its_escape = true;       // in a pattern; else no name with the escape in it is found
    bool index_table_is_pattern = false;  // SQLStatistics takes its table for a pattern
    // In place of SQLPrimaryKeys where that gives the columns in the order of the table, not of the key. Parameters:
    // the catalog, NULL for the one of the connection, where primary_keys_take_catalog says so; the table.
    std::string_view primary_keys_sql{};
    bool primary_keys_take_catalog = false;

    // Parameters.
    bool text_may_hold_nul = false;  // else the driver cuts it there
    bool has_nan = true;
    bool has_infinity = true;
    unsigned_form large_unsigned = unsigned_form::decimal_text;
    SQLSMALLINT decimal_type = SQL_DECIMAL;  // what a decimal's text is told as
    date_form dates = date_form::structure;
    time_form times = time_form::type_time;
    // SQLExecute answers SQL_SUCCESS_WITH_INFO for an error whose SQLSTATE begins with 01, with the server's number of
    // it; for the server's warnings it has no record.
    bool errors_in_warnings = false;
    // An error of the first statement of a transaction rolls all of it back, and a SAVEPOINT is none for it.
    bool savepoint_is_no_statement = false;
    int fraction_digits = 9;  // of a second; finer ones are refused

    // Rows in one INSERT ... VALUES (...), (...) where many are inserted: with more of them it goes no faster.
    std::size_t insert_rows = 1;
    // Rows in one INSERT of an array for each column, from `insert_array_rows_least` on; 0: there is no such.
    std::size_t insert_array_rows = 0;
    std::size_t insert_array_rows_least = 0;
    // Rows in one execution with arrays of parameters, which stores all of them or none, and says so; 0: not.
    std::size_t insert_parameter_rows = 0;
    bool one_writer = false;  // the DBMS lets one connection write at a time

    dead_attribute dead = dead_attribute::unknown;

    // Transactions.
    transaction_check check = transaction_check::none;
    bool conflict_fails_transaction = true;  // after errc::serialization it must be rolled back
};

extern const driver_profile postgresql_profile;
extern const driver_profile mariadb_profile;
extern const driver_profile sqlite_profile;
extern const driver_profile default_profile;

// By the file name of the library, or by the name that the driver gives itself (SQL_DRIVER_NAME); default_profile for
// an unknown one.
[[nodiscard]] const driver_profile& profile_of_library(std::string_view file_name) noexcept;

}  // namespace sluice::odbc
