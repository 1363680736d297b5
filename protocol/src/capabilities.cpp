#include <sluice/protocol/capabilities.hpp>

namespace sluice {

std::string_view to_string(identifier_case what) noexcept {
    switch (what) {
        case identifier_case::unknown:
            return "unknown";
        case identifier_case::upper:
            return "upper";
        case identifier_case::lower:
            return "lower";
        case identifier_case::sensitive:
            return "sensitive";
        case identifier_case::mixed:
            return "mixed";
    }
    return "?";
}

std::string_view to_string(transaction_support what) noexcept {
    switch (what) {
        case transaction_support::none:
            return "none";
        case transaction_support::statements:
            return "statements";
        case transaction_support::ddl_commits:
            return "ddl_commits";
        case transaction_support::ddl_ignored:
            return "ddl_ignored";
        case transaction_support::ddl_as_statements:
            return "ddl_as_statements";
        case transaction_support::unknown:
            return "unknown";
    }
    return "?";
}

}  // namespace sluice
