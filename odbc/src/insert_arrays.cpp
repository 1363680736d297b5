#include "insert_arrays.hpp"

#include "array_text.hpp"
#include "ask_cell.hpp"
#include "parameters.hpp"

#include <sluice/protocol/date_time.hpp>
#include <sluice/protocol/limits.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

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

// Adds each cell as text. The first that make_parameter finds wrong is kept for take().
class array_writer final : public cell_sink {
public:
    array_writer(const driver_profile& profile, std::size_t column) noexcept : profile_(profile), column_(column) {}

    void null(column_type) override { to_.add_null(); }
    void boolean(bool v) override { to_.add_plain(v ? "1" : "0"); }  // as psqlodbc sends it
    void integer(std::int64_t v) override { add_number(to_, v); }
    void natural(std::uint64_t v) override { add_number(to_, v); }
    void real(double v) override {
        if (is_good(wrong_with(profile_, v, column_))) add_real(to_, v);
    }
    void number(const decimal& v) override {
        const decimal_shape shape = shape_of(v);
        if (is_good(wrong_with(profile_, v, shape, column_))) to_.add_plain(v.str());
    }
    void text(std::string_view v) override {
        if (is_good(wrong_with(profile_, v, column_))) to_.add_quoted(v);
    }
    void binary(std::span<const std::byte> v) override {
        to_.add_bytes({reinterpret_cast<const char*>(v.data()), v.size()});
    }
    void day(const date& v) override { add_time(v); }
    void clock_time(const time& v) override { add_time(v); }
    void moment(const timestamp& v) override { add_time(v); }

    [[nodiscard]] result<std::string> take() {
        if (failed_) return std::move(*failed_);
        return to_.take();
    }

private:
    [[nodiscard]] bool is_good(std::optional<error> wrong) {
        if (wrong && !failed_) failed_ = std::move(wrong);
        return !failed_;
    }
    template <class DateOrTime>
    void add_time(const DateOrTime& v) {
        if (is_good(wrong_with(profile_, v, column_))) to_.add_plain(to_string(v));
    }

    const driver_profile& profile_;
    std::size_t column_;
    array_text to_;
    std::optional<error> failed_;
};

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
        array_writer made(profile, column);
        rows.give(column, first, count, made);
        auto text = made.take();
        if (!text) return std::move(text).error();
        arrays.emplace_back(std::move(*text));
    }
    return arrays;
}

}  // namespace sluice::odbc
