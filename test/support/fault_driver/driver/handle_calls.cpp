// SQLAllocHandle, SQLFreeHandle, SQLSetEnvAttr.
//
// Threads: an environment may be shared; calls on it belong to the unnamed script.

#include "entry.hpp"

namespace sluice::fault_driver {
namespace {

template <class Body>
SQLRETURN on_environment(function called, SQLHANDLE environment, const Body& body) noexcept {
    try {
        script* const unnamed = gate::instance().named("");
        if (unnamed == nullptr) return SQL_ERROR;
        const call_site site{called, number_of(environment), 0, unnamed, nullptr, nullptr};
        return run_without_record(site, [&](visit&) { return body(*unnamed); });
    } catch (...) {
        return SQL_ERROR;
    }
}

SQLRETURN allocate_environment(SQLHANDLE* made) noexcept {
    return on_environment(function::SQLAllocHandle, SQL_NULL_HANDLE, [=](script&) {
        *made = handle_of(handle_table::instance().add_environment());
        return SQL_SUCCESS;
    });
}

SQLRETURN allocate_connection(SQLHANDLE environment, SQLHANDLE* made) noexcept {
    if (!handle_table::instance().has_environment(environment))
        return unknown_handle(function::SQLAllocHandle, environment);
    return on_environment(function::SQLAllocHandle, environment, [=](script& unnamed) {
        *made = handle_of(handle_table::instance().add_connection(unnamed));
        return SQL_SUCCESS;
    });
}

SQLRETURN allocate_statement(SQLHANDLE parent, SQLHANDLE* made) noexcept {
    return on_connection(function::SQLAllocHandle, parent,
                         [=](const std::shared_ptr<connection>& on, visit&) -> SQLRETURN {
                             if (!on->connected) return on->diag.error("08003", "the connection is not open");
                             if (on->dead) return on->diag.error("08S01", "the connection is lost");
                             *made = handle_of(handle_table::instance().add_statement(on));
                             return SQL_SUCCESS;
                         });
}

SQLRETURN free_environment(SQLHANDLE handle) noexcept {
    if (!handle_table::instance().has_environment(handle)) return unknown_handle(function::SQLFreeHandle, handle);
    return on_environment(function::SQLFreeHandle, handle, [=](script&) {
        return handle_table::instance().free_environment(handle) ? SQL_SUCCESS : SQL_INVALID_HANDLE;
    });
}

SQLRETURN free_connection(SQLHANDLE handle) noexcept {
    return on_connection(function::SQLFreeHandle, handle,
                         [](const std::shared_ptr<connection>& on, visit&) -> SQLRETURN {
                             if (on->connected) return on->diag.error("HY010", "the connection is still open");
                             handle_table::instance().free(*on);
                             return SQL_SUCCESS;
                         });
}

SQLRETURN free_statement(SQLHANDLE handle) noexcept {
    return on_statement(function::SQLFreeHandle, handle, [](statement& on, visit&) -> SQLRETURN {
        handle_table::instance().free(on);
        return SQL_SUCCESS;
    });
}

}  // namespace

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLAllocHandle(SQLSMALLINT type, SQLHANDLE parent, SQLHANDLE* made) {
    if (made == nullptr) return SQL_ERROR;
    *made = SQL_NULL_HANDLE;
    switch (type) {
        case SQL_HANDLE_ENV:
            return allocate_environment(made);
        case SQL_HANDLE_DBC:
            return allocate_connection(parent, made);
        case SQL_HANDLE_STMT:
            return allocate_statement(parent, made);
        default:
            return SQL_ERROR;
    }
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLFreeHandle(SQLSMALLINT type, SQLHANDLE handle) {
    switch (type) {
        case SQL_HANDLE_ENV:
            return free_environment(handle);
        case SQL_HANDLE_DBC:
            return free_connection(handle);
        case SQL_HANDLE_STMT:
            return free_statement(handle);
        default:
            return SQL_ERROR;
    }
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLSetEnvAttr(SQLHENV handle, SQLINTEGER, SQLPOINTER, SQLINTEGER) {
    return on_environment(function::SQLSetEnvAttr, handle, [](script&) { return SQL_SUCCESS; });
}

}  // namespace sluice::fault_driver
