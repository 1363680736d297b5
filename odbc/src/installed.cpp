#include "failure.hpp"
#include "handle.hpp"
#include "ini.hpp"
#include "utf8.hpp"

#include <sluice/odbc/installed.hpp>

#include <array>
#include <cstring>
#include <utility>

namespace sluice::odbc {
namespace {

constexpr std::size_t entries_max = 1'024;  // a list that never ends is cut

error list_error(failure failed) {
    error_record record;
    record.code = errc::rejected;
    record.message = "the driver manager does not give its list";
    record.function = failed.function;
    record.records = std::move(failed.records);
    return error(std::move(record));
}

result<env_handle> environment() {
    settle_file_names();
    env_handle env;
    SQLRETURN rc = env.allocate(SQL_NULL_HANDLE);
    if (!api::succeeded(rc)) return list_error({rc, "SQLAllocHandle", {}});
    rc = SQLSetEnvAttr(env.get(), SQL_ATTR_ODBC_VERSION, api::number(SQL_OV_ODBC3), 0);
    if (!api::succeeded(rc)) return list_error(failed_call(rc, "SQLSetEnvAttr", env));
    return env;
}

template <std::size_t N>
std::string text_of(const std::array<SQLCHAR, N>& buffer) {
    const auto* text = reinterpret_cast<const char*>(buffer.data());
    return to_utf8({text, strnlen(text, N)});
}

// "key=value", NUL, ..., NUL.
template <std::size_t N>
std::vector<std::pair<std::string, std::string>> attributes_of(const std::array<SQLCHAR, N>& buffer) {
    std::vector<std::pair<std::string, std::string>> made;
    const auto* at = reinterpret_cast<const char*>(buffer.data());
    const auto* end = at + N;
    while (at != end && *at != '\0') {
        const std::string_view one(at, strnlen(at, static_cast<std::size_t>(end - at)));
        const auto equals = one.find('=');
        if (equals != std::string_view::npos)
            made.emplace_back(to_utf8(one.substr(0, equals)), to_utf8(one.substr(equals + 1)));
        at += one.size();
        if (at != end) ++at;
    }
    return made;
}

// Calls `next(env, direction, first, second)` until it has no more, and `add(first, second)` with each answer.
template <class Next, class Add>
result<void> read_list(const char* function, Next next, Add add) {
    const auto env = environment();
    if (!env) return env.error();
    SQLUSMALLINT direction = SQL_FETCH_FIRST;
    for (std::size_t i = 0; i < entries_max; ++i) {
        std::array<SQLCHAR, 512> name{};
        std::array<SQLCHAR, 4'096> rest{};
        const SQLRETURN rc = next(env->get(), direction, name, rest);
        if (rc == SQL_NO_DATA) break;
        if (!api::succeeded(rc)) return list_error(failed_call(rc, function, *env));
        add(name, rest);
        direction = SQL_FETCH_NEXT;
    }
    return {};
}

constexpr auto read_driver = [](SQLHENV env, SQLUSMALLINT direction, auto& name, auto& rest) {
    SQLSMALLINT name_length = 0;
    SQLSMALLINT rest_length = 0;
    return SQLDrivers(env, direction, name.data(), static_cast<SQLSMALLINT>(name.size() - 1), &name_length, rest.data(),
                      static_cast<SQLSMALLINT>(rest.size() - 2), &rest_length);
};

constexpr auto read_source = [](SQLHENV env, SQLUSMALLINT direction, auto& name, auto& rest) {
    SQLSMALLINT name_length = 0;
    SQLSMALLINT rest_length = 0;
    return SQLDataSources(env, direction, name.data(), static_cast<SQLSMALLINT>(name.size() - 1), &name_length,
                          rest.data(), static_cast<SQLSMALLINT>(rest.size() - 2), &rest_length);
};

}  // namespace

result<std::vector<installed_driver>> installed_drivers() {
    std::vector<installed_driver> made;
    const auto read = read_list("SQLDrivers", read_driver, [&](const auto& name, const auto& rest) {
        made.push_back({text_of(name), attributes_of(rest)});
    });
    if (!read) return read.error();
    return made;
}

result<std::vector<data_source>> data_sources() {
    std::vector<data_source> made;
    const auto read = read_list("SQLDataSources", read_source, [&](const auto& name, const auto& rest) {
        made.push_back({text_of(name), text_of(rest)});
    });
    if (!read) return read.error();
    return made;
}

}  // namespace sluice::odbc
