#pragma once
// What a DBMS can do through its driver, as the two say it, and as we know better. Asked once for each connection.
//
//   const auto can = session.capabilities().get();
//   if (can.transactions != sluice::transaction_support::none) ...
//
// Threads: values; any thread.

#include <sluice/protocol/config.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

// What becomes of a name that is written without quotes, or in quotes.
enum class identifier_case : std::uint8_t {
    unknown,
    upper,      // kept in upper case, compared without regard to case
    lower,      // kept in lower case, compared without regard to case
    sensitive,  // kept as written, compared letter by letter
    mixed,      // kept as written, compared without regard to case
};
[[nodiscard]] SLUICE_EXPORT std::string_view to_string(identifier_case) noexcept;

enum class transaction_support : std::uint8_t {
    none,
    statements,         // of statements that change rows; what changes tables is refused in there
    ddl_commits,        // what changes tables commits the transaction
    ddl_ignored,        // what changes tables is ignored in there
    ddl_as_statements,  // what changes tables belongs to the transaction
    unknown,
};
[[nodiscard]] SLUICE_EXPORT std::string_view to_string(transaction_support) noexcept;

// The isolation levels that there are.
struct isolation_support {
    bool read_uncommitted = false;
    bool read_committed = false;
    bool repeatable_read = false;
    bool serializable = false;

    friend bool operator==(const isolation_support&, const isolation_support&) = default;
};

// Fields whose driver does not tell are empty, unknown or nothing: never a guess.
class capabilities {
public:
    capabilities() {}

    std::string dbms_name;  // "PostgreSQL"
    std::string dbms_version;
    std::string database;  // the one of the connection

    std::string identifier_quote;  // empty: there is none
    identifier_case identifiers = identifier_case::unknown;
    identifier_case quoted_identifiers = identifier_case::unknown;
    std::optional<std::uint32_t> identifier_length_max;  // PostgreSQL: in bytes; MariaDB: in characters
    std::string pattern_escape;                          // for `_` and `%` in names_like(); empty: there is none
    std::vector<std::string> keywords;                   // beside those of ODBC; at most limits::keywords_max

    bool catalogs = false;  // several on one connection, which names can be qualified with
    bool schemas = false;
    std::string catalog_term;  // "database"; empty where there are none
    std::string schema_term;
    std::string procedure_term;

    transaction_support transactions = transaction_support::unknown;
    isolation_support isolation;
    std::optional<isolation_support> isolation_default;  // exactly one of them
    std::optional<bool> savepoints;                      // known of the DBMS, not told by its driver
    std::optional<bool> procedures;
    std::optional<bool> multiple_results;
    std::optional<bool> parameter_arrays;  // the driver takes more than one row of parameters
    std::optional<bool> read_only;

    friend bool operator==(const capabilities&, const capabilities&) = default;
};

}  // namespace sluice
