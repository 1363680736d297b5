#pragma once
// What a connection holds.
//
// Threads: as the connection.

#include "endpoint.hpp"
#include "insert_columns.hpp"
#include "statement.hpp"

#include <sluice/odbc/connection.hpp>

#include <optional>
#include <vector>

namespace sluice::odbc {

struct connection::impl {
    connection_state state;
    connection_facts facts;
    std::optional<sluice::capabilities> capable;  // once they were asked for

    impl() = default;
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl() { (void)disconnect(); }

    [[nodiscard]] result<void> connect(const endpoint&, std::chrono::seconds login, std::vector<diagnostic>& warnings);
    // `number`: of the prepared statement whose text it is; 0: of none. `rows`: executed with arrays of their values,
    // in place of `args`; null: with those.
    [[nodiscard]] result<execution> execute(const std::string& sql, const args&, const cursor_options&,
                                            std::uint64_t number = 0, const rows_part* rows = nullptr);
    [[nodiscard]] result<prepared_statement> prepare(std::uint64_t number, const std::string& sql);
    [[nodiscard]] result<execution> execute_prepared(std::uint64_t number, const args&, const cursor_options&);
    [[nodiscard]] result<execution> execute_named(const std::string& sql, const args&, const cursor_options&);
    [[nodiscard]] result<execution> catalog(const catalog_query&, cursor_options);
    [[nodiscard]] result<execution> primary_keys_by_sql(const catalog_query&, const cursor_options&);
    [[nodiscard]] result<sluice::capabilities> capabilities();
    [[nodiscard]] result<std::vector<diagnostic>> begin(const transaction_options&);
    [[nodiscard]] result<std::vector<diagnostic>> commit();
    [[nodiscard]] result<std::vector<diagnostic>> rollback();
    [[nodiscard]] result<std::vector<diagnostic>> ping(const std::string& sql);
    [[nodiscard]] result<void> undo_savepoint(const std::string& name);
    [[nodiscard]] result<insert_form> form_of_insert(const bulk_rows&);
    [[nodiscard]] result<page_form> form_of_pages(const std::string& sql, const args&, const std::string& key,
                                                  std::size_t rows);
    [[nodiscard]] result<void> insert(const insert_form&, const rows_part&, std::uint64_t number);
    [[nodiscard]] result<void> insert_columns(const std::string& text, const rows_part&, std::uint64_t number);
    [[nodiscard]] result<std::vector<value>> insert_values(const insert_form&, const rows_part&) const;
    [[nodiscard]] result<std::vector<diagnostic>> savepoint(savepoint_step, const std::string& name,
                                                            const cursor_options& = {});
    result<std::vector<diagnostic>> disconnect();
};

}  // namespace sluice::odbc
