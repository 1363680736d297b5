#pragma once
// The three servers of the tests, by what scripts/servers has put into the environment, and answers that are waited for
// with a limit.
//
// Threads: everything here on the test's own thread.

#include <sluice/protocol/connection_string.hpp>
#include <sluice/runtime/engine.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdlib>
#include <future>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace sluice::testing {

enum class server { postgresql, mariadb, sqlite };

inline constexpr std::chrono::seconds server_limit{60};

inline std::string variable(const char* name) {
    const char* const value = std::getenv(name);
    if (value == nullptr || *value == '\0') FAIL(name << " is not set: see docs/hacking.md");
    return value;
}

// `name` names the file of SQLite, which is this process's alone: tests that run at the same time neither wait for each
// other nor see each other's tables.
inline std::string connection_text(server s, const std::string& name) {
    if (s == server::postgresql) return variable("SLUICE_TEST_POSTGRES");
    if (s == server::mariadb) return variable("SLUICE_TEST_MARIADB");
    return "Driver=SQLite3;Database=" + variable("SLUICE_TEST_SQLITE") + "/" + name + "-" + std::to_string(::getpid()) +
           ".db";
}

template <class T>
T answer(std::future<T> from) {
    if (from.wait_for(server_limit) != std::future_status::ready) FAIL("no answer");
    return from.get();
}

template <class T>
error error_of(std::future<T> from) {
    try {
        if constexpr (std::is_void_v<T>)
            answer(std::move(from));
        else
            (void)answer(std::move(from));
    } catch (const database_error& e) {
        return e.error();
    }
    FAIL("an answer where an error has to come");
    return {};
}

}  // namespace sluice::testing
