#include "savepoint.hpp"

#include "connection_impl.hpp"
#include "facts.hpp"
#include "utf8.hpp"
#include "words.hpp"

#include <sluice/protocol/limits.hpp>

#include <algorithm>

namespace sluice::odbc {
namespace {

bool is_plain(std::string_view name) noexcept {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return letter(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

result<std::string> quoted(std::string_view name, std::string_view quote) {
    if (name.empty() || name.size() > limits::savepoint_name_bytes_max)
        return refused(errc::invalid_argument, "the name of a savepoint has " + std::to_string(name.size()) +
                                                   " bytes, possible are 1 to " +
                                                   std::to_string(limits::savepoint_name_bytes_max));
    if (name.find('\0') != std::string_view::npos || !is_utf8(name))
        return refused(errc::invalid_argument, "the name of a savepoint has a NUL or is not UTF-8");
    // A blank says that the driver quotes nothing.
    if (quote.empty() || quote == " ") {
        if (is_plain(name)) return std::string(name);
        return refused(errc::unsupported, "this driver quotes no names: use letters, digits and '_' for a savepoint");
    }
    std::string made(quote);
    for (std::size_t at = 0; at < name.size();) {
        const bool is_quote = name.substr(at).starts_with(quote);
        const auto part = is_quote ? quote : name.substr(at, 1);
        made.append(part);
        if (is_quote) made.append(part);
        at += part.size();
    }
    return made.append(quote);
}

}  // namespace

result<std::string> savepoint_text(savepoint_step step, std::string_view name, std::string_view quote,
                                   std::string_view dbms) {
    auto as = quoted(name, quote);
    if (!as) return as;
    const bool sql_server = has_text(dbms, "sql server");
    switch (step) {
        case savepoint_step::set:
            return (sql_server ? "SAVE TRANSACTION " : "SAVEPOINT ") + *as;
        case savepoint_step::roll_back_to:
            return (sql_server ? "ROLLBACK TRANSACTION " : "ROLLBACK TO SAVEPOINT ") + *as;
        case savepoint_step::release:
            break;
    }
    return sql_server ? std::string() : "RELEASE SAVEPOINT " + *as;
}

result<std::vector<diagnostic>> connection::impl::savepoint(savepoint_step step, const std::string& name) {
    if (!state.broken && !state.in_transaction)
        return refused(errc::invalid_argument, "there is no transaction: savepoints belong to one");
    const auto text = savepoint_text(step, name, info_text(state.dbc, SQL_IDENTIFIER_QUOTE_CHAR), facts.dbms_name);
    if (!text) return text.error();
    if (text->empty()) return std::vector<diagnostic>();
    auto done = execute(*text, args(), {});
    if (!done) return done.error();
    return std::move(done->warnings);
}

}  // namespace sluice::odbc
