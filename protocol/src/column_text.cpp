#include "column_text.hpp"

#include <sluice/protocol/row.hpp>

#include <limits>
#include <utility>

namespace sluice::detail {

std::string describe_column(const schema& columns, std::size_t i) {
    std::string text = "column " + std::to_string(i);
    text.append(" \"").append(columns[i].name).append("\" (").append(to_string(columns[i].type)).append(")");
    return text;
}

std::string_view natural_type(column_type type) noexcept {
    switch (type) {
        case column_type::boolean:
            return "bool";
        case column_type::int64:
            return "std::int64_t";
        case column_type::uint64:
            return "std::uint64_t";
        case column_type::float32:
            return "float";
        case column_type::float64:
            return "double";
        case column_type::decimal:
            return "sluice::decimal";
        case column_type::text:
            return "std::string";
        case column_type::binary:
            return "sluice::bytes";
        case column_type::date:
            return "sluice::date";
        case column_type::time:
            return "sluice::time";
        case column_type::timestamp:
            return "sluice::timestamp";
    }
    return "?";
}

error mismatch(std::string message, std::int64_t row, std::int64_t column) {
    error_record record;
    record.code = errc::type_mismatch;
    record.message = std::move(message);
    record.outcome = outcome::applied;
    record.row = row;
    record.column = column > std::numeric_limits<std::int32_t>::max() ? -1 : static_cast<std::int32_t>(column);
    return error(std::move(record));
}

error no_column_number(const schema& columns, std::size_t i, std::int64_t row) {
    return mismatch("there is no column " + std::to_string(i) + ": the result has " + std::to_string(columns.size()) +
                        " columns, counted from 0",
                    row, static_cast<std::int64_t>(i));
}

error no_such_column(const schema& columns, std::string_view name) {
    constexpr std::size_t names_max = 32;
    std::string text = "there is no column \"";
    text.append(name).append("\"; there are");
    for (std::size_t i = 0; i < columns.size() && i < names_max; ++i)
        text.append(i == 0 ? " \"" : ", \"").append(columns[i].name).append("\"");
    if (columns.empty())
        text += " none";
    else if (columns.size() > names_max)
        text.append(" and ").append(std::to_string(columns.size() - names_max)).append(" more");
    return mismatch(std::move(text), -1, -1);
}

}  // namespace sluice::detail
