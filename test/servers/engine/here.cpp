// The one that this executable is for: SLUICE_SERVER.
#include "here.hpp"

namespace here {

constexpr server the = server::SLUICE_SERVER;
constexpr bool is_postgresql = the == server::postgresql;
constexpr bool is_mariadb = the == server::mariadb;
constexpr bool is_sqlite = the == server::sqlite;

}  // namespace here
