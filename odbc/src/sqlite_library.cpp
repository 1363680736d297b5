// POSIX: see sqlite_symbols.hpp.

#include "sqlite_symbols.hpp"

#include <sluice/odbc/sqlite_library.hpp>

#include <string>

namespace sluice::odbc {

namespace {

// Of sqlite3.h, which is not needed for the rest.
constexpr int config_ok = 0;
constexpr int config_multithread = 2;
constexpr int config_memstatus = 9;

[[nodiscard]] error without_it(const char* why) {
    return error(errc::unsupported, "SQLite's mutexes are as they were: " + std::string(why == nullptr ? "" : why));
}

}  // namespace

result<void> sqlite_without_mutexes() {
    void* const sqlite = open_sqlite_library();
    if (sqlite == nullptr) return without_it(dlerror());
    int (*threadsafe)() = nullptr;
    int (*config)(int, ...) = nullptr;
    find_symbol(sqlite, "sqlite3_threadsafe", threadsafe);
    find_symbol(sqlite, "sqlite3_config", config);
    if (threadsafe == nullptr || config == nullptr) return without_it("it is another library than SQLite 3");
    if (threadsafe() == 0) return without_it("it was built without threads");
    if (config(config_multithread) != config_ok || config(config_memstatus, 0) != config_ok)
        return error(errc::invalid_argument,
                     "SQLite has been used in this process before: set its mutexes off before the first connection");
    return {};
}

}  // namespace sluice::odbc
