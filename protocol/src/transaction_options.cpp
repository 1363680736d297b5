#include <sluice/protocol/transaction_options.hpp>

#include <string>

namespace sluice {

std::string_view to_string(isolation level) noexcept {
    switch (level) {
        case isolation::server_default:
            return "server_default";
        case isolation::read_uncommitted:
            return "read_uncommitted";
        case isolation::read_committed:
            return "read_committed";
        case isolation::repeatable_read:
            return "repeatable_read";
        case isolation::serializable:
            return "serializable";
    }
    return "?";
}

std::optional<error> transaction_options::problems() const {
    std::string wrong;
    if (isolation_ > sluice::isolation::serializable) wrong = "the isolation is none";
    if (lock_timeout_ && (*lock_timeout_ < limits::lock_timeout_least || *lock_timeout_ > limits::lock_timeout_most))
        wrong += std::string(wrong.empty() ? "" : "; ") + "lock_timeout is " + std::to_string(lock_timeout_->count()) +
                 " ms, possible are 1 ms to 24 h";
    if (wrong.empty()) return std::nullopt;
    return error(errc::invalid_argument, std::move(wrong));
}

}  // namespace sluice
