#include <sluice/protocol/bulk_rows_of.hpp>

namespace sluice {

namespace {

struct source {
    const schema& columns;
    std::span<const batch> batches;
    std::size_t rows = 0;
};

template <class T>
void add_column(bulk_rows& to, const source& from, std::size_t column) {
    std::vector<std::optional<T>> cells;
    cells.reserve(from.rows);
    for (const batch& some : from.batches)
        for (std::size_t row = 0; row < some.rows(); ++row) cells.push_back(some[row].get<std::optional<T>>(column));
    to.column(from.columns[column].name, std::move(cells));
}

void add_column_of_its_type(bulk_rows& to, const source& from, std::size_t column) {
    switch (from.columns[column].type) {
        case column_type::boolean:
            return add_column<bool>(to, from, column);
        case column_type::int64:
            return add_column<std::int64_t>(to, from, column);
        case column_type::uint64:
            return add_column<std::uint64_t>(to, from, column);
        case column_type::float32:
            return add_column<float>(to, from, column);
        case column_type::float64:
            return add_column<double>(to, from, column);
        case column_type::decimal:
            return add_column<decimal>(to, from, column);
        case column_type::text:
            return add_column<std::string>(to, from, column);
        case column_type::binary:
            return add_column<bytes>(to, from, column);
        case column_type::date:
            return add_column<date>(to, from, column);
        case column_type::time:
            return add_column<time>(to, from, column);
        case column_type::timestamp:
            return add_column<timestamp>(to, from, column);
    }
}

bulk_rows copied(std::string table, const source& from) {
    bulk_rows made(std::move(table));
    for (std::size_t i = 0; i < from.columns.size(); ++i) add_column_of_its_type(made, from, i);
    return made;
}

}  // namespace

bulk_rows bulk_rows_of(std::string table, const row_set& rows) {
    return copied(std::move(table), {rows.columns(), rows.batches(), rows.size()});
}

bulk_rows bulk_rows_of(std::string table, const batch& rows) {
    return copied(std::move(table), {rows.columns(), std::span(&rows, 1), rows.rows()});
}

}  // namespace sluice
