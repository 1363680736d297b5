#pragma once
// The diagnostic records that one call leaves on its handle, and what SQLGetDiagRec and SQLGetDiagField read of them.
//
// Threads: as the handle: the thread that is inside the connection.

#include "lies.hpp"

#include <sql.h>
#include <sqlext.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::fault_driver {

struct diagnostic {
    std::string state;  // five characters
    std::int32_t native = 0;
    std::string message;
    SQLLEN row = SQL_NO_ROW_NUMBER;            // from 1
    SQLINTEGER column = SQL_NO_COLUMN_NUMBER;  // from 1
};

// Why a call fails. Without a record the driver answers SQL_ERROR and has nothing to say.
struct failure {
    bool has_record = false;
    diagnostic record;
    bool loses_connection = false;
};

class diagnostics {
public:
    void clear() noexcept {
        records_.clear();
        lies_ = {};
    }
    // How they are read from now on, until clear().
    void read_as(const diagnostic_lies& lies) noexcept { lies_ = lies; }
    // Past limits::records_max, and where memory is short, records are dropped.
    void add(diagnostic) noexcept;
    // Adds the record and answers SQL_ERROR.
    SQLRETURN error(std::string_view state, std::string_view message, std::int32_t native = 0) noexcept;
    SQLRETURN not_implemented(std::string_view what) noexcept;  // HYC00

    [[nodiscard]] SQLRETURN read_record(SQLSMALLINT number, SQLCHAR* state, SQLINTEGER* native, SQLCHAR* message,
                                        SQLSMALLINT capacity, SQLSMALLINT* length) const;
    [[nodiscard]] SQLRETURN read_field(SQLSMALLINT number, SQLSMALLINT field, SQLPOINTER value, SQLSMALLINT capacity,
                                       SQLSMALLINT* length) const;

private:
    // From 1; null past the last.
    [[nodiscard]] const diagnostic* record(SQLSMALLINT number) const noexcept;
    [[nodiscard]] SQLRETURN read_message(const diagnostic&, void* out, SQLSMALLINT capacity, SQLSMALLINT* length) const;

    std::vector<diagnostic> records_;
    diagnostic_lies lies_;
};

// Copies text with its terminator into `out` of `capacity` bytes, as much as fits, and its whole length into `length`.
// Both may be null. True when something was cut.
bool copy_text(std::string_view text, void* out, std::int64_t capacity, SQLSMALLINT* length) noexcept;
bool copy_text(std::string_view text, void* out, std::int64_t capacity, SQLINTEGER* length) noexcept;

}  // namespace sluice::fault_driver
