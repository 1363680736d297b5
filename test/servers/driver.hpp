#pragma once
// What the tests of each driver share. They are compiled once and linked into an executable for each: driver.cpp says
// which it is.
//
// Threads: each test's own.

#include "results.hpp"

#include <sluice/protocol/connection_string.hpp>

#include <string>
#include <string_view>

namespace driver {

using results::server;

extern const server here;
extern const bool is_postgresql;
extern const bool is_mariadb;
extern const bool is_sqlite;

// The three of a choice that is for this driver.
template <class T>
T pick(T postgresql, T mariadb, T sqlite) {
    return is_postgresql ? postgresql : is_mariadb ? mariadb : sqlite;
}

// A connection and a table of its own; `name` is of this test alone, because tests run at the same time.
class place {
public:
    explicit place(std::string name) : table_(std::move(name)), on_(results::connect(here, table_)) {}

    [[nodiscard]] sluice::odbc::connection& on() noexcept { return on_; }
    [[nodiscard]] const std::string& table() const noexcept { return table_; }
    [[nodiscard]] sluice::odbc::connection another() const { return results::connect(here, table_); }

    // '@' in a statement stands for the table.
    [[nodiscard]] std::string text(std::string_view sql) const {
        std::string made;
        for (const char c : sql)
            if (c == '@')
                made += table_;
            else
                made += c;
        return made;
    }
    void create(std::string_view columns) {
        run("drop table if exists @");
        run("create table @ (" + std::string(columns) + ")");
    }
    sluice::odbc::execution run(std::string_view sql, const sluice::args& with = {},
                                const sluice::odbc::cursor_options& how = {}) {
        return results::start(on_, text(sql), how, with);
    }
    sluice::result<sluice::odbc::execution> attempt(std::string_view sql, const sluice::args& with = {},
                                                    const sluice::odbc::cursor_options& how = {}) {
        return on_.execute(text(sql), with, how);
    }
    // Of a statement that has to fail.
    sluice::error failure(std::string_view sql, const sluice::args& with = {}) {
        auto done = attempt(sql, with);
        if (!done) return done.error();
        auto rows = results::read_all(done->rows);
        if (!rows.failure) FAIL(sql << ": did not fail");
        return *rows.failure;
    }
    results::table rows(std::string_view sql, const sluice::args& with = {}) {
        auto done = run(sql, with);
        auto made = results::read_all(done.rows);
        if (made.failure) FAIL(sql << ": " << made.failure->to_string());
        return made;
    }
    // The only cell; "(null)" for NULL.
    std::string cell(std::string_view sql, const sluice::args& with = {}) {
        const auto made = rows(sql, with);
        if (made.rows.size() != 1) FAIL(sql << ": " << made.rows.size() << " rows");
        return made.rows[0][0].value_or("(null)");
    }
    void check_usable() { CHECK(cell("select 1") == "1"); }

private:
    std::string table_;
    sluice::odbc::connection on_;
};

inline std::string name(sluice::errc code) {
    return std::string(sluice::to_string(code));
}
inline std::string name(sluice::outcome o) {
    return std::string(sluice::to_string(o));
}
inline std::string name(sluice::session_state s) {
    return std::string(sluice::to_string(s));
}

inline sluice::connection_string string_with(std::string_view key, std::string_view value) {
    auto made = sluice::connection_string::parse(results::connection_string(here, "odbc_connect")).value();
    made.set(key, value);
    return made;
}

}  // namespace driver
