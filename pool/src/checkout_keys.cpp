#include <sluice/pool/checkout_keys.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::lending {

namespace {

constexpr std::array<std::string_view, 6> test_keys{"PoolTestOnCheckout",    "TestOnCheckout",
                                                    "pool_test_on_checkout", "pool_test_on_check_out",
                                                    "test_on_checkout",      "test_on_check_out"};
constexpr std::array<std::string_view, 4> query_keys{"PoolHealthCheckQuery", "HealthCheckQuery",
                                                     "pool_health_check_query", "health_check_query"};
constexpr std::array<std::string_view, 4> on{"1", "true", "yes", "on"};
constexpr std::array<std::string_view, 4> off{"0", "false", "no", "off"};

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

template <class Words>
bool is_one_of(const Words& words, std::string_view text) noexcept {
    return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
        return std::equal(word.begin(), word.end(), text.begin(), text.end(),
                          [](char a, char b) { return lower(a) == lower(b); });
    });
}

}  // namespace

std::optional<bool> on_or_off(std::string_view text) noexcept {
    if (is_one_of(on, text)) return true;
    if (is_one_of(off, text)) return false;
    return std::nullopt;
}

result<checkout_keys> take_checkout_keys(connection_string& from) {
    checkout_keys found;
    for (const std::string& key : from.keys()) {
        const bool tests = is_one_of(test_keys, key);
        if (!tests && !is_one_of(query_keys, key)) continue;
        std::string value = from.get(key).value_or("");
        from.erase(key);
        if (!tests) {
            if (!found.health_check_query && !value.empty()) found.health_check_query = std::move(value);
            continue;
        }
        const auto wanted = on_or_off(value);
        if (!wanted)
            return error(errc::invalid_argument,
                         "the connection string's " + key + " is none of 1, true, yes, on and 0, false, no, off");
        if (!found.test_on_checkout) found.test_on_checkout = wanted;
    }
    return found;
}

checkout_keys merged(checkout_keys first, checkout_keys second) {
    if (!first.test_on_checkout) first.test_on_checkout = second.test_on_checkout;
    if (!first.health_check_query) first.health_check_query = std::move(second.health_check_query);
    return first;
}

}  // namespace sluice::lending
