// SQLGetDiagRec and SQLGetDiagField. The driver manager calls them on its own after each call that did not succeed.
//
// Threads: as entry.hpp: they count as being inside of the connection, but for the records of the thread's own
// SQLCancel.

#include "entry.hpp"

namespace sluice::fault_driver {
namespace {

// read(const diagnostics&) -> SQLRETURN. An environment has no records.
template <class Read>
SQLRETURN on_diagnostics(function called, SQLSMALLINT type, SQLHANDLE handle, const Read& read) noexcept {
    try {
        std::shared_ptr<connection> on;
        std::shared_ptr<statement> of;
        if (type == SQL_HANDLE_DBC) {
            on = handle_table::instance().find_connection(handle);
        } else if (type == SQL_HANDLE_STMT) {
            of = handle_table::instance().find_statement(handle);
            if (of) on = of->parent;
        } else {
            return SQL_NO_DATA;
        }
        if (!on) return unknown_handle(called, handle);
        const cancel_records& cancelled = cancel_records::of_this_thread();
        const bool of_cancel = of && cancelled.of == of->handle;
        const diagnostics& diag = of_cancel ? cancelled.diag : of ? of->diag : on->diag;
        script* const belongs_to = of ? of->of : on->of;
        connection_watch* const entered = of_cancel ? nullptr : &on->watch;
        const call_site site{called, number_of(handle), on->handle, belongs_to, entered, nullptr};
        return run_without_record(site, [&](visit&) { return read(diag); });
    } catch (...) {
        return SQL_ERROR;
    }
}

}  // namespace

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLGetDiagRec(SQLSMALLINT type, SQLHANDLE handle, SQLSMALLINT number,
                                                    SQLCHAR* state, SQLINTEGER* native, SQLCHAR* message,
                                                    SQLSMALLINT capacity, SQLSMALLINT* length) {
    return on_diagnostics(function::SQLGetDiagRec, type, handle, [=](const diagnostics& diag) {
        return diag.read_record(number, state, native, message, capacity, length);
    });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLGetDiagField(SQLSMALLINT type, SQLHANDLE handle, SQLSMALLINT number,
                                                      SQLSMALLINT field, SQLPOINTER value, SQLSMALLINT capacity,
                                                      SQLSMALLINT* length) {
    return on_diagnostics(function::SQLGetDiagField, type, handle, [=](const diagnostics& diag) {
        return diag.read_field(number, field, value, capacity, length);
    });
}

}  // namespace sluice::fault_driver
