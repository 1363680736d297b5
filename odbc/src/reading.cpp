#include "reading.hpp"

#include <utility>

namespace sluice::odbc {

error reading::cell_error(errc code, std::string message, std::int64_t row, std::size_t column) const {
    error_record made;
    made.code = code;
    made.message = std::move(message);
    made.outcome = plan.on_failure;
    made.session = session_state::usable;
    made.row = row;
    made.column = static_cast<std::int32_t>(column);
    return error(std::move(made));
}

error reading::mismatch(std::int64_t row, std::size_t column) const {
    std::string message = "the cell holds no ";
    message += to_string((*plan.columns)[column].type);
    message += " that Sluice can deliver: cast the column to text to read it";
    return cell_error(errc::type_mismatch, std::move(message), row, column);
}

error reading::misbehaved(const char* function, std::string message) const {
    error_record made;
    made.code = errc::driver_misbehaved;
    made.message = std::move(message);
    made.function = function;
    made.outcome = plan.on_failure;
    made.session = session_state::usable;
    return error(std::move(made));
}

std::optional<error> reading::stopped() const {
    if (!statement.connection->watch->stop_asked()) return std::nullopt;
    error_record made;
    made.code = errc::cancelled;
    made.message = "the reading of the rows was stopped";
    made.outcome = plan.on_failure;
    made.session = session_state::usable;
    return error(std::move(made));
}

error reading::call_failed(SQLRETURN rc, const char* function, std::int64_t row) const {
    failure failed = failed_call(rc, function, statement.handle);
    failed.interrupted = statement.interrupted;
    error made = to_error(*statement.connection, phase::fetching, std::move(failed), statement.effects);
    return row < 0 ? made : at_row(made, row);
}

error reading::block_failed(SQLRETURN rc, const char* function, std::int64_t first_row, std::size_t rows) const {
    diagnostic_extent extent;
    extent.rows = static_cast<std::int64_t>(rows);
    extent.columns = static_cast<std::int32_t>(plan.cells.size());
    failure failed = failed_call(rc, function, statement.handle, extent);
    failed.interrupted = statement.interrupted;
    for (auto& record : failed.records)
        if (record.row >= 0) record.row += first_row;
    return to_error(*statement.connection, phase::fetching, std::move(failed), statement.effects);
}

error at_row(const error& from, std::int64_t row) {
    error_record placed = from.record();
    placed.row = row;
    return error(std::move(placed));
}

}  // namespace sluice::odbc
