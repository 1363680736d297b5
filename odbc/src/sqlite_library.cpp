// POSIX: the library is found as sqliteodbc finds it, by its name.

#include <sluice/odbc/sqlite_library.hpp>

#include <dlfcn.h>
#include <string>

namespace sluice::odbc {

namespace {

constexpr const char* library_name = "libsqlite3.so.0";
// Of sqlite3.h, which is not needed for the rest.
constexpr int config_ok = 0;
constexpr int config_multithread = 2;
constexpr int config_memstatus = 9;

[[nodiscard]] error without_it(const char* why) {
    return error(errc::unsupported, "SQLite's mutexes are as they were: " + std::string(why == nullptr ? "" : why));
}

}  // namespace

result<void> sqlite_without_mutexes() {
    // It stays for ever: what is configured must be what the driver uses.
    void* const sqlite = dlopen(library_name, RTLD_NOW | RTLD_NODELETE);
    if (sqlite == nullptr) return without_it(dlerror());
    const auto threadsafe = reinterpret_cast<int (*)()>(dlsym(sqlite, "sqlite3_threadsafe"));
    const auto config = reinterpret_cast<int (*)(int, ...)>(dlsym(sqlite, "sqlite3_config"));
    if (threadsafe == nullptr || config == nullptr) return without_it("it is another library than SQLite 3");
    if (threadsafe() == 0) return without_it("it was built without threads");
    if (config(config_multithread) != config_ok || config(config_memstatus, 0) != config_ok)
        return error(errc::invalid_argument,
                     "SQLite has been used in this process before: set its mutexes off before the first connection");
    return {};
}

}  // namespace sluice::odbc
