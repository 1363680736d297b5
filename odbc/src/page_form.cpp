// A statement in pages, each a statement of its own that begins behind the last key of the one before.

#include "connection_impl.hpp"
#include "facts.hpp"
#include "identifier.hpp"
#include "sql_text.hpp"

#include <sluice/protocol/limits.hpp>

#include <string>
#include <string_view>

namespace sluice::odbc {

namespace {

// Does the driver hold the whole result of such a statement?
bool holds_all(const connection_state& c, const args& with) noexcept {
    switch (c.profile->streams) {
        case streaming::none:
            return true;
        case streaming::step_api:
            return !c.steps || !with.empty() || c.in_transaction;
        case streaming::declare_fetch:
        case streaming::unknown:
            break;
    }
    return false;
}

}  // namespace

result<page_form> connection::impl::form_of_pages(const std::string& sql, const args& with, const std::string& key,
                                                  std::size_t rows) {
    tell_outcome(state, outcome::none);  // not that of the statement before
    auto name = quoted_identifier(key, info_text(state.dbc, SQL_IDENTIFIER_QUOTE_CHAR), "the key",
                                  limits::catalog_name_bytes_max);
    if (!name) return name.error();
    // A comment may stand at the end of its last line.
    std::string from = "(\n";
    from.append(without_end(sql)).append("\n) AS sluice_page");
    const std::string behind = " WHERE " + *name + (with.is_named() ? " > :sluice_last_key" : " > ?");
    const std::string ordered = " ORDER BY " + *name;
    page_form made;
    made.pages = holds_all(state, with);
    made.first = "SELECT * FROM " + from + ordered;
    if (!made.pages) return made;
    const std::string limit = " LIMIT " + std::to_string(rows);
    made.first += limit;
    made.next = "SELECT * FROM " + from + behind + ordered + limit;
    made.twins =
        "SELECT COUNT(*) FROM " + from + " WHERE " + *name + (with.is_named() ? " = :sluice_last_key" : " = ?");
    return made;
}

}  // namespace sluice::odbc
