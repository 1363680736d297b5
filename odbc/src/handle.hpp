#pragma once
// Owners of ODBC handles.
//
// Threads: as the connection that the handle belongs to. Freeing a statement may be a round trip to the server.

#include "api.hpp"

#include <utility>

namespace sluice::odbc {

template <SQLSMALLINT Type>
class handle {
public:
    handle() noexcept = default;
    handle(handle&& other) noexcept : raw_(std::exchange(other.raw_, SQL_NULL_HANDLE)) {}
    handle& operator=(handle&& other) noexcept {
        if (this != &other) {
            free();
            raw_ = std::exchange(other.raw_, SQL_NULL_HANDLE);
        }
        return *this;
    }
    ~handle() { free(); }

    // Answers what SQLAllocHandle did; a diagnostic of its failure is on the parent.
    // REQUIRES: empty.
    [[nodiscard]] SQLRETURN allocate(SQLHANDLE parent) noexcept {
        const SQLRETURN rc = SQLAllocHandle(Type, parent, &raw_);
        if (!api::succeeded(rc)) raw_ = SQL_NULL_HANDLE;
        return rc;
    }

    // A handle that the driver refuses to free is given up: there is nothing else that could be done with it.
    SQLRETURN free() noexcept {
        if (raw_ == SQL_NULL_HANDLE) return SQL_SUCCESS;
        return SQLFreeHandle(Type, std::exchange(raw_, SQL_NULL_HANDLE));
    }

    // Gives the handle up without a call into the driver.
    SQLHANDLE release() noexcept { return std::exchange(raw_, SQL_NULL_HANDLE); }

    [[nodiscard]] SQLHANDLE get() const noexcept { return raw_; }
    [[nodiscard]] explicit operator bool() const noexcept { return raw_ != SQL_NULL_HANDLE; }
    static constexpr SQLSMALLINT type = Type;

private:
    SQLHANDLE raw_ = SQL_NULL_HANDLE;
};

using env_handle = handle<SQL_HANDLE_ENV>;
using dbc_handle = handle<SQL_HANDLE_DBC>;
using stmt_handle = handle<SQL_HANDLE_STMT>;

}  // namespace sluice::odbc
