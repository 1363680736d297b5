#pragma once
// The keys of a connection string that are meant for the pool and not for the driver:
//
//   PoolTestOnCheckout    TestOnCheckout, pool_test_on_checkout, pool_test_on_check_out, test_on_checkout,
//                         test_on_check_out
//   PoolHealthCheckQuery  HealthCheckQuery, pool_health_check_query, health_check_query
//
// in any case of letters. The first is 1, true, yes or on; or 0, false, no or off. The second is a statement; without
// text it counts as not given. Of several names of one key the first in the string counts.
//
// Threads: functions of their arguments.

#include <sluice/protocol/connection_string.hpp>
#include <sluice/protocol/error.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::lending {

struct checkout_keys {
    std::optional<bool> test_on_checkout;
    std::optional<std::string> health_check_query;
};

// Removes the keys. invalid_argument, naming the key, where the first has another value; its text is not repeated,
// since a string that is wrong may hold a password anywhere.
[[nodiscard]] result<checkout_keys> take_checkout_keys(connection_string& from);

// nullopt: neither of them.
[[nodiscard]] std::optional<bool> on_or_off(std::string_view text) noexcept;

// What `first` does not say, `second` does.
[[nodiscard]] checkout_keys merged(checkout_keys first, checkout_keys second);

}  // namespace sluice::lending
