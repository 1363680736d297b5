#include "secrets.hpp"

#include "ascii.hpp"

#include <array>

namespace sluice::detail {

namespace {

constexpr std::array<std::string_view, 18> secret_names{
    "pwd",      "password",    "passwd",           "secret",        "token",        "apikey",
    "api_key",  "accesstoken", "access_token",     "authorization", "auth",         "sas",
    "sastoken", "sas_token",   "connectionstring", "primarykey",    "secondarykey", "accountkey"};

// These are secret also within a longer name: sslpassword, client_secret, oauth_token.
constexpr std::array<std::string_view, 8> secret_parts{"pwd",   "passw",  "passphrase", "secret",
                                                       "token", "apikey", "api_key",    "privatekey"};

// Whether a name that is followed by '=' or ':' is at this place of a text.
bool is_assigned(std::string_view text, std::size_t after_name) noexcept {
    std::string_view rest = text.substr(after_name);
    while (!rest.empty() && (ascii::is_blank(rest.front()) || rest.front() == '"' || rest.front() == '\''))
        rest.remove_prefix(1);
    return !rest.empty() && (rest.front() == '=' || rest.front() == ':');
}

}  // namespace

bool is_secret_key(std::string_view key) noexcept {
    for (const std::string_view name : secret_names)
        if (ascii::same_letters(key, name)) return true;
    for (const std::string_view part : secret_parts)
        if (ascii::find_letters(key, part) != std::string_view::npos) return true;
    return false;
}

bool holds_secret(std::string_view value) noexcept {
    if (const auto scheme = value.find("://");
        scheme != std::string_view::npos && value.find('@', scheme) != std::string_view::npos)
        return true;
    for (const std::string_view name : secret_names) {
        std::size_t at = ascii::find_letters(value, name);
        for (; at != std::string_view::npos; at = ascii::find_letters(value, name, at + 1))
            if (is_assigned(value, at + name.size())) return true;
    }
    return false;
}

}  // namespace sluice::detail
