#include "insert_arrays.hpp"

#include "array_text.hpp"
#include "ask_cell.hpp"
#include "parameters.hpp"

#include <sluice/protocol/date_time.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <variant>

namespace sluice::odbc {
namespace {

// As a literal; empty: with a backslash it would depend on a setting of the session what it means.
std::string literal(std::string_view text) {
    if (text.find('\\') != std::string_view::npos) return {};
    std::string made = "'";
    for (const char c : text) made.append(c == '\'' ? 2 : 1, c);
    return made + "'";
}

// The quoted types of the columns, with a byte of 1 between; nothing for one of which there is no array, or one that
// unnest takes apart further.
std::string question(const std::string& table, const std::vector<std::string>& names) {
    array_text list;
    for (const std::string& name : names) list.add_quoted(name);
    const std::string of = literal(table);
    const std::string columns = literal(list.take());
    if (of.empty() || columns.empty()) return {};
    return "select string_agg(case when current_setting('array_nulls') <> 'on' or t.typcategory in ('A', 'C', 'P') or "
           "t.typdelim <> ',' or t.oid is null then '' "
           "else quote_ident(s.nspname) || '.' || quote_ident(t.typname) end, chr(1) order by w.n) "
           "from unnest(" +
           columns +
           "::name[]) with ordinality w(name, n) left join pg_catalog.pg_attribute a on a.attrelid = to_regclass(" +
           of +
           ") and a.attname = w.name and a.attnum > 0 and not a.attisdropped left join pg_catalog.pg_type t on "
           "t.oid = a.atttypid left join pg_catalog.pg_namespace s on s.oid = t.typnamespace";
}

std::vector<std::string> parts_of(std::string_view text) {
    std::vector<std::string> parts;
    while (true) {
        const auto end = text.find('\x01');
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

template <class Number>
void add_number(array_text& to, Number number) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    to.add_plain({text.data(), static_cast<std::size_t>(end - text.data())});
}

void add_real(array_text& to, double v) {
    if (std::isnan(v)) return to.add_plain("NaN");
    if (std::isinf(v)) return to.add_plain(v < 0 ? "-Infinity" : "Infinity");
    add_number(to, v);
}

// Adds one value that make_parameter finds good.
class adder {
public:
    explicit adder(array_text& to) noexcept : to_(to) {}
    void operator()(const null_value&) const { to_.add_null(); }
    void operator()(bool v) const { to_.add_plain(v ? "1" : "0"); }  // as psqlodbc sends it
    void operator()(std::int64_t v) const { add_number(to_, v); }
    void operator()(std::uint64_t v) const { add_number(to_, v); }
    void operator()(float v) const { add_real(to_, static_cast<double>(v)); }
    void operator()(double v) const { add_real(to_, v); }
    void operator()(const decimal& v) const { to_.add_quoted(v.str()); }
    void operator()(const std::string& v) const { to_.add_quoted(v); }
    void operator()(const bytes& v) const { to_.add_bytes({reinterpret_cast<const char*>(v.data()), v.size()}); }
    template <class DateOrTime>
    void operator()(const DateOrTime& v) const {
        to_.add_quoted(to_string(v));
    }

private:
    array_text& to_;
};

// Of these every value can be sent.
bool is_always_good(const value& v) noexcept {
    return std::holds_alternative<std::int64_t>(v) || std::holds_alternative<double>(v) ||
           std::holds_alternative<null_value>(v) || std::holds_alternative<bool>(v) || std::holds_alternative<float>(v);
}

result<void> add_cell(array_text& to, const driver_profile& profile, const bulk_rows& rows, std::size_t column,
                      std::size_t row) {
    if (const auto text = rows.text_at(column, row)) {
        if (auto wrong = wrong_with_text(profile, *text, column)) return std::move(*wrong);
        to.add_quoted(*text);
        return {};
    }
    const value cell = rows.at(column, row);
    if (!is_always_good(cell))
        if (auto made = make_parameter(profile, cell, column); !made) return std::move(made).error();
    std::visit(adder(to), cell);
    return {};
}

}  // namespace

result<std::vector<std::string>> element_types(connection_state& c, const std::string& table, const bulk_rows& rows) {
    std::vector<std::string> none;
    const std::string asked = question(table, rows.names());
    if (asked.empty()) return none;
    auto answer = ask_cell(c, asked, phase::executing);
    if (!answer && (c.broken || c.transaction_failed != errc::ok)) return std::move(answer).error();
    if (!answer || !*answer) return none;
    auto types = parts_of(**answer);
    if (types.size() != rows.names().size()) return none;
    // Binary goes to another column as the server's binary form of that, which has no place in the text of an array.
    for (std::size_t i = 0; i < types.size(); ++i)
        if (types[i].empty() || (types[i] != "pg_catalog.bytea" && rows.has_binary(i))) return none;
    return types;
}

result<std::vector<value>> make_arrays(const driver_profile& profile, const bulk_rows& rows, std::size_t first,
                                       std::size_t count) {
    std::vector<value> arrays;
    arrays.reserve(rows.names().size());
    for (std::size_t column = 0; column < rows.names().size(); ++column) {
        array_text made;
        for (std::size_t row = first; row < first + count; ++row)
            if (auto added = add_cell(made, profile, rows, column, row); !added) return added.error();
        arrays.emplace_back(made.take());
    }
    return arrays;
}

}  // namespace sluice::odbc
