#include "ascii.hpp"
#include "sql_scanner.hpp"

#include <sluice/protocol/limits.hpp>
#include <sluice/protocol/named_parameters.hpp>

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::protocol {

constinit const sql_dialect standard_dialect{};
constinit const sql_dialect postgresql_dialect{.escape_strings = true, .dollar_quotes = true, .nested_comments = true};
constinit const sql_dialect mariadb_dialect{
    .backslash_escapes = true, .hash_comments = true, .dashes_need_blank = true, .backtick_quotes = true};
constinit const sql_dialect sqlite_dialect{.backtick_quotes = true, .bracket_quotes = true};
constinit const sql_dialect sql_server_dialect{.nested_comments = true, .bracket_quotes = true};

const sql_dialect& dialect_of(std::string_view dbms_name) noexcept {
    const auto has = [&](std::string_view part) {
        return ascii::find_letters(dbms_name, part) != std::string_view::npos;
    };
    if (has("postgres") || has("redshift")) return postgresql_dialect;
    if (has("mariadb") || has("mysql")) return mariadb_dialect;
    if (has("sqlite")) return sqlite_dialect;
    if (has("sql server") || has("sybase") || has("adaptive server")) return sql_server_dialect;
    return standard_dialect;
}

namespace {

constexpr std::size_t longest_name_shown = 100;
constexpr std::size_t most_complaints = 20;

error with_code(errc code, std::string text) {
    error_record record;
    record.code = code;
    record.message = std::move(text);
    record.session = session_state::usable;
    return error(std::move(record));
}

// What is wrong, one after the other, and bounded.
class wrong_names {
public:
    void add(std::string_view before, std::string_view name, std::string_view after) {
        if (++count_ > most_complaints) return;
        if (!text_.empty()) text_ += "; ";
        text_.append(before).append(name.substr(0, longest_name_shown)).append(after);
    }
    [[nodiscard]] bool any() const noexcept { return count_ > 0; }
    [[nodiscard]] error as_error() const {
        std::string text = text_;
        if (count_ > most_complaints) text += "; and " + std::to_string(count_ - most_complaints) + " more";
        return with_code(errc::invalid_argument, std::move(text));
    }

private:
    std::string text_;
    std::size_t count_ = 0;
};

std::size_t bytes_of(const value& v) noexcept {
    if (const auto* text = std::get_if<std::string>(&v)) return text->size();
    if (const auto* binary = std::get_if<bytes>(&v)) return binary->size();
    return 0;
}

using places = std::unordered_map<std::string_view, std::size_t>;

places places_of(const args& named, wrong_names& wrong) {
    places made;
    for (std::size_t i = 0; i < named.names().size(); ++i) {
        const std::string& name = named.names()[i];
        if (!is_parameter_name(name)) wrong.add("'", name, "' is no name for a parameter");
        if (!made.emplace(name, i).second) wrong.add(":", name, " has two values");
    }
    return made;
}

}  // namespace

result<positional_statement> to_positional(std::string_view sql, const args& named, const sql_dialect& dialect) {
    if (named.names().size() != named.size())
        return with_code(errc::invalid_argument, std::to_string(named.names().size()) + " names were passed with " +
                                                     std::to_string(named.size()) + " values");
    wrong_names wrong;
    const places known = places_of(named, wrong);
    std::vector<bool> used(named.size());
    std::unordered_map<std::string_view, bool> missing;
    std::vector<std::size_t> order;
    std::size_t copied = 0;
    bool question = false;

    positional_statement made;
    made.sql.reserve(sql.size());
    for (std::size_t at = 0; at < sql.size();) {
        const sql_piece piece = next_piece(sql, at, dialect);
        const std::string_view text = sql.substr(at, piece.end - at);
        at = piece.end;
        if (piece.what != sql_piece::kind::name) {
            question = question || piece.what == sql_piece::kind::question;
            made.sql += text;
            continue;
        }
        const std::string_view name = text.substr(1);
        const auto found = known.find(name);
        if (found == known.end()) {
            if (missing.emplace(name, true).second) wrong.add("no value was passed for :", name, "");
            continue;
        }
        if (used[found->second] && named.direction_of(found->second) != direction::in)
            wrong.add(":", name, " brings a value back and stands in the statement more than once");
        used[found->second] = true;
        order.push_back(found->second);
        copied += bytes_of(named[found->second]);
        if (order.size() > limits::parameters_max || copied > limits::named_parameter_bytes_max)
            return with_code(errc::too_large,
                             "named parameters stand in the statement too often: " + std::to_string(order.size()) +
                                 " times, " + std::to_string(copied) + " bytes so far");
        made.sql += '?';
    }
    for (std::size_t i = 0; i < used.size(); ++i)
        if (!used[i]) wrong.add("the statement has no :", named.names()[i], "");
    if (question)
        wrong.add("a ? stands beside named parameters, and the driver takes it for one more", "",
                  " (PostgreSQL's operators ?, ?| and ?& are jsonb_exists, jsonb_exists_any and jsonb_exists_all)");
    if (wrong.any()) return wrong.as_error();

    std::vector<value> values;
    values.reserve(order.size());
    for (const std::size_t place : order) values.push_back(named[place]);
    made.parameters = args::from(std::move(values));
    if (named.outputs() != 0)
        for (std::size_t at = 0; at < order.size(); ++at) made.parameters.direct(at, named.direction_of(order[at]));
    return made;
}

}  // namespace sluice::protocol
