// The one that this executable is for: SLUICE_SERVER.
#include "driver.hpp"

namespace driver {

constexpr server here = server::SLUICE_SERVER;
constexpr bool is_postgresql = here == server::postgresql;
constexpr bool is_mariadb = here == server::mariadb;
constexpr bool is_sqlite = here == server::sqlite;

}  // namespace driver
