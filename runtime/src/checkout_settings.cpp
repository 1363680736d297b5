#include "checkout_settings.hpp"

#include "failure.hpp"

#include <sluice/pool/checkout_keys.hpp>

#include <cstdlib>

namespace sluice::runtime {

namespace {

constexpr const char* test_variable = "ODBC_POOL_TEST_ON_CHECKOUT";
constexpr const char* query_variable = "ODBC_POOL_HEALTH_CHECK_QUERY";

[[nodiscard]] error wrong(std::string text) {
    return failure(errc::invalid_argument, std::move(text), outcome::none, session_state::none);
}

// A variable that is empty counts as not set.
[[nodiscard]] result<lending::checkout_keys> of_environment() {
    lending::checkout_keys found;
    const char* test = std::getenv(test_variable);
    if (test != nullptr && *test != '\0') {
        found.test_on_checkout = lending::on_or_off(test);
        if (!found.test_on_checkout)
            return wrong(std::string("the environment variable ") + test_variable +
                         " is none of 1, true, yes, on and 0, false, no, off");
    }
    const char* query = std::getenv(query_variable);
    if (query != nullptr && *query != '\0') found.health_check_query = query;
    return found;
}

[[nodiscard]] result<lending::checkout_keys> take(std::string& text) {
    auto parsed = connection_string::parse(text);
    if (!parsed) return wrong(parsed.error().message());
    const auto before = parsed->size();
    auto found = lending::take_checkout_keys(*parsed);
    if (found && parsed->size() != before) text = parsed->str();
    return found;
}

}  // namespace

result<void> settle_checkout(std::string& connection_string, pool_options& options) {
    auto own = take(connection_string);
    if (!own) return own.error();
    auto around = of_environment();
    if (!around) return around.error();
    auto keys = lending::merged(std::move(*own), std::move(*around));
    if (keys.test_on_checkout)
        options.test_on_checkout(*keys.test_on_checkout ? checkout_test::always : checkout_test::never);
    if (keys.health_check_query) options.health_check_query(std::move(*keys.health_check_query));
    if (auto problem = options.problems()) return *problem;
    return {};
}

result<void> drop_checkout_keys(std::string& connection_string) {
    auto found = take(connection_string);
    if (!found) return found.error();
    return {};
}

}  // namespace sluice::runtime
