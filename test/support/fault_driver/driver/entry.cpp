#include "entry.hpp"

#include <new>

namespace sluice::fault_driver {

bool meets_failure(visit& call, connection& on, diagnostics& diag) {
    switch (call.wait()) {
        case visit::end::cancelled:
            diag.error("HY008", "the call was cancelled");
            return true;
        case visit::end::expired:
            diag.error("HYT00", "the test did not release this hang");
            return true;
        case visit::end::passed:
            break;
    }
    const auto& fails = call.met().fails;
    if (!fails) return false;
    if (fails->loses_connection) on.dead = true;
    if (fails->has_record) diag.add(fails->record);
    return true;
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
