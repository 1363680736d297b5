#pragma once
// What the tests of each server share. They are compiled once and linked into an executable for each: here.cpp says
// which it is.
//
// Threads: each test's own.

#include "servers.hpp"

namespace here {

using sluice::testing::server;

extern const server the;
extern const bool is_postgresql;
extern const bool is_mariadb;
extern const bool is_sqlite;

template <class T>
T pick(T postgresql, T mariadb, T sqlite) {
    return is_postgresql ? postgresql : is_mariadb ? mariadb : sqlite;
}

inline sluice::session connect(sluice::engine& on, const std::string& name) {
    return sluice::testing::answer(on.connect(sluice::testing::connection_text(the, name)));
}

// So many rows with the numbers from 1 in the first column.
inline std::string counting(std::size_t rows) {
    const std::string n = std::to_string(rows);
    if (is_postgresql) return "select generate_series(1, " + n + ") i";
    if (is_mariadb) return "select seq from seq_1_to_" + n;
    return "with recursive c(i) as (select 1 union all select i + 1 from c where i < " + n + ") select i from c";
}

}  // namespace here
