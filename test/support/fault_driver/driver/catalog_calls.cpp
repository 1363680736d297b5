// SQLTables, SQLColumns, SQLPrimaryKeys, SQLForeignKeys, SQLStatistics, SQLProcedures, SQLGetTypeInfo. The SQL that
// scripts see is the call with its arguments, NULL as nothing: SQLColumns(,public,item,). Without an answer for it
// there are no rows.
//
// Threads: as entry.hpp.

#include "connection_string.hpp"
#include "entry.hpp"

#include <initializer_list>
#include <string>
#include <utility>

namespace sluice::fault_driver {
namespace {

struct argument {
    const SQLCHAR* text;
    SQLSMALLINT length;
};

std::string text_of_call(function called, std::initializer_list<argument> arguments) {
    std::string made = name_of(called);
    char before = '(';
    for (const auto& each : arguments) {
        made += std::exchange(before, ',');
        if (each.text != nullptr) made += text_of(each.text, each.length);
    }
    return made + ')';
}

form no_rows(std::size_t columns) {
    form made;
    made.what = form::verb::rows;
    for (std::size_t i = 0; i < columns; ++i)
        made.columns.push_back(
            {std::string(1, static_cast<char>('a' + i)), column::kind::varchar, testing::described_bytes_default});
    return made;
}

SQLRETURN ask(function called, SQLHSTMT handle, std::string call, std::size_t columns) {
    return on_statement(
        called, handle,
        [&](statement& on) {
            auto answer = gate::instance().answer(*on.of, call);
            on.prepared = {.sql = call, .meaning = answer ? std::move(*answer) : no_rows(columns), .mistake = {}};
            return call_text{on.prepared->sql, &on.prepared->meaning->on_execute};
        },
        [](statement& on, visit&) -> SQLRETURN {
            on.cursor.reset();
            on.row_count = -1;
            if (on.parent->dead) return on.diag.error("08S01", "the connection is lost");
            if (!on.parent->autocommit) on.parent->in_transaction = true;
            on.columns = columns_of(*on.prepared->meaning, {});
            on.cursor.emplace().rows = {*on.prepared->meaning, {}};
            return SQL_SUCCESS;
        });
}

}  // namespace

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLTables(SQLHSTMT handle, SQLCHAR* catalog, SQLSMALLINT catalog_length,
                                                SQLCHAR* schema, SQLSMALLINT schema_length, SQLCHAR* table,
                                                SQLSMALLINT table_length, SQLCHAR* kinds, SQLSMALLINT kinds_length) {
    return ask(function::SQLTables, handle,
               text_of_call(
                   function::SQLTables,
                   {{catalog, catalog_length}, {schema, schema_length}, {table, table_length}, {kinds, kinds_length}}),
               5);
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLColumns(SQLHSTMT handle, SQLCHAR* catalog, SQLSMALLINT catalog_length,
                                                 SQLCHAR* schema, SQLSMALLINT schema_length, SQLCHAR* table,
                                                 SQLSMALLINT table_length, SQLCHAR* column, SQLSMALLINT column_length) {
    return ask(
        function::SQLColumns, handle,
        text_of_call(
            function::SQLColumns,
            {{catalog, catalog_length}, {schema, schema_length}, {table, table_length}, {column, column_length}}),
        18);
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLPrimaryKeys(SQLHSTMT handle, SQLCHAR* catalog, SQLSMALLINT catalog_length,
                                                     SQLCHAR* schema, SQLSMALLINT schema_length, SQLCHAR* table,
                                                     SQLSMALLINT table_length) {
    return ask(function::SQLPrimaryKeys, handle,
               text_of_call(function::SQLPrimaryKeys,
                            {{catalog, catalog_length}, {schema, schema_length}, {table, table_length}}),
               6);
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLForeignKeys(
    SQLHSTMT handle, SQLCHAR* to_catalog, SQLSMALLINT to_catalog_length, SQLCHAR* to_schema,
    SQLSMALLINT to_schema_length, SQLCHAR* to_table, SQLSMALLINT to_table_length, SQLCHAR* catalog,
    SQLSMALLINT catalog_length, SQLCHAR* schema, SQLSMALLINT schema_length, SQLCHAR* table, SQLSMALLINT table_length) {
    return ask(function::SQLForeignKeys, handle,
               text_of_call(function::SQLForeignKeys, {{to_catalog, to_catalog_length},
                                                       {to_schema, to_schema_length},
                                                       {to_table, to_table_length},
                                                       {catalog, catalog_length},
                                                       {schema, schema_length},
                                                       {table, table_length}}),
               14);
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLStatistics(SQLHSTMT handle, SQLCHAR* catalog, SQLSMALLINT catalog_length,
                                                    SQLCHAR* schema, SQLSMALLINT schema_length, SQLCHAR* table,
                                                    SQLSMALLINT table_length, SQLUSMALLINT, SQLUSMALLINT) {
    return ask(function::SQLStatistics, handle,
               text_of_call(function::SQLStatistics,
                            {{catalog, catalog_length}, {schema, schema_length}, {table, table_length}}),
               13);
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLProcedures(SQLHSTMT handle, SQLCHAR* catalog, SQLSMALLINT catalog_length,
                                                    SQLCHAR* schema, SQLSMALLINT schema_length, SQLCHAR* name,
                                                    SQLSMALLINT name_length) {
    return ask(function::SQLProcedures, handle,
               text_of_call(function::SQLProcedures,
                            {{catalog, catalog_length}, {schema, schema_length}, {name, name_length}}),
               8);
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLGetTypeInfo(SQLHSTMT handle, SQLSMALLINT) {
    return ask(function::SQLGetTypeInfo, handle, "SQLGetTypeInfo()", 19);
}

}  // namespace sluice::fault_driver
