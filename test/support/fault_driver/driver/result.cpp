#include "result.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::fault_driver {
namespace {

column::kind kind_of(cell::kind what) noexcept {
    switch (what) {
        case cell::kind::integer:
            return column::kind::bigint;
        case cell::kind::real:
            return column::kind::real;
        case cell::kind::text:
            return column::kind::varchar;
        case cell::kind::binary:
            return column::kind::varbinary;
        case cell::kind::timestamp:
            return column::kind::timestamp;
    }
    return column::kind::varchar;
}

std::uint64_t length_of(const form& meaning, std::uint64_t row, const column& of, std::uint64_t hash) noexcept {
    if (meaning.long_row && meaning.long_row->first == row) return meaning.long_row->second;
    return meaning.length.value_or(testing::cell_length(hash, of.described_bytes));
}

}  // namespace

void cell::copy(std::uint64_t offset, std::size_t count, char* out) const {
    if (stored) {
        std::memcpy(out, stored->data() + offset, count);
        return;
    }
    for (std::size_t at = 0; at < count; ++at) {
        out[at] = what == kind::text ? testing::cell_text_byte(hash, offset + at)
                                     : testing::cell_binary_byte(hash, offset + at);
    }
}

std::uint64_t result::rows() const noexcept {
    switch (meaning.what) {
        case form::verb::rows:
            return meaning.count;
        case form::verb::echo:
            return 1;
        default:
            return 0;
    }
}

cell result::at(std::uint64_t row, std::size_t number) const {
    if (meaning.what == form::verb::echo) return echoed[number];
    const column& of = meaning.columns[number];
    cell made;
    made.hash = testing::cell_hash(meaning.seed, row, number);
    made.null = of.type != column::kind::id && testing::cell_is_null(made.hash, meaning.null_every);
    switch (of.type) {
        case column::kind::id:
            made.integer = static_cast<std::int64_t>(row);
            break;
        case column::kind::bigint:
            made.integer = testing::cell_bigint(made.hash);
            break;
        case column::kind::integer:
            made.integer = testing::cell_integer(made.hash);
            break;
        case column::kind::real:
            made.what = cell::kind::real;
            made.real = testing::cell_double(made.hash);
            break;
        case column::kind::timestamp:
            made.what = cell::kind::timestamp;
            made.timestamp = testing::cell_timestamp(made.hash);
            break;
        case column::kind::varchar:
        case column::kind::text:
        case column::kind::varbinary:
            made.what = of.type == column::kind::varbinary ? cell::kind::binary : cell::kind::text;
            made.bytes = length_of(meaning, row, of, made.hash);
            break;
    }
    return made;
}

std::vector<column> columns_of(const form& meaning, const std::vector<cell>& echoed) {
    if (meaning.what != form::verb::echo) return meaning.columns;
    std::vector<column> columns;
    for (const cell& each : echoed) {
        std::string name("p");
        name += std::to_string(columns.size() + 1);
        columns.push_back({std::move(name), kind_of(each.what), std::max<std::uint64_t>(each.bytes, 1)});
    }
    return columns;
}

column_description describe(const column& of) {
    const auto bytes = static_cast<SQLLEN>(of.described_bytes);
    switch (of.type) {
        case column::kind::id:
            return {of.name, SQL_BIGINT, "bigint", 19, 0, 8, SQL_NO_NULLS};
        case column::kind::bigint:
            return {of.name, SQL_BIGINT, "bigint", 19, 0, 8, SQL_NULLABLE};
        case column::kind::integer:
            return {of.name, SQL_INTEGER, "integer", 10, 0, 4, SQL_NULLABLE};
        case column::kind::real:
            return {of.name, SQL_DOUBLE, "double", 15, 0, 8, SQL_NULLABLE};
        case column::kind::varchar:
            return {of.name, SQL_VARCHAR, "varchar", of.described_bytes, 0, bytes, SQL_NULLABLE};
        case column::kind::text:
            return {of.name, SQL_LONGVARCHAR, "text", of.described_bytes, 0, bytes, SQL_NULLABLE};
        case column::kind::varbinary:
            return {of.name, SQL_VARBINARY, "varbinary", of.described_bytes, 0, bytes, SQL_NULLABLE};
        case column::kind::timestamp:
            return {of.name, SQL_TYPE_TIMESTAMP, "timestamp", 26, 6, 16, SQL_NULLABLE};
    }
    return {};
}

}  // namespace sluice::fault_driver
