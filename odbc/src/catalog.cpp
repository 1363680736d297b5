// A question to the catalog: put into the terms of the driver, asked, its answer opened as a cursor.

#include "connection_impl.hpp"
#include "facts.hpp"
#include "query_timeout.hpp"
#include "transaction.hpp"
#include "utf8.hpp"

#include <sluice/protocol/catalog.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sluice::odbc {
namespace {

error unsupported(std::string_view what, std::string_view instead) {
    return refused(errc::unsupported, std::string(what) + std::string(instead));
}

// A catalog or a schema that the DBMS does not have must not be left away: the answer would be about something else.
result<void> check_qualifiers(const connection_state& c, const catalog_query& asked) {
    if (asked.schema() || asked.references_schema()) {
        SQLUINTEGER usage = SQL_SU_DML_STATEMENTS;
        const SQLRETURN rc = SQLGetInfo(c.dbc.get(), SQL_SCHEMA_USAGE, &usage, sizeof usage, nullptr);
        if (api::succeeded(rc) && usage == 0)
            return unsupported("this DBMS has no schemas", c.profile->kind == driver_kind::mariadb
                                                               ? ": what it calls a database is named by catalog()"
                                                               : "");
    }
    if (!asked.catalog() && !asked.references_catalog()) return {};
    if (info_text(c.dbc, SQL_CATALOG_NAME) == "N") return unsupported("this DBMS has no catalogs", "");
    if (!c.profile->catalog_is_ignored) return {};
    const std::string here = info_text(c.dbc, SQL_DATABASE_NAME);
    for (const auto* filter : {&asked.catalog(), &asked.references_catalog()})
        if (*filter && (*filter)->text() != here)
            return unsupported("this driver tells of the database of its connection only", ": " + here);
    return {};
}

result<void> check_text(const catalog_query& asked) {
    for (const auto* filter : {&asked.catalog(), &asked.schema(), &asked.name(), &asked.column(), &asked.references(),
                               &asked.references_schema(), &asked.references_catalog()})
        if (*filter && !is_utf8((*filter)->text()))
            return refused(errc::invalid_argument, "a name in the question to the catalog is not UTF-8");
    for (const auto& kind : asked.kinds())
        if (!is_utf8(kind)) return refused(errc::invalid_argument, "a kind() is not UTF-8");
    return {};
}

// An argument of a catalog function. Lives until the call is over.
class argument {
public:
    argument() = default;
    explicit argument(const catalog_query::filter& from) : is_set_(from.has_value()) {
        if (from) text_ = from->text();
    }
    argument(std::string text, bool is_set) : text_(std::move(text)), is_set_(is_set) {}
    [[nodiscard]] SQLCHAR* text() const noexcept { return is_set_ ? api::text(text_) : nullptr; }
    [[nodiscard]] SQLSMALLINT length() const noexcept { return is_set_ ? static_cast<SQLSMALLINT>(text_.size()) : 0; }

private:
    std::string text_;
    bool is_set_ = false;
};

// An exact name where the driver takes a pattern. What cannot be escaped stays a pattern, and matches too much: what of
// the answer was not asked for is left out by protocol::exact_rows.
argument as_pattern(const connection_state& c, const catalog_query::filter& from) {
    if (!from || from->is_pattern()) return argument(from);
    const std::string escape = info_text(c.dbc, SQL_SEARCH_PATTERN_ESCAPE);
    if (escape.size() != 1) return argument(from);
    std::string text;
    for (const char each : from->text()) {
        if (each == escape.front() && !c.profile->escapes_its_escape) {
            text += '_';
            continue;
        }
        if (each == '_' || each == '%' || each == escape.front()) text += escape;
        text += each;
    }
    return {std::move(text), true};
}

argument list_of(const std::vector<std::string>& kinds) {
    std::string text;
    for (const auto& kind : kinds) text.append(text.empty() ? "'" : ",'").append(kind).append("'");
    return {std::move(text), !kinds.empty()};
}

// One call of a catalog function.
class catalog_call {
public:
    catalog_call(connection_state& c, const catalog_query& asked)
        : c_(c),
          asked_(asked),
          catalog_(asked.catalog()),
          schema_(asked.schema()),
          name_(asked.name()),
          column_(as_pattern(c, asked.column())),
          references_catalog_(asked.references_catalog()),
          references_schema_(asked.references_schema()),
          references_(asked.references()),
          kinds_(list_of(asked.kinds())) {
        effects_.reads_only = true;
        effects_.changes_nothing = true;
        const bool patterns = asked.subject() == catalog_subject::tables ||
                              asked.subject() == catalog_subject::columns ||
                              asked.subject() == catalog_subject::procedures;
        const bool indexes = asked.subject() == catalog_subject::indexes && c.profile->index_table_is_pattern;
        if (patterns) schema_ = as_pattern(c, asked.schema());
        if (patterns || indexes) name_ = as_pattern(c, asked.name());
        if (asked.subject() == catalog_subject::tables) catalog_ = as_pattern(c, asked.catalog());
    }
    catalog_call(const catalog_call&) = delete;
    catalog_call& operator=(const catalog_call&) = delete;
    ~catalog_call() { free_statement(c_, statement_); }

    [[nodiscard]] result<executed_statement> run(std::chrono::seconds query_timeout);
    std::vector<diagnostic> warnings;

private:
    [[nodiscard]] SQLRETURN call() noexcept;
    [[nodiscard]] const char* function() const noexcept;

    connection_state& c_;
    const catalog_query& asked_;
    argument catalog_, schema_, name_, column_, references_catalog_, references_schema_, references_, kinds_;
    statement_effects effects_;
    stmt_handle statement_;
};

const char* catalog_call::function() const noexcept {
    switch (asked_.subject()) {
        case catalog_subject::tables:
            return "SQLTables";
        case catalog_subject::columns:
            return "SQLColumns";
        case catalog_subject::primary_keys:
            return "SQLPrimaryKeys";
        case catalog_subject::foreign_keys:
            return "SQLForeignKeys";
        case catalog_subject::indexes:
            return "SQLStatistics";
        case catalog_subject::procedures:
            return "SQLProcedures";
        case catalog_subject::data_types:
            return "SQLGetTypeInfo";
    }
    return "";
}

SQLRETURN catalog_call::call() noexcept {
    const SQLHSTMT on = statement_.get();
    switch (asked_.subject()) {
        case catalog_subject::tables:
            return SQLTables(on, catalog_.text(), catalog_.length(), schema_.text(), schema_.length(), name_.text(),
                             name_.length(), kinds_.text(), kinds_.length());
        case catalog_subject::columns:
            return SQLColumns(on, catalog_.text(), catalog_.length(), schema_.text(), schema_.length(), name_.text(),
                              name_.length(), column_.text(), column_.length());
        case catalog_subject::primary_keys:
            return SQLPrimaryKeys(on, catalog_.text(), catalog_.length(), schema_.text(), schema_.length(),
                                  name_.text(), name_.length());
        case catalog_subject::foreign_keys:
            return SQLForeignKeys(on, references_catalog_.text(), references_catalog_.length(),
                                  references_schema_.text(), references_schema_.length(), references_.text(),
                                  references_.length(), catalog_.text(), catalog_.length(), schema_.text(),
                                  schema_.length(), name_.text(), name_.length());
        case catalog_subject::indexes:
            return SQLStatistics(
                on, catalog_.text(), catalog_.length(), schema_.text(), schema_.length(), name_.text(), name_.length(),
                asked_.unique_only() ? SQLUSMALLINT{SQL_INDEX_UNIQUE} : SQLUSMALLINT{SQL_INDEX_ALL}, SQL_QUICK);
        case catalog_subject::procedures:
            return SQLProcedures(on, catalog_.text(), catalog_.length(), schema_.text(), schema_.length(), name_.text(),
                                 name_.length());
        case catalog_subject::data_types:
            return SQLGetTypeInfo(on, asked_.sql_type().value_or(SQL_ALL_TYPES));
    }
    return SQL_ERROR;
}

result<executed_statement> catalog_call::run(std::chrono::seconds query_timeout) {
    SQLRETURN rc = statement_.allocate(c_.dbc.get());
    if (!api::succeeded(rc)) return to_error(c_, phase::preparing, failed_call(rc, "SQLAllocHandle", c_.dbc));
    tell_query_timeout(c_, statement_, query_timeout);
    bool interrupted = false;
    {
        watched_call watched(c_, way_in_execute(c_, statement_), outcome::none);
        if (c_.watch->stop_asked()) {
            (void)watched.leave();
            return refused(errc::cancelled, "the question to the catalog was stopped before it was asked");
        }
        rc = call();
        interrupted = watched.leave();
    }
    if (!api::succeeded(rc)) {
        failure seen = failed_call(rc, function(), statement_);
        seen.interrupted = interrupted;
        return to_error(c_, phase::executing, std::move(seen), effects_);
    }
    if (rc == SQL_SUCCESS_WITH_INFO) add_warnings(warnings, read_diagnostics(statement_));
    if (c_.in_transaction) note_successful_statement(c_, false);
    effects_.executed_whole = c_.profile->kind != driver_kind::other;
    executed_statement made;
    made.handle = std::move(statement_);
    made.connection = &c_;
    made.interrupted = interrupted;
    made.effects = effects_;
    return made;
}

}  // namespace

// By SQL where the driver's own function loses the order of the key's columns.
result<execution> connection::impl::primary_keys_by_sql(const catalog_query& asked, const cursor_options& options) {
    std::vector<value> with;
    if (state.profile->primary_keys_take_catalog)
        with.push_back(asked.catalog() ? value(asked.catalog()->text()) : value(null_of<std::string>()));
    with.emplace_back(asked.name()->text());
    state.asks_catalog = true;
    auto made = execute(std::string(state.profile->primary_keys_sql), args::from(std::move(with)), options);
    state.asks_catalog = false;
    return made;
}

result<execution> connection::impl::catalog(const catalog_query& asked, cursor_options options) {
    if (auto no = refused_by_state(state)) return std::move(*no);
    if (auto wrong = asked.problems()) return *wrong;
    if (auto fine = check_text(asked); !fine) return std::move(fine).error();
    if (auto fine = check_qualifiers(state, asked); !fine) return std::move(fine).error();
    options.catalog = asked.subject();
    if (asked.subject() == catalog_subject::primary_keys && !state.profile->primary_keys_sql.empty())
        return primary_keys_by_sql(asked, options);
    state.effect = outcome::none;
    catalog_call call(state, asked);
    auto executed = call.run(options.query_timeout);
    if (!executed) {
        tell_outcome(state, executed.error().outcome());
        return std::move(executed).error();
    }
    execution made;
    made.warnings = std::move(call.warnings);
    auto rows = open_cursor(std::move(*executed), options);
    if (!rows) {
        tell_outcome(state, rows.error().outcome());
        return std::move(rows).error();
    }
    made.rows = std::move(*rows);
    return made;
}

}  // namespace sluice::odbc
