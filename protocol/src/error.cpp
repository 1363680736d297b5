#include <sluice/protocol/error.hpp>

#include <array>
#include <chrono>
#include <ostream>
#include <utility>

namespace sluice {

namespace {

template <class Enum, std::size_t N>
std::string_view name_at(const std::array<std::string_view, N>& names, Enum e) noexcept {
    const auto i = static_cast<std::size_t>(e);
    return i < N ? names[i] : std::string_view("?");
}

// In the order of errc.
constexpr std::array<std::string_view, 28> code_names{"ok",
                                                      "cancelled",
                                                      "deadline",
                                                      "queue_full",
                                                      "pool_exhausted",
                                                      "unreachable",
                                                      "credentials",
                                                      "connection_lost",
                                                      "worker_lost",
                                                      "circuit_open",
                                                      "session_busy",
                                                      "transaction_active",
                                                      "stale_handle",
                                                      "closed",
                                                      "shutting_down",
                                                      "constraint",
                                                      "serialization",
                                                      "syntax",
                                                      "data",
                                                      "type_mismatch",
                                                      "truncated",
                                                      "commit_unknown",
                                                      "too_large",
                                                      "unsupported",
                                                      "invalid_argument",
                                                      "operation_in_progress",
                                                      "driver_misbehaved",
                                                      "rejected"};
static_assert(code_names.size() == static_cast<std::size_t>(errc::rejected) + 1);

constexpr std::array<std::string_view, 3> outcome_names{"none", "applied", "unknown"};
constexpr std::array<std::string_view, 6> session_names{"usable", "transaction_failed", "broken", "quarantined", "none",
                                                        "suspect"};
constexpr std::array<std::string_view, 3> shortage_names{"exhausted", "connecting", "down"};

const error_record no_error{};

// Text of others, kept on one line.
void append_line(std::string& to, std::string_view text) {
    for (const char c : text) {
        const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        to += control ? ' ' : c;
    }
}

void append_time(std::string& to, std::string_view what, std::chrono::nanoseconds time) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
    to.append("; ").append(what).append(" ").append(std::to_string(us)).append(" us");
}

void append_facts(std::string& to, const error_record& r) {
    to.append(" (outcome ").append(to_string(r.outcome));
    if (r.session != session_state::none) to.append("; session ").append(to_string(r.session));
    if (!r.function.empty()) {
        to += "; in ";
        append_line(to, r.function);
    }
    if (r.row >= 0) to.append("; row ").append(std::to_string(r.row));
    if (r.column >= 0) to.append("; column ").append(std::to_string(r.column));
    if (r.timings.total().count() != 0) {
        append_time(to, "queued", r.timings.queued);
        append_time(to, "executing", r.timings.executing);
        append_time(to, "fetching", r.timings.fetching);
    }
    to += ')';
}

void append_diagnostic(std::string& to, const diagnostic& d) {
    to += " [";
    append_line(to, d.sqlstate);
    to.append(" native ").append(std::to_string(d.native));
    if (d.row >= 0) to.append(" row ").append(std::to_string(d.row));
    if (d.column >= 0) to.append(" column ").append(std::to_string(d.column));
    to += ": ";
    append_line(to, d.message);
    to += ']';
}

}  // namespace

std::string_view to_string(errc e) noexcept {
    return name_at(code_names, e);
}
std::string_view to_string(outcome o) noexcept {
    return name_at(outcome_names, o);
}
std::string_view to_string(session_state s) noexcept {
    return name_at(session_names, s);
}
std::string_view to_string(shortage_reason r) noexcept {
    return name_at(shortage_names, r);
}

error_category category(errc code) noexcept {
    switch (code) {
        case errc::deadline:
        case errc::pool_exhausted:
            return error_category::timeout;
        case errc::cancelled:
        case errc::connection_lost:
        case errc::worker_lost:
        case errc::commit_unknown:
        case errc::shutting_down:
            return error_category::interrupted;
        case errc::queue_full:
        case errc::session_busy:
        case errc::transaction_active:
        case errc::stale_handle:
        case errc::closed:
        case errc::type_mismatch:
        case errc::truncated:
        case errc::too_large:
        case errc::unsupported:
        case errc::invalid_argument:
        case errc::operation_in_progress:
        case errc::driver_misbehaved:
            return error_category::protocol;
        case errc::ok:
        case errc::unreachable:
        case errc::credentials:
        case errc::circuit_open:
        case errc::constraint:
        case errc::serialization:
        case errc::syntax:
        case errc::data:
        case errc::rejected:
            break;
    }
    return error_category::sql;
}

std::string_view to_string(error_category c) noexcept {
    constexpr std::array<std::string_view, 4> names{"protocol", "timeout", "interrupted", "sql"};
    return name_at(names, c);
}

error::error(error_record record) : record_(std::make_shared<const error_record>(std::move(record))) {}

error::error(errc code, std::string message) {
    error_record record;
    record.code = code;
    record.message = std::move(message);
    record_ = std::make_shared<const error_record>(std::move(record));
}

const error_record& error::record() const noexcept {
    return record_ ? *record_ : no_error;
}

error error::cause() const {
    return error(record().cause);
}

std::string_view error::sqlstate() const noexcept {
    const auto& records = record().records;
    return records.empty() ? std::string_view() : std::string_view(records.front().sqlstate);
}

std::int32_t error::native() const noexcept {
    const auto& records = record().records;
    return records.empty() ? 0 : records.front().native;
}

std::string error::to_string() const {
    const error_record& r = record();
    std::string text(sluice::to_string(r.code));
    if (r.code == errc::ok) return text;
    if (!r.message.empty()) {
        text += ": ";
        append_line(text, r.message);
    }
    append_facts(text, r);
    for (const diagnostic& d : r.records) append_diagnostic(text, d);
    return text;
}

std::ostream& operator<<(std::ostream& out, const error& e) {
    return out << e.to_string();
}

database_error::database_error(sluice::error e) : std::runtime_error(e.to_string()), error_(std::move(e)) {}
database_error::~database_error() = default;

void throw_exception_from_error(const error& e, const boost::source_location&) {
    throw database_error(e);
}

}  // namespace sluice
