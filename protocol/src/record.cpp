#include "column_text.hpp"

#include <sluice/protocol/record.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::detail {

namespace {

// The types of column that a reader takes, which is what it says of the field that it is for.
std::string what_it_takes(bool (*reader)(const column&) noexcept) {
    std::string names;
    for (int i = 0; i <= static_cast<int>(column_type::timestamp); ++i) {
        column probe;
        probe.type = static_cast<column_type>(i);
        if (!reader(probe)) continue;
        if (!names.empty()) names += ", ";
        names += to_string(probe.type);
    }
    return names;
}

}  // namespace

std::optional<error> check_fields(const schema& columns, const field_readers& fields) {
    std::string wrong;
    std::int64_t first = -1;
    if (columns.size() != fields.size())
        wrong = "; the result has " + std::to_string(columns.size()) + " columns, the type has " +
                std::to_string(fields.size()) + " fields";
    for (std::size_t i = 0; i < std::min(columns.size(), fields.size()); ++i) {
        if (fields[i](columns[i])) continue;
        if (first < 0) first = static_cast<std::int64_t>(i);
        wrong.append("; ").append(describe_column(columns, i)).append(" cannot fill field ").append(std::to_string(i));
        wrong.append(", which takes ").append(what_it_takes(fields[i]));
    }
    if (wrong.empty()) return std::nullopt;
    return mismatch("the columns do not fit the fields: " + wrong.substr(2), -1, first);
}

}  // namespace sluice::detail
