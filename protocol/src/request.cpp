#include <sluice/protocol/request.hpp>

namespace sluice {

std::string_view to_string(stream_mode mode) noexcept {
    switch (mode) {
        case stream_mode::incremental:
            return "incremental";
        case stream_mode::buffered_by_driver:
            return "buffered_by_driver";
    }
    return "?";
}

}  // namespace sluice
