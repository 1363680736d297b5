#include "entry.hpp"

#include <csignal>
#include <exception>
#include <new>
#include <utility>

namespace sluice::fault_driver {

namespace {

[[noreturn]] void crash(int signal) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
    std::terminate();
}

// Waits are over as `ended` says: what the strike makes of the call, if anything.
std::optional<SQLRETURN> struck(visit::end ended, const strike& by, connection& on, diagnostics& diag) {
    switch (ended) {
        case visit::end::cancelled:
            return diag.error("HY008", "the call was cancelled");
        case visit::end::expired:
            return diag.error("HYT00", "the test did not release this hang");
        case visit::end::lost:
            on.dead = true;
            return diag.error("08S01", "the connection is lost");
        case visit::end::passed:
            break;
    }
    if (by.crash) crash(*by.crash);
    if (by.returns) return by.returns;
    if (!by.fails) return std::nullopt;
    if (by.fails->loses_connection) on.dead = true;
    if (by.fails->has_record) diag.add(by.fails->record);
    return static_cast<SQLRETURN>(SQL_ERROR);
}

}  // namespace

cancel_records& cancel_records::of_this_thread() noexcept {
    thread_local cancel_records mine;
    return mine;
}

std::optional<SQLRETURN> struck_before(visit& call, connection& on, diagnostics& diag) {
    const visit::end ended = call.wait();
    if (call.connection_lost()) on.dead = true;
    return struck(ended, call.met().before, on, diag);
}

SQLRETURN struck_after(visit& call, connection& on, diagnostics& diag, SQLRETURN answered) {
    if (SQL_SUCCEEDED(answered) || answered == SQL_NO_DATA) call.set_applied();
    diagnostics instead_of_it;
    const auto instead = struck(call.wait_after(), call.met().after, on, instead_of_it);
    if (call.connection_lost()) on.dead = true;
    if (!instead) return answered;
    diag = std::move(instead_of_it);
    return *instead;
}

SQLRETURN with_warnings(const visit& call, diagnostics& diag, SQLRETURN answered) {
    if (call.met().warnings.empty() || !SQL_SUCCEEDED(answered)) return answered;
    for (const diagnostic& each : call.met().warnings) diag.add(each);
    return SQL_SUCCESS_WITH_INFO;
}

SQLRETURN thrown(diagnostics& diag) noexcept {
    try {
        throw;
    } catch (const std::bad_alloc&) {
        return diag.error("HY001", "out of memory");
    } catch (const std::exception& failure) {
        return diag.error("HY000", failure.what());
    } catch (...) {
        return diag.error("HY000", "an unknown exception");
    }
}

}  // namespace sluice::fault_driver
