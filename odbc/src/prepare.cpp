// Statements that somebody prepares to execute them by a number.

#include "connection_impl.hpp"
#include "describe.hpp"
#include "parameters.hpp"
#include "prepared_use.hpp"
#include "result_plan.hpp"
#include "schema_version.hpp"
#include "sql_text.hpp"

#include <string>
#include <utility>
#include <vector>

namespace sluice::odbc {
namespace {

// A statement of which the driver is asked before it is executed.
class preparation {
public:
    preparation(connection_state& c, const std::string& sql) noexcept : c_(c), sql_(sql) { statement_.connection = &c; }
    preparation(const preparation&) = delete;
    preparation& operator=(const preparation&) = delete;
    ~preparation() { free_statement(c_, statement_.handle); }

    [[nodiscard]] result<void> prepare(prepared_statement& told);
    [[nodiscard]] result<void> describe_ahead(prepared_statement& told);
    [[nodiscard]] bool has_declared_types() { return odbc::has_declared_types(c_, statement_.handle); }
    [[nodiscard]] stmt_handle take() noexcept { return std::move(statement_.handle); }

private:
    [[nodiscard]] error failed(SQLRETURN rc, const char* function) {
        return to_error(c_, phase::parsing, failed_call(rc, function, statement_.handle));
    }

    connection_state& c_;
    const std::string& sql_;
    executed_statement statement_;
};

result<void> preparation::prepare(prepared_statement& told) {
    SQLRETURN rc = statement_.handle.allocate(c_.dbc.get());
    if (!api::succeeded(rc)) return to_error(c_, phase::preparing, failed_call(rc, "SQLAllocHandle", c_.dbc));
    const char* function = "SQLPrepare";
    SQLSMALLINT count = 0;
    {
        watched_call call(c_, {}, outcome::none);
        ++c_.statements.counts.prepares;
        rc = SQLPrepare(statement_.handle.get(), api::text(sql_), static_cast<SQLINTEGER>(sql_.size()));
        collect_warnings(rc, statement_.handle, told.warnings);
        if (api::succeeded(rc)) {
            function = "SQLNumParams";
            rc = SQLNumParams(statement_.handle.get(), &count);
        }
        (void)call.leave();
    }
    if (!api::succeeded(rc)) return failed(rc, function);
    told.parameters = count < 0 ? 0 : static_cast<std::size_t>(count);
    return {};
}

// Where the driver can: an unknown one may not know before it has executed, and psqlodbc asks in several round trips,
// each of which a pooler may give to another server process.
result<void> preparation::describe_ahead(prepared_statement& told) {
    if (c_.pooler) return {};
    SQLSMALLINT columns = 0;
    SQLRETURN rc = SQL_SUCCESS;
    {
        const watched_call call(c_, {}, outcome::none);
        rc = SQLNumResultCols(statement_.handle.get(), &columns);
    }
    if (!api::succeeded(rc)) {
        auto why = failed(rc, "SQLNumResultCols");
        if (c_.profile->kind == driver_kind::postgresql && why.sqlstate() == "26000" && !c_.in_transaction)
            return use_through_pooler(c_);
        const bool cannot = why.code() == errc::unsupported || why.sqlstate() == "HY010";
        if (c_.profile->kind == driver_kind::other && cannot && !c_.broken) return {};
        return why;
    }
    if (columns <= 0) {
        // MariaDB's driver asks only of what has parameters, sqliteodbc's says 0 of what it has not understood too.
        const bool known = c_.profile->kind == driver_kind::postgresql ||
                           (c_.profile->kind == driver_kind::mariadb && told.parameters > 0);
        if (known) told.columns = std::make_shared<const schema>();
        return {};
    }
    auto described = [&] {
        const watched_call call(c_, {}, outcome::none);
        return describe(statement_);
    }();
    if (!described) return std::move(described).error();
    if (!described->empty()) told.columns = make_plan(*c_.profile, std::move(*described), {}).columns;
    return {};
}

}  // namespace

result<prepared_statement> connection::impl::prepare(std::uint64_t number, const std::string& sql) {
    if (auto fine = check_statement(state, sql, {}); !fine) return std::move(fine).error();
    state.effect = outcome::none;
    prepared_statement told;
    const auto effects = effects_of(state, sql);
    kept_statement kept;
    if (has_rows_of_schema(state, sql)) {
        auto loaded = load_schema(state, false);
        if (!loaded) return std::move(loaded).error();
        kept.schema = *loaded;
    }
    preparation made(state, sql);
    if (auto done = made.prepare(told); !done) return std::move(done).error();
    if (auto done = made.describe_ahead(told); !done) return std::move(done).error();
    state.statements.open(number, sql);
    // psqlodbc would go on with types that the server has guessed of the parameters.
    const bool types_matter = state.profile->kind == driver_kind::postgresql && told.parameters > 0;
    if (types_matter || state.pooler || !may_stay_prepared(*state.profile, effects, sql)) return told;
    if (needs_same_schema(state, effects) && !(kept.schema && made.has_declared_types())) return told;
    kept.effects = effects;
    kept.key = prepared_key(sql, {});
    kept.number = number;
    kept.epoch = state.statements.epoch();
    kept.any_types = true;
    auto handle = made.take();
    rest_statement(state, std::move(kept), handle, true);
    return told;
}

result<execution> connection::impl::execute_prepared(std::uint64_t number, const args& parameters,
                                                     const cursor_options& options) {
    const std::string* sql = state.statements.text(number);
    if (sql == nullptr) return refused(errc::stale_handle, "no statement of this connection has that number");
    return execute(*sql, parameters, options, number);
}

}  // namespace sluice::odbc
