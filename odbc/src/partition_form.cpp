#include "identifier.hpp"
#include "sql_text.hpp"

#include <sluice/odbc/partition_form.hpp>
#include <sluice/protocol/limits.hpp>

#include <variant>

namespace sluice::odbc {

namespace {
constexpr std::size_t pairs_in_group = 100;  // SQLite takes no expression that is deeper than 1,000
}

// A comment may stand at the end of the statement's last line. No AS before the name: not every DBMS has that.
partition_form::partition_form(std::string_view sql, args given, std::string quote)
    : from_(" FROM (\n" + std::string(without_end(sql)) + "\n) sluice_part"),
      given_(std::move(given)),
      quote_(std::move(quote)) {}

partition_statement partition_form::select(std::string_view what, std::string_view where) const {
    partition_statement made;
    made.sql.append("SELECT ").append(what).append(from_).append(where);
    made.with = given_;
    return made;
}

partition_statement partition_form::described() const {
    return select("*", " WHERE 1 = 0");
}

result<void> partition_form::key(std::string_view column) {
    auto name = quoted_identifier(column, quote_, "the key", limits::catalog_name_bytes_max);
    if (!name) return name.error();
    key_ = std::move(*name);
    return {};
}

partition_statement partition_form::least() const {
    return select("MIN(" + key_ + ")", "");
}

partition_statement partition_form::greatest() const {
    return select("MAX(" + key_ + ")", "");
}

void partition_form::put(partition_statement& to, std::string_view before, const value& v) const {
    to.sql.append(before);
    if (const auto* whole = std::get_if<std::int64_t>(&v)) {
        to.sql += std::to_string(*whole);
    } else if (const auto* large = std::get_if<std::uint64_t>(&v)) {
        to.sql += std::to_string(*large);
    } else if (given_.is_named()) {
        const std::string name = "sluice_key_" + std::to_string(to.with.size() - given_.size());
        to.sql.append(":").append(name);
        to.with.add(name, v);
    } else {
        to.sql += '?';
        to.with.add(v);
    }
}

partition_statement partition_form::twice(std::span<const value> boundaries) const {
    partition_statement made = select("COUNT(*)", " WHERE ");
    const bool grouped = boundaries.size() - 1 > pairs_in_group;
    for (std::size_t i = 1; i < boundaries.size(); ++i) {
        const bool begins = grouped && (i - 1) % pairs_in_group == 0;
        if (i > 1) made.sql.append(begins ? ") OR " : " OR ");
        if (begins) made.sql += '(';
        put(made, "(" + key_ + " < ", boundaries[i - 1]);
        put(made, " AND " + key_ + " >= ", boundaries[i]);
        made.sql += ')';
    }
    if (grouped) made.sql += ')';
    return made;
}

partition_statement partition_form::range(const value* from, const value* below, bool ordered) const {
    partition_statement made = select("*", " WHERE " + key_);
    if (from) put(made, " >= ", *from);
    if (from && below) made.sql.append(" AND ").append(key_);
    if (below) put(made, " < ", *below);
    if (!from && !below) made.sql += " IS NOT NULL";
    if (ordered) made.sql.append(" ORDER BY ").append(key_);
    return made;
}

partition_statement partition_form::without_key() const {
    return select("*", " WHERE " + key_ + " IS NULL");
}

}  // namespace sluice::odbc
