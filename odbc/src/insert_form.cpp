// The INSERT of many rows as text, by the rules of the DBMS.

#include "connection_impl.hpp"
#include "facts.hpp"
#include "identifier.hpp"
#include "insert_arrays.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>

namespace sluice::odbc {

namespace {

std::string select_from(const std::vector<std::string>& types) {
    std::string made = "SELECT * FROM unnest(";
    for (std::size_t i = 0; i < types.size(); ++i) made += (i == 0 ? "?::" : ", ?::") + types[i] + "[]";
    return made + ")";
}

}  // namespace

std::string insert_form::text(std::size_t rows) const {
    std::string made;
    made.reserve(head.size() + rows * (row.size() + 1));
    made += head;
    if (row.empty()) return made;
    for (std::size_t i = 0; i < rows; ++i) {
        if (i != 0) made += ',';
        made += row;
    }
    return made;
}

result<insert_form> connection::impl::form_of_insert(const bulk_rows& rows) {
    tell_outcome(state, outcome::none);  // not that of the statement before
    const std::string quote = info_text(state.dbc, SQL_IDENTIFIER_QUOTE_CHAR);
    const auto quoted = [&](const std::string& name, const std::string& what) {
        return quoted_identifier(name, quote, what, limits::catalog_name_bytes_max);
    };
    insert_form made;
    const std::string_view into = "INSERT INTO ";
    made.head = into;
    if (!rows.schema().empty()) {
        auto schema = quoted(rows.schema(), "the schema");
        if (!schema) return schema.error();
        made.head += *schema + '.';
    }
    auto table = quoted(rows.table(), "the table");
    if (!table) return table.error();
    const std::string target = made.head.substr(into.size()) + *table;
    made.head += *table;
    made.row = '(';
    for (std::size_t i = 0; i < rows.names().size(); ++i) {
        auto name = quoted(rows.names()[i], "column " + std::to_string(i));
        if (!name) return name.error();
        made.head += (i == 0 ? " (" : ", ") + *name;
        made.row += i == 0 ? "?" : ",?";
    }
    made.head += ") ";
    made.row += ')';
    if (state.profile->insert_array_rows != 0 && rows.rows() >= state.profile->insert_array_rows_least) {
        auto types = element_types(state, target, rows);
        if (!types) return std::move(types).error();
        if (!types->empty()) {
            made.head += select_from(*types);
            made.row.clear();
            made.rows_max = state.profile->insert_array_rows;
            return made;
        }
    }
    made.head += "VALUES ";
    // psqlodbc corrupts the heap above parameters_max; SQLite has one less.
    const std::size_t columns = std::max<std::size_t>(rows.names().size(), 1);
    made.rows_max = std::clamp<std::size_t>((limits::parameters_max - 1) / columns, 1, state.profile->insert_rows);
    return made;
}

result<std::vector<value>> connection::impl::values_of_insert(const insert_form& form, const bulk_rows& rows,
                                                              std::size_t first, std::size_t count) const {
    if (form.row.empty()) return make_arrays(*state.profile, rows, first, count);
    std::vector<value> values;
    values.reserve(count * rows.names().size());
    for (std::size_t row = first; row < first + count; ++row)
        for (std::size_t column = 0; column < rows.names().size(); ++column) values.push_back(rows.at(column, row));
    return values;
}

}  // namespace sluice::odbc
