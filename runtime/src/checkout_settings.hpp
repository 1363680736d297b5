#pragma once
// Whether and how the sessions of a pool are tested before they are lent: of the connection string, else of the
// environment, else of the options.
//
// Threads: reads the environment, which nobody may change meanwhile.

#include <sluice/protocol/error.hpp>
#include <sluice/runtime/options.hpp>

#include <string>

namespace sluice::runtime {

// Takes the pool's keys out of the string, and sets what they, ODBC_POOL_TEST_ON_CHECKOUT and
// ODBC_POOL_HEALTH_CHECK_QUERY say in the options. invalid_argument where they say what is not possible. A string
// without such keys stays as it is written.
[[nodiscard]] result<void> settle_checkout(std::string& connection_string, pool_options&);
// As above for a session that is of no pool: the keys mean nothing, and no driver would understand them.
[[nodiscard]] result<void> drop_checkout_keys(std::string& connection_string);

}  // namespace sluice::runtime
