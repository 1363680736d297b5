#pragma once
// What the tests of bulk inserts share: a table of each test alone, and rows for it.
//
// Threads: each test's own.

#include "here.hpp"

#include <cstdint>
#include <numeric>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace here {

// A table of this test alone.
struct shelf {
    explicit shelf(const std::string& of, const std::string& columns = "id bigint primary key, name varchar(80)")
        : on(here::connect(engine, "bulk")), table("bulk_" + of + std::to_string(::getpid())) {
        drop();
        run("create table " + table + " (" + columns + ")");
    }
    ~shelf() { drop(); }
    void drop() { run("drop table if exists " + table); }
    void run(const std::string& sql) { (void)sluice::testing::answer(on.query(sql)); }
    [[nodiscard]] std::int64_t count() { return number("select count(*) from " + table); }
    [[nodiscard]] std::int64_t number(const std::string& sql) {
        return sluice::testing::answer(on.query(sql))[0].get<std::int64_t>(0);
    }

    sluice::engine engine;
    sluice::session on;
    std::string table;
};

inline std::vector<std::int64_t> ids(std::size_t rows) {
    std::vector<std::int64_t> made(rows);
    std::iota(made.begin(), made.end(), 0);
    return made;
}

inline sluice::bulk_rows named_rows(const std::string& table, std::vector<std::int64_t> ids) {
    std::vector<std::string> names;
    names.reserve(ids.size());
    for (const auto id : ids) names.push_back("row " + std::to_string(id));
    sluice::bulk_rows rows(table);
    rows.column("id", std::move(ids)).column("name", std::move(names));
    return rows;
}

}  // namespace here
