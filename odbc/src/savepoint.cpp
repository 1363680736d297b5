#include "savepoint.hpp"

#include "ask_cell.hpp"
#include "connection_impl.hpp"
#include "facts.hpp"
#include "identifier.hpp"
#include "words.hpp"

#include <sluice/protocol/limits.hpp>

namespace sluice::odbc {
result<std::string> savepoint_text(savepoint_step step, std::string_view name, std::string_view quote,
                                   std::string_view dbms) {
    auto as = quoted_identifier(name, quote, "a savepoint", limits::savepoint_name_bytes_max);
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

result<std::vector<diagnostic>> connection::impl::savepoint(savepoint_step step, const std::string& name,
                                                            const cursor_options& options) {
    if (!state.broken && !state.in_transaction)
        return refused(errc::invalid_argument, "there is no transaction: savepoints belong to one");
    const auto text = savepoint_text(step, name, info_text(state.dbc, SQL_IDENTIFIER_QUOTE_CHAR), facts.dbms_name);
    if (!text) return text.error();
    if (text->empty()) return std::vector<diagnostic>();
    if (step == savepoint_step::set && state.profile->savepoint_is_no_statement && !state.transaction_touched) {
        tell_outcome(state, outcome::none);
        if (auto first = ask_cell(state, "select 1"); !first) return first.error();
    }
    auto done = execute(*text, args(), options);
    if (!done) return done.error();
    return std::move(done->warnings);
}

result<void> connection::impl::undo_savepoint(const std::string& name) {
    if (auto no = refused_by_state(state)) return std::move(*no);
    cursor_options options;
    options.despite_stop = true;
    for (const auto step : {savepoint_step::roll_back_to, savepoint_step::release}) {
        if (auto done = savepoint(step, name, options); !done) {
            if (!state.transaction_gone) state.broken = true;  // nobody may commit what is left
            return done.error();
        }
    }
    return {};
}

}  // namespace sluice::odbc
