#pragma once
// What a connection holds.
//
// Threads: as the connection.

#include "endpoint.hpp"
#include "statement.hpp"

#include <sluice/odbc/connection.hpp>

#include <vector>

namespace sluice::odbc {

struct connection::impl {
    connection_state state;
    connection_facts facts;

    impl() = default;
    impl(const impl&) = delete;
    impl& operator=(const impl&) = delete;
    ~impl() { (void)disconnect(); }

    [[nodiscard]] result<void> connect(const endpoint&, std::chrono::seconds login, std::vector<diagnostic>& warnings);
    [[nodiscard]] result<execution> execute(const std::string& sql, const args&, const cursor_options&);
    [[nodiscard]] result<std::vector<diagnostic>> begin(const transaction_options&);
    [[nodiscard]] result<std::vector<diagnostic>> commit();
    [[nodiscard]] result<std::vector<diagnostic>> rollback();
    [[nodiscard]] result<std::vector<diagnostic>> ping(const std::string& sql);
    [[nodiscard]] result<std::vector<diagnostic>> savepoint(savepoint_step, const std::string& name);
    result<std::vector<diagnostic>> disconnect();
};

}  // namespace sluice::odbc
