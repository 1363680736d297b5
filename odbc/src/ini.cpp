#include "ini.hpp"

#include "handle.hpp"

#include <odbcinst.h>

#include <array>
#include <charconv>

namespace sluice::odbc {
namespace {

std::string setting(std::string_view section, std::string_view key, const char* file) {
    settle_file_names();
    std::array<char, 1024> value{};
    const int length = SQLGetPrivateProfileString(std::string(section).c_str(), std::string(key).c_str(), "",
                                                  value.data(), static_cast<int>(value.size()), file);
    if (length <= 0) return {};
    value.back() = '\0';
    return value.data();
}

// Each of libodbc and libodbcinst has names of its own.
bool ask_for_each_file() {
    std::array<SQLCHAR, 512> name{};
    std::array<SQLCHAR, 512> rest{};
    env_handle env;
    if (api::succeeded(env.allocate(SQL_NULL_HANDLE)) &&
        api::succeeded(SQLSetEnvAttr(env.get(), SQL_ATTR_ODBC_VERSION, api::number(SQL_OV_ODBC3), 0))) {
        constexpr auto room = static_cast<SQLSMALLINT>(name.size());
        (void)SQLDrivers(env.get(), SQL_FETCH_FIRST, name.data(), room, nullptr, rest.data(), room, nullptr);
        (void)SQLDataSources(env.get(), SQL_FETCH_FIRST, name.data(), room, nullptr, rest.data(), room, nullptr);
    }
    std::array<char, 512> value{};
    for (const char* file : {"odbcinst.ini", "odbc.ini"})
        (void)SQLGetPrivateProfileString("ODBC", "Threading", "", value.data(), static_cast<int>(value.size()), file);
    return true;
}

}  // namespace

void settle_file_names() {
    [[maybe_unused]] static const bool once = ask_for_each_file();
}

std::string driver_setting(std::string_view driver, std::string_view key) {
    return setting(driver, key, "odbcinst.ini");
}

std::string data_source_setting(std::string_view source, std::string_view key) {
    return setting(source, key, "odbc.ini");
}

std::string library_of_driver(std::string_view driver) {
    std::string library = driver_setting(driver, "Driver64");
    if (library.empty()) library = driver_setting(driver, "Driver");
    return library.empty() ? std::string(driver) : library;
}

int threading_of_driver(std::string_view driver) {
    std::string set = driver_setting(driver, "Threading");
    if (set.empty()) set = driver_setting("ODBC", "Threading");
    int level = 0;
    std::from_chars(set.data(), set.data() + set.size(), level);
    return level;
}

}  // namespace sluice::odbc
