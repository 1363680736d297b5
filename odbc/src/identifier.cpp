#include "identifier.hpp"

#include "failure.hpp"
#include "utf8.hpp"

#include <algorithm>

namespace sluice::odbc {
namespace {

bool is_plain(std::string_view name) noexcept {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return letter(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

result<std::string> quoted_identifier(std::string_view name, std::string_view quote, std::string_view what,
                                      std::size_t bytes_max) {
    const std::string its = "the name of " + std::string(what);
    if (name.empty() || name.size() > bytes_max)
        return refused(errc::invalid_argument, its + " has " + std::to_string(name.size()) +
                                                   " bytes, possible are 1 to " + std::to_string(bytes_max));
    if (name.find('\0') != std::string_view::npos || !is_utf8(name))
        return refused(errc::invalid_argument, its + " has a NUL or is not UTF-8");
    // A blank says that the driver quotes nothing.
    if (quote.empty() || quote == " ") {
        if (is_plain(name)) return std::string(name);
        return refused(errc::unsupported,
                       "this driver quotes no names: use letters, digits and '_' for " + std::string(what));
    }
    std::string made(quote);
    for (std::size_t at = 0; at < name.size();) {
        const bool is_quote = name.substr(at).starts_with(quote);
        const auto part = is_quote ? quote : name.substr(at, 1);
        made.append(part);
        if (is_quote) made.append(part);
        at += part.size();
    }
    return made.append(quote);
}

}  // namespace sluice::odbc
