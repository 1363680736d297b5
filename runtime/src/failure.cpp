#include "failure.hpp"

#include "operation.hpp"

namespace sluice::runtime {

error failure(errc code, std::string message, outcome effect, session_state session) {
    error_record record;
    record.code = code;
    record.message = std::move(message);
    record.outcome = effect;
    record.session = session;
    return error(std::move(record));
}

error closed_handle() {
    return failure(errc::closed, "the handle is empty or was closed: open a new one", outcome::none,
                   session_state::none);
}

error engine_gone() {
    return failure(errc::shutting_down, "the engine is shutting down", outcome::none, session_state::none);
}

error of_another_process() {
    return failure(errc::stale_handle,
                   "this process was forked from the one that made the handle, and has none of its threads: make an "
                   "engine of its own here",
                   outcome::none, session_state::none);
}

error with_code(const error& e, errc code) {
    error_record record = e.record();
    record.code = code;
    if (code == errc::deadline)
        record.message = "the deadline was over while the driver was at work; it was interrupted";
    if (code == errc::shutting_down) record.message = "the engine is shutting down; the driver was interrupted";
    return error(std::move(record));
}

error with_queued(const error& e, std::chrono::nanoseconds queued) {
    error_record record = e.record();
    record.timings.queued = queued;
    return error(std::move(record));
}

error with_times(const error& e, std::chrono::nanoseconds queued, std::chrono::nanoseconds executing) {
    error_record record = e.record();
    record.timings.queued = queued;
    record.timings.executing = executing;
    return error(std::move(record));
}

}  // namespace sluice::runtime
