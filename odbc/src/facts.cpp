#include "facts.hpp"

#include "ini.hpp"
#include "utf8.hpp"

#include <array>

namespace sluice::odbc {
namespace {

// The driver manager's Threading for this connection: it answers with 16 bits. Another driver manager asks the driver.
int threading_of(const connection_state& c, const endpoint& e) {
    SQLUINTEGER level = 0;
    if (api::succeeded(SQLGetInfo(c.dbc.get(), SQL_ATTR_DRIVER_THREADING, &level, sizeof level, nullptr)))
        return static_cast<int>(level & 0xFFFFU);
    return e.driver.empty() ? -1 : threading_of_driver(e.driver);
}

}  // namespace

std::string info_text(const dbc_handle& dbc, SQLUSMALLINT what) {
    std::array<char, 256> text{};
    SQLSMALLINT length = 0;
    const SQLRETURN rc = SQLGetInfo(dbc.get(), what, text.data(), static_cast<SQLSMALLINT>(text.size() - 1), &length);
    return api::succeeded(rc) ? to_utf8(text.data()) : std::string();
}

connection_facts facts_of(const connection_state& c, const endpoint& e) {
    connection_facts made;
    made.driver_name = info_text(c.dbc, SQL_DRIVER_NAME);
    made.driver_version = info_text(c.dbc, SQL_DRIVER_VER);
    made.dbms_name = info_text(c.dbc, SQL_DBMS_NAME);
    made.dbms_version = info_text(c.dbc, SQL_DBMS_VER);
    made.profile = c.profile->name;
    made.threading_level = threading_of(c, e);
    return made;
}

void add_warnings_of(const connection_facts& facts, std::vector<diagnostic>& to) {
    if (facts.threading_level != 3) return;
    diagnostic one_lock;
    one_lock.sqlstate = "01000";
    one_lock.message =
        "the driver manager uses this driver with Threading=3: one lock serialises all ODBC calls of the process and "
        "blocks SQLCancel. Set Threading=0 in the driver's section of odbcinst.ini";
    add_warnings(to, {std::move(one_lock)});
}

}  // namespace sluice::odbc
