// What a DBMS can do: SQLGetInfo, each return code respected, and what is known where drivers say otherwise.

#include "connection_impl.hpp"
#include "utf8.hpp"

#include <sluice/protocol/limits.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::odbc {
namespace {

// SQLGetInfo. A driver that does not know a number, or has not implemented it, says so by an error: that is no answer.
// A lost connection ends the asking.
class inquiry {
public:
    explicit inquiry(connection_state& c) noexcept : c_(c) {}

    [[nodiscard]] std::string text(SQLUSMALLINT what) {
        std::string made(512, '\0');
        for (int attempt = 0; attempt < 2; ++attempt) {
            SQLSMALLINT length = 0;
            if (!ask(what, made.data(), made.size() - 1, &length)) return {};
            const auto end = std::string_view(made).find('\0');  // lengths lie
            if (length < 0 || static_cast<std::size_t>(length) < made.size() - 1 || attempt == 1)
                return to_utf8(std::string_view(made).substr(0, end));
            made.assign(static_cast<std::size_t>(length) + 2, '\0');
        }
        return {};
    }
    template <class T>
    [[nodiscard]] std::optional<T> number(SQLUSMALLINT what) {
        T value = 0;
        if (!ask(what, &value, sizeof value, nullptr)) return std::nullopt;
        return value;
    }
    [[nodiscard]] std::optional<bool> yes(SQLUSMALLINT what) {
        const std::string said = text(what);
        if (said != "Y" && said != "N") return std::nullopt;
        return said == "Y";
    }
    // Does the driver take `value` for this attribute of a statement, and keep it?
    [[nodiscard]] std::optional<bool> keeps(SQLINTEGER attribute, SQLULEN value) {
        if (lost_) return std::nullopt;
        stmt_handle statement;
        SQLRETURN rc = statement.allocate(c_.dbc.get());
        if (!api::succeeded(rc)) return note(rc, "SQLAllocHandle", c_.dbc);
        rc = SQLSetStmtAttr(statement.get(), attribute, api::number(value), SQL_IS_UINTEGER);
        if (!api::succeeded(rc)) {
            note(rc, "SQLSetStmtAttr", statement);
            return lost_ ? std::nullopt : std::optional(false);
        }
        SQLULEN kept = 0;
        rc = SQLGetStmtAttr(statement.get(), attribute, &kept, SQL_IS_UINTEGER, nullptr);
        if (!api::succeeded(rc)) return note(rc, "SQLGetStmtAttr", statement);
        return kept == value;
    }
    [[nodiscard]] std::optional<error> lost() const { return lost_; }

private:
    [[nodiscard]] bool ask(SQLUSMALLINT what, void* value, std::size_t bytes, SQLSMALLINT* length) {
        if (lost_) return false;
        const SQLRETURN rc = SQLGetInfo(c_.dbc.get(), what, value, static_cast<SQLSMALLINT>(bytes), length);
        if (api::succeeded(rc)) return true;
        note(rc, "SQLGetInfo", c_.dbc);
        return false;
    }
    template <class Handle>
    std::nullopt_t note(SQLRETURN rc, const char* function, const Handle& on) {
        error failed = to_error(c_, phase::preparing, failed_call(rc, function, on));
        if (c_.broken) lost_ = std::move(failed);
        return std::nullopt;
    }

    connection_state& c_;
    std::optional<error> lost_;
};

identifier_case case_of(std::optional<SQLUSMALLINT> said) noexcept {
    switch (said.value_or(0)) {
        case SQL_IC_UPPER:
            return identifier_case::upper;
        case SQL_IC_LOWER:
            return identifier_case::lower;
        case SQL_IC_SENSITIVE:
            return identifier_case::sensitive;
        case SQL_IC_MIXED:
            return identifier_case::mixed;
        default:
            return identifier_case::unknown;
    }
}

transaction_support transactions_of(std::optional<SQLUSMALLINT> said) noexcept {
    if (!said) return transaction_support::unknown;
    switch (*said) {
        case SQL_TC_NONE:
            return transaction_support::none;
        case SQL_TC_DML:
            return transaction_support::statements;
        case SQL_TC_DDL_COMMIT:
            return transaction_support::ddl_commits;
        case SQL_TC_DDL_IGNORE:
            return transaction_support::ddl_ignored;
        case SQL_TC_ALL:
            return transaction_support::ddl_as_statements;
        default:
            return transaction_support::unknown;
    }
}

isolation_support isolation_of(SQLUINTEGER bits) noexcept {
    isolation_support made;
    made.read_uncommitted = (bits & SQL_TXN_READ_UNCOMMITTED) != 0;
    made.read_committed = (bits & SQL_TXN_READ_COMMITTED) != 0;
    made.repeatable_read = (bits & SQL_TXN_REPEATABLE_READ) != 0;
    made.serializable = (bits & SQL_TXN_SERIALIZABLE) != 0;
    return made;
}

std::optional<isolation_support> default_of(std::optional<SQLUINTEGER> bit) noexcept {
    if (!bit || *bit == 0 || (*bit & (*bit - 1)) != 0) return std::nullopt;
    const isolation_support made = isolation_of(*bit);
    if (made == isolation_support()) return std::nullopt;
    return made;
}

std::vector<std::string> words_of(std::string_view list) {
    std::vector<std::string> made;
    while (!list.empty() && made.size() < limits::keywords_max) {
        const auto end = std::min(list.find(','), list.size());
        if (end > 0) made.emplace_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return made;
}

void ask_names(inquiry& driver, capabilities& to) {
    to.dbms_name = driver.text(SQL_DBMS_NAME);
    to.dbms_version = driver.text(SQL_DBMS_VER);
    to.database = driver.text(SQL_DATABASE_NAME);
    to.identifier_quote = driver.text(SQL_IDENTIFIER_QUOTE_CHAR);
    if (to.identifier_quote == " ") to.identifier_quote.clear();  // how ODBC says that there is none
    to.identifiers = case_of(driver.number<SQLUSMALLINT>(SQL_IDENTIFIER_CASE));
    to.quoted_identifiers = case_of(driver.number<SQLUSMALLINT>(SQL_QUOTED_IDENTIFIER_CASE));
    if (const auto length = driver.number<SQLUSMALLINT>(SQL_MAX_IDENTIFIER_LEN); length && *length > 0)
        to.identifier_length_max = *length;
    to.pattern_escape = driver.text(SQL_SEARCH_PATTERN_ESCAPE);
    to.keywords = words_of(driver.text(SQL_KEYWORDS));
    to.catalogs = driver.yes(SQL_CATALOG_NAME).value_or(false);
    to.schemas = driver.number<SQLUINTEGER>(SQL_SCHEMA_USAGE).value_or(0) != 0;
    if (to.catalogs) to.catalog_term = driver.text(SQL_CATALOG_TERM);
    if (to.schemas) to.schema_term = driver.text(SQL_SCHEMA_TERM);
    to.procedure_term = driver.text(SQL_PROCEDURE_TERM);
}

void ask_abilities(inquiry& driver, capabilities& to) {
    to.transactions = transactions_of(driver.number<SQLUSMALLINT>(SQL_TXN_CAPABLE));
    to.isolation = isolation_of(driver.number<SQLUINTEGER>(SQL_TXN_ISOLATION_OPTION).value_or(0));
    to.isolation_default = default_of(driver.number<SQLUINTEGER>(SQL_DEFAULT_TXN_ISOLATION));
    to.procedures = driver.yes(SQL_PROCEDURES);
    to.multiple_results = driver.yes(SQL_MULT_RESULT_SETS);
    to.read_only = driver.yes(SQL_DATA_SOURCE_READ_ONLY);
    to.parameter_arrays = driver.keeps(SQL_ATTR_PARAMSET_SIZE, 2);
}

// Where a driver says what is not so; each has a test.
void correct(const driver_profile& profile, capabilities& to) {
    if (profile.kind != driver_kind::other) to.savepoints = true;
    if (profile.kind == driver_kind::mariadb) to.identifier_length_max = 64;
    if (profile.kind == driver_kind::sqlite) {
        to.identifiers = identifier_case::mixed;
        to.quoted_identifiers = identifier_case::mixed;
        to.identifier_length_max.reset();
    }
}

}  // namespace

result<sluice::capabilities> connection::impl::capabilities() {
    if (capable) return *capable;
    if (state.broken) return *refused_by_state(state);
    sluice::capabilities made;
    {
        // A driver may ask its server.
        const watched_call call(state, {}, outcome::none);
        inquiry driver(state);
        ask_names(driver, made);
        ask_abilities(driver, made);
        if (auto lost = driver.lost()) return std::move(*lost);
    }
    correct(*state.profile, made);
    capable = std::move(made);
    return *capable;
}

}  // namespace sluice::odbc
