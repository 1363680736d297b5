#include "stream_pages.hpp"

#include "failure.hpp"

#include <sluice/protocol/row.hpp>

#include <algorithm>
#include <vector>

namespace sluice::runtime {

namespace {

[[nodiscard]] value value_of(const row_view& row, std::size_t column, column_type type) {
    switch (type) {
        case column_type::boolean:
        case column_type::int64:
            return value(row.get<std::int64_t>(column));
        case column_type::uint64:
            return value(row.get<std::uint64_t>(column));
        case column_type::decimal:
            return value(row.get<decimal>(column));
        case column_type::binary:
            return value(row.get<bytes>(column));
        case column_type::date:
            return value(row.get<date>(column));
        case column_type::time:
            return value(row.get<time>(column));
        case column_type::timestamp:
            return value(row.get<timestamp>(column));
        case column_type::text:
        case column_type::float32:
        case column_type::float64:
            break;
    }
    return value(row.get<std::string>(column));
}

}  // namespace

error stream_pages::wrong(const std::string& what) const {
    return failure(errc::invalid_argument, "the key \"" + key_ + "\" of the stream " + what, outcome::applied);
}

std::optional<error> stream_pages::described(const schema& columns) {
    const auto at = columns.find(key_);
    if (!at) return wrong("is no column of its result");
    column_ = *at;
    columns_ = columns;
    const column& c = columns[*at];
    if (c.type == column_type::float32 || c.type == column_type::float64)
        return wrong("is a floating-point number, which may not be found again");
    if (c.dynamic && form_.pages) return wrong("has no declared type: the database would compare it with another one");
    return std::nullopt;
}

std::optional<error> stream_pages::seen(const batch& rows) {
    if (!form_.pages || rows.rows() == 0) return std::nullopt;
    // NULLs are the first ones.
    if (!begun_ && rows.is_null(0, column_)) return wrong("is NULL in a row, which no later page would find");
    begun_ = true;
    in_page_ += rows.rows();
    const row_view last(rows, rows.rows() - 1);
    if (last.is_null(column_)) return wrong("is NULL in a row, which no later page would find");
    last_ = value_of(last, column_, rows.columns()[column_].type);
    return std::nullopt;
}

args stream_pages::behind_last() const {
    std::vector<value> values;
    for (std::size_t i = 0; i < given_.size(); ++i) values.push_back(given_[i]);
    values.push_back(last_);
    if (!given_.is_named()) return args::from(std::move(values));
    std::vector<std::string> names(given_.names().begin(), given_.names().end());
    names.emplace_back("sluice_last_key");
    return args::from(std::move(names), std::move(values));
}

std::optional<error> stream_pages::twins(std::int64_t rows) const {
    if (rows == 1) return std::nullopt;
    if (rows == 0) return wrong("is not found again by its value: the next page could not begin behind it");
    return wrong("is not unique: " + std::to_string(rows) + " rows have the same, of which some would be lost");
}

std::optional<error> stream_pages::described_again(const schema& columns) const {
    const auto same = [](const column& a, const column& b) {
        return a.name == b.name && a.type == b.type;
    };
    if (std::equal(columns.begin(), columns.end(), columns_.begin(), columns_.end(), same)) return std::nullopt;
    return failure(errc::type_mismatch, "the stream has other columns since its last page: the table was changed",
                   outcome::applied);
}

}  // namespace sluice::runtime
