#pragma once
// The way into the driver for every call: from the handle to the object, through the gate, past the faults that the
// test wants, to what the function does. Nothing thrown gets out.
//
// Threads: any thread; a second one inside of a connection gets SQL_ERROR without touching it.

#include "handles.hpp"

#include <memory>
#include <optional>
#include <string_view>

// The functions that the driver manager finds by name.
#define SLUICE_FAULT_EXPORT extern "C" __attribute__((visibility("default")))

namespace sluice::fault_driver {

// What the ledger says of a call and the faults in its SQL, known once the connection is claimed.
struct call_text {
    std::string_view sql;
    const fault* also = nullptr;
};

// The records of an SQLCancel of this thread that failed. They are not the statement's: another thread may be inside,
// and have its own. The driver manager reads them on the thread that cancelled.
struct cancel_records {
    std::uint64_t of = 0;  // the statement; 0 without one, and once the thread has called something else
    diagnostics diag;

    static cancel_records& of_this_thread() noexcept;
};

// What the faults before the work make of the call, if it is not to do its work. Adds their record.
[[nodiscard]] std::optional<SQLRETURN> struck_before(visit&, connection&, diagnostics&);
// What the call returns after its work, which answered as given: that, or what the faults make of it.
[[nodiscard]] SQLRETURN struck_after(visit&, connection&, diagnostics&, SQLRETURN answered);
// A success becomes SQL_SUCCESS_WITH_INFO with the warnings of the faults.
[[nodiscard]] SQLRETURN with_warnings(const visit&, diagnostics&, SQLRETURN);
// SQL_ERROR with the record for the exception that is being handled.
[[nodiscard]] SQLRETURN thrown(diagnostics&) noexcept;

template <class Describe, class Body>
SQLRETURN run(const call_site& site, connection& on, diagnostics& diag, const Describe& describe,
              const Body& body) noexcept {
    try {
        visit call(site);
        if (call.refused()) {
            call.begin({}, nullptr);
            return static_cast<SQLRETURN>(call.leave_with(SQL_ERROR));
        }
        diag.clear();
        cancel_records::of_this_thread().of = 0;
        SQLRETURN answered = SQL_ERROR;
        try {
            const call_text text = describe();
            call.begin(text.sql, text.also);
            const auto instead = struck_before(call, on, diag);
            answered = instead ? *instead : struck_after(call, on, diag, with_warnings(call, diag, body(call)));
            diag.read_as(call.met().says.diag);
        } catch (...) {
            answered = thrown(diag);
        }
        return static_cast<SQLRETURN>(call.leave_with(answered));
    } catch (...) {
        return SQL_ERROR;
    }
}

// A call that enters no connection: on an environment, SQLCancel, the reading of diagnostics. `diag` is the calling
// thread's own. body(visit&) -> SQLRETURN
template <class Body>
SQLRETURN run_outside(const call_site& site, diagnostics& diag, const Body& body) noexcept {
    try {
        visit call(site);
        call.begin({}, nullptr);
        if (call.refused()) return static_cast<SQLRETURN>(call.leave_with(SQL_ERROR));
        connection nobody;
        const auto instead = struck_before(call, nobody, diag);
        const SQLRETURN answered =
            instead ? *instead : struck_after(call, nobody, diag, static_cast<SQLRETURN>(body(call)));
        diag.read_as(call.met().says.diag);
        return static_cast<SQLRETURN>(call.leave_with(answered));
    } catch (...) {
        return SQL_ERROR;
    }
}

template <class Body>
SQLRETURN run_without_record(const call_site& site, const Body& body) noexcept {
    diagnostics lost;
    return run_outside(site, lost, body);
}

inline SQLRETURN unknown_handle(function called, SQLHANDLE handle) noexcept {
    try {
        gate::instance().unknown_handle(called, number_of(handle));
    } catch (...) {
    }
    return SQL_INVALID_HANDLE;
}

// body(std::shared_ptr<connection>&, visit&) -> SQLRETURN. `text` is what rules and ledger see as the SQL.
template <class Body>
SQLRETURN on_connection(function called, SQLHDBC handle, std::string_view text, const Body& body) noexcept {
    try {
        auto on = handle_table::instance().find_connection(handle);
        if (!on) return unknown_handle(called, handle);
        const call_site site{called, on->handle, on->handle, on->of, &on->watch, nullptr};
        return run(
            site, *on, on->diag, [=] { return call_text{.sql = text}; }, [&](visit& call) { return body(on, call); });
    } catch (...) {
        return SQL_ERROR;
    }
}

template <class Body>
SQLRETURN on_connection(function called, SQLHDBC handle, const Body& body) noexcept {
    return on_connection(called, handle, {}, body);
}

// describe(statement&) -> call_text; body(statement&, visit&) -> SQLRETURN
template <class Describe, class Body>
SQLRETURN on_statement(function called, SQLHSTMT handle, const Describe& describe, const Body& body) noexcept {
    try {
        const auto on = handle_table::instance().find_statement(handle);
        if (!on) return unknown_handle(called, handle);
        connection& parent = *on->parent;
        const call_site site{called, on->handle, parent.handle, on->of, &parent.watch, &on->watch};
        return run(
            site, parent, on->diag, [&] { return describe(*on); }, [&](visit& call) { return body(*on, call); });
    } catch (...) {
        return SQL_ERROR;
    }
}

template <class Body>
SQLRETURN on_statement(function called, SQLHSTMT handle, const Body& body) noexcept {
    return on_statement(
        called, handle, [](statement&) { return call_text{}; }, body);
}

}  // namespace sluice::fault_driver
