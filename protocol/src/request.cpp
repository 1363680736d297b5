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

std::optional<error> protocol::pipeline::problems() const {
    if (steps.size() <= limits::pipeline_steps_max) return std::nullopt;
    return error(errc::too_large, std::to_string(steps.size()) + " statements, the limit of one pipeline is " +
                                      std::to_string(limits::pipeline_steps_max));
}

}  // namespace sluice
