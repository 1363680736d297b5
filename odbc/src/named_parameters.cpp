// Named parameters become those of ODBC before anything is sent.

#include "connection_impl.hpp"

#include <sluice/protocol/limits.hpp>
#include <sluice/protocol/named_parameters.hpp>

#include <utility>

namespace sluice::odbc {
namespace {

const protocol::sql_dialect& dialect_of(const connection_state& c, const connection_facts& facts) noexcept {
    switch (c.profile->kind) {
        case driver_kind::postgresql:
            return protocol::postgresql_dialect;
        case driver_kind::mariadb:
            return protocol::mariadb_dialect;
        case driver_kind::sqlite:
            return protocol::sqlite_dialect;
        case driver_kind::other:
            break;
    }
    return protocol::dialect_of(facts.dbms_name);
}

}  // namespace

result<execution> connection::impl::execute_named(const std::string& sql, const args& named,
                                                  const cursor_options& options) {
    if (auto no = refused_by_state(state)) return std::move(*no);
    // One that is too long is refused by execute() as it is.
    if (sql.size() > limits::sql_bytes_max) return execute(sql, args(), options);
    auto made = protocol::to_positional(sql, named, dialect_of(state, facts));
    if (!made) return std::move(made).error();
    return execute(made->sql, made->parameters, options);
}

}  // namespace sluice::odbc
