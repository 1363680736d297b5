#include <sluice/protocol/limits.hpp>
#include <sluice/protocol/session_setting.hpp>

#include <algorithm>
#include <string_view>

namespace sluice {

namespace {

// Letters, digits, '_' and dots: nothing that would have to be quoted.
bool is_name(std::string_view name) noexcept {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    const auto fits = [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '.';
    };
    return !name.empty() && name.size() <= limits::setting_name_bytes_max && letter(name.front()) &&
           name.back() != '.' && std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

std::string session_setting::text() const {
    switch (kind_) {
        case kind::time_zone:
            return "time_zone";
        case kind::schema:
            return "schema";
        case kind::role:
            return "role";
        case kind::named:
            break;
    }
    return name_;
}

std::optional<error> problems_of(std::span<const session_setting> all) {
    std::string problems;
    const auto add = [&](const std::string& one) {
        problems += (problems.empty() ? "" : "; ") + one;
    };
    if (all.size() > limits::settings_max)
        add(std::to_string(all.size()) + " settings, the limit is " + std::to_string(limits::settings_max));
    for (std::size_t i = 0; i < all.size(); ++i) {
        const session_setting& one = all[i];
        const bool named = one.what() == session_setting::kind::named;
        const std::string which = "setting " + std::to_string(i + 1);
        if (named && !is_name(one.name()))
            add(which + ": its name is not of 1 to " + std::to_string(limits::setting_name_bytes_max) +
                " letters, digits, '_' and dots");
        if (!named && one.value().empty()) add(which + " (" + one.text() + ") is empty");
        if (one.value().size() > limits::setting_value_bytes_max)
            add(which + ": its value is longer than " + std::to_string(limits::setting_value_bytes_max) + " bytes");
        if (one.value().find('\0') != std::string::npos) add(which + ": its value has a NUL");
    }
    if (problems.empty()) return std::nullopt;
    error_record record;
    record.code = errc::invalid_argument;
    record.message = std::move(problems);
    return error(std::move(record));
}

}  // namespace sluice
