#include "sql_text.hpp"

#include "words.hpp"

#include <algorithm>

namespace sluice::odbc {
namespace {

constexpr std::string_view reading_words = "select values table show explain describe desc pragma";
// Within a transaction these do not end it, on any server known here.
constexpr std::string_view changing =
    "insert update delete merge replace with savepoint release declare fetch set analyze";
constexpr std::string_view transaction_end = "commit end rollback abort begin start prepare xa";
constexpr std::string_view keepable = "select with values insert update delete merge replace";
constexpr std::string_view procedures = "call do exec execute {call {?=call begin declare";

[[nodiscard]] std::string_view first_word(std::string_view sql) noexcept {
    sql = skip_comments(sql);
    while (!sql.empty() && (sql.front() == '(' || is_blank(sql.front()))) sql.remove_prefix(1);
    const auto end = std::find_if(sql.begin(), sql.end(), [](char c) {
        return is_blank(c) || c == ';' || c == '(' || c == '/' || c == '-' || c == '*' || c == '\'' || c == '"';
    });
    return sql.substr(0, static_cast<std::size_t>(end - sql.begin()));
}

[[nodiscard]] bool is_one_of(std::string_view word, std::string_view list) noexcept {
    return any_word(list, [&](std::string_view one) { return same_word(one, word); });
}

// A semicolon with something behind it: quoted text may have one too.
[[nodiscard]] bool may_be_several(std::string_view sql) noexcept {
    for (auto at = sql.find(';'); at != std::string_view::npos; at = sql.find(';', at + 1)) {
        const auto rest = skip_comments(sql.substr(at + 1));
        if (!rest.empty() && rest.front() != ';') return true;
    }
    return false;
}

// Columns that the text does not name: '*', but not that of count(*).
[[nodiscard]] bool has_star(std::string_view sql) noexcept {
    for (auto at = sql.find('*'); at != std::string_view::npos; at = sql.find('*', at + 1))
        if (at == 0 || sql[at - 1] != '(' || at + 1 >= sql.size() || sql[at + 1] != ')') return true;
    return false;
}

}  // namespace

std::string_view skip_comments(std::string_view sql) noexcept {
    while (!sql.empty()) {
        if (is_blank(sql.front())) {
            sql.remove_prefix(1);
        } else if (sql.starts_with("--")) {
            sql.remove_prefix(std::min(sql.find('\n'), sql.size()));
        } else if (sql.starts_with("/*")) {
            const auto end = sql.find("*/", 2);
            sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 2);
        } else {
            break;
        }
    }
    return sql;
}

std::string_view without_end(std::string_view sql) noexcept {
    const auto last = sql.find_last_not_of("; \t\r\n\f\v");
    return sql.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

bool is_empty(std::string_view sql) noexcept {
    return std::all_of(sql.begin(), sql.end(), is_blank);
}

statement_effects effects_of(const connection_state& c, std::string_view sql) noexcept {
    const auto word = first_word(sql);
    const bool several = c.batches && may_be_several(sql);
    const bool procedure = is_one_of(word, procedures);
    const bool reads = is_one_of(word, reading_words);
    statement_effects effects;
    effects.changes_nothing = c.asks_catalog;
    effects.reads_only = reads && !several;
    effects.calls_procedure = procedure && !several;
    effects.may_apply_partly = several || procedure || has_text(sql, "or fail");
    effects.may_commit = several || procedure || is_one_of(word, transaction_end) ||
                         (c.ddl_commits && !reads && !is_one_of(word, changing));
    return effects;
}

bool steps_through_rows(std::string_view sql) noexcept {
    return is_one_of(first_word(sql), "select with explain pragma");
}

bool must_run_at_once(std::string_view sql) noexcept {
    const auto word = first_word(sql);
    if (same_word(word, "pragma")) return true;
    return same_word(word, "with") &&
           any_word("insert update delete replace", [&](std::string_view changes) { return has_text(sql, changes); });
}

bool has_lost_count(std::string_view sql) noexcept {
    return same_word(first_word(sql), "with");
}

bool is_rollback(std::string_view sql) noexcept {
    return same_word(first_word(sql), "rollback");
}

bool may_stay_prepared(const driver_profile& profile, statement_effects effects, std::string_view sql) noexcept {
    if (effects.may_apply_partly) return false;
    const auto word = first_word(sql);
    switch (profile.keeps) {
        case keeping::same_schema:
            return same_word(word, "select") ||
                   (is_one_of(word, "insert update delete replace") && !has_text(sql, "returning"));
        case keeping::named_columns:
            return is_one_of(word, keepable) && !has_star(sql);
        case keeping::any:
            return is_one_of(word, keepable);
    }
    return false;
}

schema_effect schema_effect_of(std::string_view sql) noexcept {
    const auto word = first_word(sql);
    if (is_one_of(word, "select values with explain insert update delete replace release")) return schema_effect::none;
    if (is_one_of(word, "begin savepoint")) return schema_effect::begins;
    if (is_one_of(word, "commit end")) return schema_effect::ends;
    // To a savepoint: what holds it goes on.
    if (same_word(word, "rollback")) return has_text(sql, "to") ? schema_effect::none : schema_effect::ends;
    return same_word(word, "attach") ? schema_effect::attaches : schema_effect::changes;
}

bool has_rows_of_schema(const connection_state& c, std::string_view sql) noexcept {
    return c.profile->kind == driver_kind::sqlite && is_one_of(first_word(sql), "select with");
}

bool outdates_prepared(const connection_state& c, std::string_view sql) noexcept {
    const auto word = first_word(sql);
    if (c.profile->kind == driver_kind::postgresql) return is_one_of(word, "deallocate discard");
    if (c.profile->kind == driver_kind::sqlite) return false;
    if (same_word(word, "set"))
        return any_word("mode names char collation", [&](std::string_view what) { return has_text(sql, what); });
    return is_one_of(word, "use create drop alter rename");
}

bool copies_to_client(std::string_view sql) noexcept {
    return same_word(first_word(sql), "copy") && (has_text(sql, "stdin") || has_text(sql, "stdout"));
}

}  // namespace sluice::odbc
