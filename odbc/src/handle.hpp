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
    handle(handle&& other) noexcept : raw_(std::exchange(other.raw_, nullptr)) {}
    handle& operator=(handle&& other) noexcept {
        if (this != &other) {
            free();
            raw_ = std::exchange(other.raw_, nullptr);
        }
        return *this;
    }
    ~handle() { free(); }

    // Answers what SQLAllocHandle did; a diagnostic of its failure is on the parent.
    // REQUIRES: empty.
    [[nodiscard]] SQLRETURN allocate(SQLHANDLE parent) noexcept {
        const SQLRETURN rc = SQLAllocHandle(Type, parent, &raw_);
        if (!api::succeeded(rc)) raw_ = nullptr;
        return rc;
    }

    // A handle that the driver refuses to free is given up: there is nothing else that could be done with it.
    SQLRETURN free() noexcept {
        if (raw_ == nullptr) return SQL_SUCCESS;
        return SQLFreeHandle(Type, std::exchange(raw_, nullptr));
    }

    // Gives the handle up without a call into the driver.
    SQLHANDLE release() noexcept { return std::exchange(raw_, nullptr); }

    [[nodiscard]] SQLHANDLE get() const noexcept { return raw_; }
    [[nodiscard]] explicit operator bool() const noexcept { return raw_ != nullptr; }
    static constexpr SQLSMALLINT type = Type;

private:
    SQLHANDLE raw_ = nullptr;
};

using env_handle = handle<SQL_HANDLE_ENV>;
using dbc_handle = handle<SQL_HANDLE_DBC>;
using stmt_handle = handle<SQL_HANDLE_STMT>;

}  // namespace sluice::odbc
