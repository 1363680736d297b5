#pragma once
// What one statement does: the meaning of the driver's SQL. See ../README.md for the grammar.
//
// Threads: values and pure functions; any thread.

#include "diagnostics.hpp"
#include "fault.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::fault_driver {

struct column {
    enum class kind : std::uint8_t { id, bigint, integer, real, varchar, text, varbinary, timestamp };
    std::string name;
    kind type = kind::bigint;
    std::uint64_t described_bytes = 0;  // varchar, text, varbinary; may be less than what the cells hold
};

struct form {
    enum class verb : std::uint8_t {
        rows,    // a result of `count` rows
        affect,  // no result; `count` rows affected
        ok,      // no result, no count
        echo,    // one row: the parameters
        fail,    // SQL_ERROR
    };
    verb what = verb::ok;
    std::uint64_t count = 0;
    bool count_is_parameter = false;  // the first parameter is the count
    bool no_data = false;             // the execute answers SQL_NO_DATA

    std::vector<column> columns;
    std::uint64_t seed = 0;
    std::uint64_t null_every = 0;                                     // 0: no cell is NULL
    std::optional<std::uint64_t> length;                              // bytes of each varchar, text, varbinary cell
    std::optional<std::pair<std::uint64_t, std::uint64_t>> long_row;  // a row whose cells have another length
    std::optional<std::pair<std::uint64_t, failure>> failure_after;   // so many rows, then this instead of the next
    fault on_execute;                                                 // waits, failure and warnings of the execute
    std::size_t parameters = 0;                                       // how many ? the SQL has
    std::vector<form> then;                                           // the results that SQLMoreResults goes on to
};

// One statement, with an optional ; at its end. Throws text_error, with what was expected and where.
[[nodiscard]] form parse_form(std::string_view sql);
// The same inside of a script: reads up to a ; or the end. `parameters` is left to the caller.
[[nodiscard]] form read_form(word_reader&);

}  // namespace sluice::fault_driver
