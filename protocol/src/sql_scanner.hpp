#pragma once
// The text of a statement in pieces: parameters, and all that lies between them.
//
// Threads: functions of their arguments.

#include <sluice/protocol/named_parameters.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::protocol {

struct sql_piece {
    enum class kind : std::uint8_t {
        text,
        name,      // `:name`; the colon is part of it
        question,  // `?`
    };
    kind what = kind::text;
    std::size_t end = 0;  // where the next one begins
};

// The piece that begins at `from`, which is below the size. It ends behind `from`. Strings, comments and quoted names
// without an end go to the end of the text. REQUIRES: `from` is 0 or the end of a piece.
[[nodiscard]] sql_piece next_piece(std::string_view sql, std::size_t from, const sql_dialect&) noexcept;

// Letters, digits, `_` and all that is not ASCII; no digit first.
[[nodiscard]] bool is_parameter_name(std::string_view) noexcept;

}  // namespace sluice::protocol
