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
    if (how == way::arrays) return made;
    if (how == way::parameter_arrays) rows = 1;
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
    made.one_writer = state.profile->one_writer;
    std::string target;
    if (!rows.schema().empty()) {
        auto schema = quoted(rows.schema(), "the schema");
        if (!schema) return schema.error();
        target = *schema + '.';
    }
    auto table = quoted(rows.table(), "the table");
    if (!table) return table.error();
    target += *table;
    made.head = "INSERT INTO " + target;
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
            made.how = insert_form::way::arrays;
            made.rows_max = state.profile->insert_array_rows;
            return made;
        }
    }
    made.head += "VALUES ";
    const bool may_be_columns = state.profile->insert_parameter_rows != 0 && rows.rows() > 1;
    if (const std::size_t most = may_be_columns ? rows_in_columns(*state.profile, rows) : 0; most != 0) {
        made.how = insert_form::way::parameter_arrays;
        made.rows_max = most;
        return made;
    }
    // SQLite has one less.
    const std::size_t columns = std::max<std::size_t>(rows.names().size(), 1);
    made.rows_max = std::clamp<std::size_t>((parameters_max(state) - 1) / columns, 1, state.profile->insert_rows);
    return made;
}

result<std::vector<value>> connection::impl::insert_values(const insert_form& form, const rows_part& part) const {
    if (form.how == insert_form::way::arrays) return make_arrays(*state.profile, *part.rows, part.first, part.count);
    const std::size_t columns = part.rows->names().size();
    std::vector<value> values;
    values.reserve(part.count * columns);
    for (std::size_t row = part.first; row < part.first + part.count; ++row)
        for (std::size_t column = 0; column < columns; ++column) values.push_back(part.rows->at(column, row));
    return values;
}

result<void> connection::impl::insert(const insert_form& form, const rows_part& part, std::uint64_t number) {
    const std::string* const known = number != 0 ? state.statements.text(number) : nullptr;
    if (known == nullptr) number = 0;
    const std::string text = known != nullptr ? *known : form.text(part.count);
    if (form.how == insert_form::way::parameter_arrays) return insert_columns(text, part, number);
    auto values = insert_values(form, part);
    if (!values) return values.error();
    auto done = execute(text, args::from(std::move(*values)), {}, number);
    if (!done) return std::move(done).error();
    return done->rows.close();
}

// Of arrays Connector/ODBC does not even warn where it hides an error (true_answer): then no row was inserted, and for
// one row it does.
result<void> connection::impl::insert_columns(const std::string& text, const rows_part& part, std::uint64_t number) {
    auto done = execute(text, args(), {}, number, &part);
    if (!done) return std::move(done).error();
    const auto inserted = done->affected_rows.value_or(0);
    if (auto closed = done->rows.close(); !closed) return closed;
    if (inserted == static_cast<std::int64_t>(part.count)) return {};
    return refused(errc::data, "the driver has told of no error, and " + std::to_string(inserted) + " of " +
                                   std::to_string(part.count) + " rows were inserted");
}

}  // namespace sluice::odbc
