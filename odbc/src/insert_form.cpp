// The INSERT of many rows as text, by the rules of the DBMS.

#include "connection_impl.hpp"
#include "facts.hpp"
#include "identifier.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>

namespace sluice::odbc {

std::string insert_form::text(std::size_t rows) const {
    std::string made;
    made.reserve(head.size() + rows * (row.size() + 1));
    made += head;
    for (std::size_t i = 0; i < rows; ++i) {
        if (i != 0) made += ',';
        made += row;
    }
    return made;
}

result<insert_form> connection::impl::form_of_insert(const bulk_rows& rows) const {
    const std::string quote = info_text(state.dbc, SQL_IDENTIFIER_QUOTE_CHAR);
    const auto quoted = [&](const std::string& name, const std::string& what) {
        return quoted_identifier(name, quote, what, limits::catalog_name_bytes_max);
    };
    insert_form made;
    made.head = "INSERT INTO ";
    if (!rows.schema().empty()) {
        auto schema = quoted(rows.schema(), "the schema");
        if (!schema) return schema.error();
        made.head += *schema + '.';
    }
    auto table = quoted(rows.table(), "the table");
    if (!table) return table.error();
    made.head += *table;
    made.row = '(';
    for (std::size_t i = 0; i < rows.names().size(); ++i) {
        auto name = quoted(rows.names()[i], "column " + std::to_string(i));
        if (!name) return name.error();
        made.head += (i == 0 ? " (" : ", ") + *name;
        made.row += i == 0 ? "?" : ",?";
    }
    made.head += ") VALUES ";
    made.row += ')';
    // psqlodbc corrupts the heap above parameters_max; SQLite has one less.
    const std::size_t columns = std::max<std::size_t>(rows.names().size(), 1);
    made.rows_max = std::clamp<std::size_t>((limits::parameters_max - 1) / columns, 1, state.profile->insert_rows);
    return made;
}

}  // namespace sluice::odbc
