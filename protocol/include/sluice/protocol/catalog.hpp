#pragma once
// A question to the catalog of a database: its tables, columns, keys, indexes, procedures, types. The answer is a
// row_set whose columns have the names that ODBC 3 gives them, whatever the driver calls them; docs/catalog.md has
// them.
//
//   db.catalog(sluice::tables().schema("public").name("order_item"))
//   db.catalog(sluice::columns().name_like("order%"))
//
// Names are exact, letter by letter: `_` and `%` stand for themselves. A pattern is asked for by name: there `%` is any
// text, `_` any character, and the escape of the driver (capabilities::pattern_escape) takes that from the one behind
// it.
//
// Threads: values; any thread.

#include <sluice/protocol/config.hpp>
#include <sluice/protocol/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

enum class catalog_subject : std::uint8_t {
    tables,
    columns,
    primary_keys,
    foreign_keys,
    indexes,
    procedures,
    data_types,
};
[[nodiscard]] SLUICE_EXPORT std::string_view to_string(catalog_subject) noexcept;

// A name, or a pattern of names.
class catalog_name {
public:
    catalog_name() = default;
    catalog_name(std::string text, bool pattern) : text_(std::move(text)), is_pattern_(pattern) {}
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] bool is_pattern() const noexcept { return is_pattern_; }
    friend bool operator==(const catalog_name&, const catalog_name&) = default;

private:
    std::string text_;
    bool is_pattern_ = false;
};

// Made by tables(), columns() and the others below. A setter that its subject has no use for is refused with
// invalid_argument when the question is asked, all of them in one error.
class catalog_query {
public:
    using filter = std::optional<catalog_name>;

    explicit catalog_query(catalog_subject what) : subject_(what) {}

    // What the DBMS calls a database, where it has several on one connection (MariaDB). unsupported where it has none.
    catalog_query& catalog(std::string exact) { return set(catalog_, std::move(exact), false); }
    // unsupported where the DBMS has none (MariaDB, SQLite). Not set: what the driver takes for it, see
    // docs/catalog.md.
    catalog_query& schema(std::string exact) { return set(schema_, std::move(exact), false); }
    catalog_query& schema_like(std::string pattern) { return set(schema_, std::move(pattern), true); }
    // Of the table or the procedure; of foreign_keys(), of the table that has the key.
    catalog_query& name(std::string exact) { return set(name_, std::move(exact), false); }
    catalog_query& name_like(std::string pattern) { return set(name_, std::move(pattern), true); }
    catalog_query& column(std::string exact) { return set(column_, std::move(exact), false); }
    catalog_query& column_like(std::string pattern) { return set(column_, std::move(pattern), true); }
    // tables(): "TABLE", "VIEW", ... as TABLE_TYPE says it; more than one call: any of these.
    catalog_query& kind(std::string table_type) {
        kinds_.push_back(std::move(table_type));
        return *this;
    }
    // indexes(): only those that allow no value twice.
    catalog_query& unique(bool only = true) {
        unique_ = only;
        return *this;
    }
    // foreign_keys(): only those that point to this table.
    catalog_query& references(std::string table) { return set(references_, std::move(table), false); }
    catalog_query& references_schema(std::string schema) { return set(references_schema_, std::move(schema), false); }
    catalog_query& references_catalog(std::string catalog) {
        return set(references_catalog_, std::move(catalog), false);
    }
    // data_types(): only what has this number in ODBC.
    catalog_query& sql_type(std::int16_t number) {
        sql_type_ = number;
        return *this;
    }

    [[nodiscard]] catalog_subject subject() const noexcept { return subject_; }
    [[nodiscard]] const filter& catalog() const noexcept { return catalog_; }
    [[nodiscard]] const filter& schema() const noexcept { return schema_; }
    [[nodiscard]] const filter& name() const noexcept { return name_; }
    [[nodiscard]] const filter& column() const noexcept { return column_; }
    [[nodiscard]] const std::vector<std::string>& kinds() const noexcept { return kinds_; }
    [[nodiscard]] bool unique_only() const noexcept { return unique_; }
    [[nodiscard]] const filter& references() const noexcept { return references_; }
    [[nodiscard]] const filter& references_schema() const noexcept { return references_schema_; }
    [[nodiscard]] const filter& references_catalog() const noexcept { return references_catalog_; }
    [[nodiscard]] std::optional<std::int16_t> sql_type() const noexcept { return sql_type_; }

    // What cannot be asked so, or nothing.
    [[nodiscard]] SLUICE_EXPORT std::optional<error> problems() const;

    friend bool operator==(const catalog_query&, const catalog_query&) = default;

private:
    catalog_query& set(filter& which, std::string text, bool pattern) {
        which.emplace(std::move(text), pattern);
        return *this;
    }

    catalog_subject subject_;
    filter catalog_;
    filter schema_;
    filter name_;
    filter column_;
    filter references_catalog_;
    filter references_schema_;
    filter references_;
    std::vector<std::string> kinds_;
    std::optional<std::int16_t> sql_type_;
    bool unique_ = false;
};

static_assert(!std::is_aggregate_v<catalog_query> && !std::is_aggregate_v<catalog_name>);

[[nodiscard]] inline catalog_query tables() {
    return catalog_query(catalog_subject::tables);
}
[[nodiscard]] inline catalog_query columns() {
    return catalog_query(catalog_subject::columns);
}
// Of one table: name() is needed.
[[nodiscard]] inline catalog_query primary_keys() {
    return catalog_query(catalog_subject::primary_keys);
}
// name(), references() or both are needed.
[[nodiscard]] inline catalog_query foreign_keys() {
    return catalog_query(catalog_subject::foreign_keys);
}
// Of one table: name() is needed.
[[nodiscard]] inline catalog_query indexes() {
    return catalog_query(catalog_subject::indexes);
}
[[nodiscard]] inline catalog_query procedures() {
    return catalog_query(catalog_subject::procedures);
}
[[nodiscard]] inline catalog_query data_types() {
    return catalog_query(catalog_subject::data_types);
}

}  // namespace sluice
