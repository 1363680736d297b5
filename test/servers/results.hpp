#pragma once
// What the tests of results share: a connection to each server, and a result read to its end as text.
//
// Threads: each test's own.

#include <sluice/odbc/connection.hpp>
#include <sluice/protocol/batch.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

namespace results {

using sluice::odbc::cursor_options;

enum class server { postgresql, mariadb, sqlite };

inline const char* name_of(server s) {
    return s == server::postgresql ? "postgresql" : s == server::mariadb ? "mariadb" : "sqlite";
}

inline std::string variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') FAIL(name << " is not set: see docs/hacking.md");
    return value;
}

// `database` names the file of SQLite, which is this process's alone: tests that run at the same time neither wait for
// each other nor see each other's tables.
inline std::string connection_string(server s, const std::string& database) {
    if (s == server::postgresql) return variable("SLUICE_TEST_POSTGRES");
    if (s == server::mariadb) return variable("SLUICE_TEST_MARIADB");
    return "Driver=SQLite3;Database=" + variable("SLUICE_TEST_SQLITE") + "/" + database + "-" +
           std::to_string(::getpid()) + ".db";
}

inline sluice::odbc::connection connect(server s, const std::string& database) {
    std::vector<sluice::diagnostic> warnings;
    auto made = sluice::odbc::connection::open(sluice::protocol::connect(connection_string(s, database)), warnings);
    if (!made) FAIL(made.error().to_string());
    return std::move(*made);
}

inline void run(sluice::odbc::connection& on, const std::string& sql, const sluice::args& with = {}) {
    auto done = on.execute(sql, with, cursor_options());
    if (!done) FAIL(sql.substr(0, 200) << ": " << done.error().to_string());
}

// A table of this connection alone. On SQLite, where a temporary table would be another kind of table, one of its file.
inline void make_table(server s, sluice::odbc::connection& on, const std::string& name, const std::string& columns) {
    run(on, "drop table if exists " + name);
    run(on,
        std::string("create ") + (s == server::sqlite ? "table " : "temporary table ") + name + "(" + columns + ")");
}

// Memory from the heap.
class heap_source : public sluice::protocol::batch_source {
public:
    std::shared_ptr<sluice::protocol::batch_storage> acquire(const std::shared_ptr<const sluice::schema>& columns,
                                                             const std::vector<std::size_t>& strides,
                                                             std::size_t rows) override {
        return std::make_shared<sluice::protocol::batch_storage>(columns, strides, rows);
    }
};

using cell = std::optional<std::string>;
using row = std::vector<cell>;

template <class T>
std::string plain(const sluice::batch& from, std::size_t r, std::size_t c) {
    std::ostringstream out;
    out.precision(17);
    out << from.values<T>(c)[r];
    return out.str();
}

// A cell as text; NULL is nullopt.
inline cell text_of(const sluice::batch& from, std::size_t r, std::size_t c) {
    using sluice::column_type;
    if (from.is_null(r, c)) return std::nullopt;
    switch (from.columns()[c].type) {
        case column_type::boolean:
            return plain<bool>(from, r, c);
        case column_type::int64:
            return plain<std::int64_t>(from, r, c);
        case column_type::uint64:
            return plain<std::uint64_t>(from, r, c);
        case column_type::float32:
            return plain<float>(from, r, c);
        case column_type::float64:
            return plain<double>(from, r, c);
        case column_type::date:
            return plain<sluice::date>(from, r, c);
        case column_type::time:
            return plain<sluice::time>(from, r, c);
        case column_type::timestamp:
            return plain<sluice::timestamp>(from, r, c);
        default:
            return std::string(from.storage()->cell(r, c));
    }
}

struct table {
    std::shared_ptr<const sluice::schema> columns;
    std::vector<row> rows;
    std::vector<std::size_t> batches;  // the rows of each
    std::optional<sluice::error> failure;
    sluice::stream_mode mode{};
};

// Reads to the end, or to the error.
inline table read_all(sluice::odbc::cursor& from) {
    table made;
    made.columns = from.columns();
    made.mode = from.mode();
    heap_source source;
    while (from.is_open()) {
        auto got = from.fetch(source);
        if (!got) {
            made.failure = got.error();
            break;
        }
        if (!*got) break;
        const sluice::batch part(*got);
        made.batches.push_back(part.rows());
        for (std::size_t r = 0; r < part.rows(); ++r) {
            row& into = made.rows.emplace_back();
            for (std::size_t c = 0; c < part.columns().size(); ++c) into.push_back(text_of(part, r, c));
        }
    }
    return made;
}

inline sluice::odbc::execution start(sluice::odbc::connection& on, const std::string& sql,
                                     const cursor_options& how = {}, const sluice::args& with = {}) {
    auto done = on.execute(sql, with, how);
    if (!done) FAIL(sql.substr(0, 200) << ": " << done.error().to_string());
    return std::move(*done);
}

inline table query(sluice::odbc::connection& on, const std::string& sql, const cursor_options& how = {},
                   const sluice::args& with = {}) {
    auto done = start(on, sql, how, with);
    return read_all(done.rows);
}

inline cursor_options stream(std::size_t batch_rows = sluice::limits::batch_rows_default,
                             std::size_t batch_bytes = sluice::limits::batch_bytes_default) {
    cursor_options made;
    made.how = cursor_options::reading::stream;
    made.batch_rows = batch_rows;
    made.batch_bytes = batch_bytes;
    return made;
}

inline cursor_options whole() {
    return {};
}

}  // namespace results
