#include <sluice/protocol/catalog_rows.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::protocol {

namespace {

// A name, and the column of the answer that has to be it.
struct wanted {
    std::size_t column;
    std::string_view name;
};

std::vector<wanted> wanted_of(const catalog_query& asked, const schema& columns) {
    std::vector<wanted> made;
    const auto add = [&](const catalog_query::filter& f, std::size_t column) {
        const bool there = column < columns.size() && columns[column].type == column_type::text;
        if (f && !f->is_pattern() && there) made.push_back({column, f->text()});
    };
    if (asked.subject() == catalog_subject::data_types) return made;
    const bool keys = asked.subject() == catalog_subject::foreign_keys;
    const std::size_t first = keys ? 4 : 0;  // of a foreign key the table that it points to stands first
    add(asked.schema(), first + 1);
    add(asked.name(), first + 2);
    if (keys) {
        add(asked.references_schema(), 1);
        add(asked.references(), 2);
    } else {
        add(asked.column(), 3);
    }
    // Drivers leave the catalog of a procedure empty.
    if (asked.subject() == catalog_subject::procedures) return made;
    add(asked.catalog(), first);
    if (keys) add(asked.references_catalog(), 0);
    return made;
}

bool is_wanted(const batch_storage& rows, std::size_t row, const std::vector<wanted>& all) {
    return std::all_of(all.begin(), all.end(), [&](const wanted& each) {
        return rows.lengths(each.column)[row] >= 0 && rows.cell(row, each.column) == each.name;
    });
}

}  // namespace

std::shared_ptr<const batch_storage> rows_of(const batch_storage& from, const std::vector<std::size_t>& rows) {
    const std::size_t columns = from.columns()->size();
    std::vector<std::size_t> bytes(columns, 0);
    for (std::size_t c = 0; c < columns; ++c)
        for (const std::size_t row : rows)
            bytes[c] += is_variable(from.slot(c).type)
                            ? static_cast<std::size_t>(std::max<std::int64_t>(from.lengths(c)[row], 0))
                            : fixed_size(from.slot(c).type);
    auto to = std::make_shared<batch_storage>(batch_storage::compact_tag(), from.columns(), bytes, rows.size());
    for (std::size_t c = 0; c < columns; ++c) {
        const bool variable = is_variable(from.slot(c).type);
        const std::size_t size = fixed_size(from.slot(c).type);
        std::size_t end = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const std::int64_t length = from.lengths(c)[rows[i]];
            to->lengths(c)[i] = length;
            if (!variable) {
                std::memcpy(to->data(c) + i * size, from.data(c) + rows[i] * size, size);
                continue;
            }
            to->offsets(c)[i] = end;
            if (length <= 0) continue;
            const std::string_view cell = from.cell(rows[i], c);
            std::memcpy(to->data(c) + end, cell.data(), cell.size());
            end += cell.size();
        }
    }
    to->rows(rows.size());
    return to;
}

row_set exact_rows(row_set rows, const catalog_query& asked) {
    const auto names = wanted_of(asked, rows.columns());
    if (names.empty() || rows.empty()) return rows;
    row_set made(rows.batches().front().storage()->columns());
    for (const auto& part : rows.batches()) {
        std::vector<std::size_t> kept;
        for (std::size_t row = 0; row < part.rows(); ++row)
            if (is_wanted(*part.storage(), row, names)) kept.push_back(row);
        if (kept.size() == part.rows())
            made.append(part);
        else if (!kept.empty())
            made.append(batch(rows_of(*part.storage(), kept)));
    }
    made.warnings({rows.warnings().begin(), rows.warnings().end()});
    made.timings(rows.timings());
    return made;
}

}  // namespace sluice::protocol
