#pragma once
// The values of a statement in the form that its driver takes without changing them; what it would change is refused.
//
// Threads: as the statement.

#include "handle.hpp"
#include "profile.hpp"

#include <sluice/protocol/error.hpp>
#include <sluice/protocol/value.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::odbc {

// What SQLBindParameter is told of one value, and where the value is.
struct bound_parameter {
    SQLSMALLINT c_type = SQL_C_CHAR;
    SQLSMALLINT sql_type = SQL_VARCHAR;
    SQLULEN size = 1;
    SQLSMALLINT digits = 0;
    SQLLEN length = SQL_NULL_DATA;                 // the indicator
    alignas(8) std::array<std::byte, 16> fixed{};  // a value of a fixed type
    std::string made;                              // text that we made, or room for one that stays bound
    const void* given = nullptr;                   // the caller's text or binary; null: one of the above
    std::size_t room = 0;                          // of `made`, where it takes other texts later; 0: it does not
    bool told = false;                             // the statement has been told of this one
    std::vector<SQLLEN> lengths;                   // of all cells, where it is a column of them, `room` bytes each

    [[nodiscard]] std::size_t bytes() const noexcept { return length > 0 ? static_cast<std::size_t>(length) : 0; }
    [[nodiscard]] const void* data() const noexcept {
        if (given != nullptr) return given;
        return made.empty() ? static_cast<const void*>(fixed.data()) : made.data();
    }
};

// Holds pointers into `from`, which must outlive the execution. `index` counts from 0 and is named in the error: data
// for a value that is not possible or that the driver would cut, unsupported for one that it cannot take, too_large.
[[nodiscard]] result<bound_parameter> make_parameter(const driver_profile&, const value& from, std::size_t index);

// How a decimal is told.
struct decimal_shape {
    std::size_t precision = 0;  // 0: NaN or infinity
    std::size_t scale = 0;
    [[nodiscard]] SQLSMALLINT digits() const noexcept;
    [[nodiscard]] SQLULEN size(const driver_profile&, const decimal&) const noexcept;
};
[[nodiscard]] decimal_shape shape_of(const decimal&) noexcept;

// What is wrong with a value as a parameter, as make_parameter says it; nothing: it can be sent.
[[nodiscard]] std::optional<error> wrong_with(const driver_profile&, std::string_view, std::size_t index);
[[nodiscard]] std::optional<error> wrong_with(const driver_profile&, const decimal&, const decimal_shape&,
                                              std::size_t index);
[[nodiscard]] std::optional<error> wrong_with(const driver_profile&, double, std::size_t index);
[[nodiscard]] std::optional<error> wrong_with(const driver_profile&, const date&, std::size_t index);
[[nodiscard]] std::optional<error> wrong_with(const driver_profile&, const time&, std::size_t index);
[[nodiscard]] std::optional<error> wrong_with(const driver_profile&, const timestamp&, std::size_t index);

// All of them. The addresses of the result's elements must not change between bind and execute.
[[nodiscard]] result<std::vector<bound_parameter>> make_parameters(const driver_profile&, const args&);

// Bytes of a C type of fixed length; 0: it has none.
[[nodiscard]] std::size_t fixed_bytes(const bound_parameter&) noexcept;

// The text, and the types that its parameters are told with: what a statement was prepared for.
[[nodiscard]] std::string prepared_key(const std::string& sql, const std::vector<bound_parameter>&);

// Gives short text room of its own, so that it can stay bound; nothing where that is more than bytes_max.
void give_room(std::vector<bound_parameter>&, std::size_t bytes_max);
// Can what is bound stay bound, because no value of it is elsewhere than here?
[[nodiscard]] bool may_stay_bound(const std::vector<bound_parameter>&) noexcept;
// Puts the values where those are that are bound; one that does not fit there takes the place of the parameter, which
// is to be bound again. REQUIRES: so many as are bound.
void put_values(std::vector<bound_parameter>& values, std::vector<bound_parameter>& bound) noexcept;

// Binds those of which the statement has not been told. Answers the first return code that is no success.
[[nodiscard]] SQLRETURN bind_parameters(const stmt_handle&, std::vector<bound_parameter>&) noexcept;

}  // namespace sluice::odbc
