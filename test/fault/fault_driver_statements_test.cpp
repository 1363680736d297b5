// The fault driver's statements: counts, warnings, errors, parameters, SQL of the test's own.
#include "raw_odbc.hpp"

#include <sluice/testing/cells.hpp>
#include <sluice/testing/fault_script.hpp>

#include <catch2/catch.hpp>

#include <limits>
#include <string>

using namespace sluice::testing;

namespace {

SQLRETURN bind(SQLHSTMT statement, SQLUSMALLINT number, SQLSMALLINT c_type, SQLSMALLINT sql_type, void* data,
               SQLLEN* indicator) {
    return SQLBindParameter(statement, number, SQL_PARAM_INPUT, c_type, sql_type, 0, 0, data, 0, indicator);
}

}  // namespace

TEST_CASE("the driver says who it is") {
    const fault_script faults("info");
    const raw::connection on(faults.connection_string());
    REQUIRE(on.connected == SQL_SUCCESS);
    char text[64];
    REQUIRE(SQLGetInfo(on.get(), SQL_DRIVER_NAME, text, sizeof text, nullptr) == SQL_SUCCESS);
    CHECK(std::string(text) == "libsluice_fault_driver.so");
    REQUIRE(SQLGetInfo(on.get(), SQL_DBMS_NAME, text, sizeof text, nullptr) == SQL_SUCCESS);
    CHECK(std::string(text) == "SluiceFault");
    SQLUSMALLINT capable = 0;
    REQUIRE(SQLGetInfo(on.get(), SQL_TXN_CAPABLE, &capable, sizeof capable, nullptr) == SQL_SUCCESS);
    CHECK(capable == SQL_TC_ALL);
    SQLUINTEGER extensions = 0;
    REQUIRE(SQLGetInfo(on.get(), SQL_GETDATA_EXTENSIONS, &extensions, sizeof extensions, nullptr) == SQL_SUCCESS);
    CHECK((extensions & SQL_GD_ANY_ORDER) != 0);
}

TEST_CASE("a count of affected rows has 64 bits") {
    const fault_script faults("affected");
    const raw::connection on(faults.connection_string());
    raw::statement dml(on);
    CHECK(dml.execute("affect 5000000000") == SQL_SUCCESS);
    CHECK(dml.row_count() == 5'000'000'000);
    CHECK(dml.columns() == 0);
    CHECK(dml.execute("affect 0") == SQL_SUCCESS);
    CHECK(dml.row_count() == 0);
    CHECK(dml.execute("affect 0 nodata") == SQL_NO_DATA);
    CHECK(dml.execute("ok") == SQL_SUCCESS);
    CHECK(dml.row_count() == -1);
}

TEST_CASE("warnings stand next to a success") {
    const fault_script faults("warnings");
    const raw::connection on(faults.connection_string());
    raw::statement warned(on);
    REQUIRE(warned.execute("rows 2 warn 01000 5 'NOTICE: it''s late' warn 01S02") == SQL_SUCCESS_WITH_INFO);
    const auto said = warned.diagnostics();
    REQUIRE(said.size() == 2);
    CHECK(said[0].state == "01000");
    CHECK(said[0].native == 5);
    CHECK(said[0].message == "NOTICE: it's late");
    CHECK(said[1].state == "01S02");
    SQLRETURN last = SQL_ERROR;
    CHECK(warned.count_rows(last) == 2);
    CHECK(last == SQL_NO_DATA);
    CHECK(warned.close() == SQL_SUCCESS);
    CHECK(warned.execute("affect 3 warn 01000") == SQL_SUCCESS_WITH_INFO);
    CHECK(warned.row_count() == 3);
}

TEST_CASE("an execute fails with any state and native error and message") {
    const fault_script faults("any error");
    const raw::connection on(faults.connection_string());
    raw::statement failing(on);
    CHECK(failing.execute("error XX000 -5 'internal; really?'") == SQL_ERROR);
    auto said = failing.diagnostics();
    REQUIRE(said.size() == 1);
    CHECK(said[0].state == "XX000");
    CHECK(said[0].native == -5);
    CHECK(said[0].message == "internal; really?");
    CHECK(failing.execute("error 40001 77") == SQL_ERROR);
    CHECK(failing.state() == "40001");
    CHECK(failing.execute("rows 5 error 0 40001") == SQL_SUCCESS);
    CHECK(failing.close() == SQL_SUCCESS);
    CHECK(failing.execute("error") == SQL_ERROR);
    CHECK(failing.diagnostics().empty());
    CHECK_FALSE(on.dead());
    CHECK(failing.execute("lost") == SQL_ERROR);
    CHECK(failing.state() == "08S01");
    CHECK(on.dead());
}

TEST_CASE("SQL that the driver does not know says what was expected") {
    const fault_script faults("mistakes");
    const raw::connection on(faults.connection_string());
    raw::statement wrong(on);
    for (const char* sql :
         {"select 2", "rows", "rows many", "rows 5 columns", "rows 5 columns json", "rows 5 error x", "rows 5 'quote",
          "rows 5 /* comment", "warn 01000", "rows 5 null", "ok columns id", "rows 1; rows 2"}) {
        CAPTURE(sql);
        CHECK(wrong.execute(sql) == SQL_ERROR);
        const auto said = wrong.diagnostics();
        REQUIRE(said.size() == 1);
        CHECK(said[0].state == "42000");
        CHECK(said[0].message.size() > 20);
    }
    CHECK(wrong.prepare("select 2") == SQL_ERROR);
    CHECK(wrong.execute(" ROWS 5 -- a comment\n /* and another ? */ Columns ID;") == SQL_SUCCESS);
}

TEST_CASE("a prepared statement takes its count from a parameter and runs again and again") {
    const fault_script faults("prepared");
    const raw::connection on(faults.connection_string());
    raw::statement prepared(on);
    REQUIRE(prepared.prepare("rows ?") == SQL_SUCCESS);
    SQLSMALLINT parameters = 0;
    REQUIRE(SQLNumParams(prepared.get(), &parameters) == SQL_SUCCESS);
    CHECK(parameters == 1);
    CHECK(prepared.columns() == 4);
    CHECK(SQLExecute(prepared.get()) == SQL_ERROR);
    CHECK(prepared.state() == "07002");
    std::int64_t count = 0;
    REQUIRE(bind(prepared.get(), 1, SQL_C_SBIGINT, SQL_BIGINT, &count, nullptr) == SQL_SUCCESS);
    for (count = 0; count < 5; ++count) {
        REQUIRE(SQLExecute(prepared.get()) == SQL_SUCCESS);
        SQLRETURN last = SQL_ERROR;
        CHECK(prepared.count_rows(last) == static_cast<std::uint64_t>(count));
        CHECK(last == SQL_NO_DATA);
        REQUIRE(prepared.close() == SQL_SUCCESS);
    }
    count = -1;
    CHECK(SQLExecute(prepared.get()) == SQL_ERROR);
    CHECK(prepared.state() == "22003");
    CHECK(faults.executions("rows ?") == 7);
}

TEST_CASE("echo gives back what the parameters were") {
    const fault_script faults("echo");
    const raw::connection on(faults.connection_string());
    raw::statement echo(on);
    std::int64_t big = std::numeric_limits<std::int64_t>::min();
    double real = 0.1;
    std::string text = "caf\xc3\xa9 '?'";
    auto text_length = static_cast<SQLLEN>(text.size());
    std::string bytes("\0\x01\xff", 3);
    SQLLEN bytes_length = 3;
    SQL_TIMESTAMP_STRUCT at{9999, 12, 31, 23, 59, 59, 999'999'000};
    SQLLEN null = SQL_NULL_DATA;
    REQUIRE(bind(echo.get(), 1, SQL_C_SBIGINT, SQL_BIGINT, &big, nullptr) == SQL_SUCCESS);
    REQUIRE(bind(echo.get(), 2, SQL_C_DOUBLE, SQL_DOUBLE, &real, nullptr) == SQL_SUCCESS);
    REQUIRE(bind(echo.get(), 3, SQL_C_CHAR, SQL_VARCHAR, text.data(), &text_length) == SQL_SUCCESS);
    REQUIRE(bind(echo.get(), 4, SQL_C_BINARY, SQL_VARBINARY, bytes.data(), &bytes_length) == SQL_SUCCESS);
    REQUIRE(bind(echo.get(), 5, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, &at, nullptr) == SQL_SUCCESS);
    REQUIRE(bind(echo.get(), 6, SQL_C_DOUBLE, SQL_DOUBLE, &real, &null) == SQL_SUCCESS);
    REQUIRE(echo.execute("echo ?, ?, ?, ?, ?, ?") == SQL_SUCCESS);
    REQUIRE(echo.columns() == 6);
    REQUIRE(echo.fetch() == SQL_SUCCESS);

    std::int64_t big_back = 0;
    double real_back = 0;
    SQL_TIMESTAMP_STRUCT at_back{};
    char buffer[32];
    SQLLEN indicator = 0;
    REQUIRE(SQLGetData(echo.get(), 1, SQL_C_SBIGINT, &big_back, 0, &indicator) == SQL_SUCCESS);
    CHECK(big_back == big);
    REQUIRE(SQLGetData(echo.get(), 2, SQL_C_DOUBLE, &real_back, 0, &indicator) == SQL_SUCCESS);
    CHECK(real_back == real);
    REQUIRE(SQLGetData(echo.get(), 3, SQL_C_CHAR, buffer, sizeof buffer, &indicator) == SQL_SUCCESS);
    CHECK(buffer == text);
    REQUIRE(SQLGetData(echo.get(), 4, SQL_C_BINARY, buffer, sizeof buffer, &indicator) == SQL_SUCCESS);
    CHECK(std::string(buffer, static_cast<std::size_t>(indicator)) == bytes);
    REQUIRE(SQLGetData(echo.get(), 5, SQL_C_TYPE_TIMESTAMP, &at_back, 0, &indicator) == SQL_SUCCESS);
    CHECK(at_back.year == 9999);
    CHECK(at_back.fraction == 999'999'000);
    SQLSMALLINT type = 0;
    REQUIRE(SQLDescribeCol(echo.get(), 6, nullptr, 0, nullptr, &type, nullptr, nullptr, nullptr) == SQL_SUCCESS);
    CHECK(type == SQL_DOUBLE);
    REQUIRE(SQLGetData(echo.get(), 6, SQL_C_DOUBLE, &real_back, 0, &indicator) == SQL_SUCCESS);
    CHECK(indicator == SQL_NULL_DATA);
    CHECK(echo.fetch() == SQL_NO_DATA);
}

TEST_CASE("a script answers for SQL of the test's own") {
    fault_script faults("answers");
    faults.add(
        "answer 'select name from item where id = ?' with rows 1 columns name: varchar(12);"
        "answer 'insert into item values (1)' with error 23505 1 'duplicate key; id = 1'");
    const raw::connection on(faults.connection_string());
    raw::statement asked(on);
    std::int64_t id = 42;
    REQUIRE(bind(asked.get(), 1, SQL_C_SBIGINT, SQL_BIGINT, &id, nullptr) == SQL_SUCCESS);
    REQUIRE(asked.execute("select name from item where id = ?") == SQL_SUCCESS);
    REQUIRE(asked.fetch() == SQL_SUCCESS);
    char name[16];
    SQLLEN length = 0;
    REQUIRE(SQLGetData(asked.get(), 1, SQL_C_CHAR, name, sizeof name, &length) == SQL_SUCCESS);
    const auto hash = cell_hash(default_seed, 0, 0);
    CHECK(name == cell_text(hash, cell_length(hash, 12)));
    CHECK(asked.close() == SQL_SUCCESS);
    CHECK(asked.execute("insert into item values (1)") == SQL_ERROR);
    CHECK(asked.diagnostics().at(0).message == "duplicate key; id = 1");
    CHECK(faults.executions("insert into item values (1)") == 1);
    faults.clear_rules();
    CHECK(asked.execute("insert into item values (1)") == SQL_ERROR);
    CHECK(asked.state() == "42000");
}

TEST_CASE("autocommit and transactions and their attributes read back") {
    const fault_script faults("transactions");
    const raw::connection on(faults.connection_string());
    const auto set = [&on](SQLINTEGER attribute, SQLULEN value) {
        return SQLSetConnectAttr(on.get(), attribute, raw::pointer_of(value), 0);
    };
    const auto get = [&on](SQLINTEGER attribute) {
        SQLUINTEGER value = 99;
        SQLGetConnectAttr(on.get(), attribute, &value, 0, nullptr);
        return value;
    };
    CHECK(get(SQL_ATTR_AUTOCOMMIT) == SQL_AUTOCOMMIT_ON);
    CHECK(get(SQL_ATTR_TXN_ISOLATION) == SQL_TXN_READ_COMMITTED);
    CHECK(set(SQL_ATTR_TXN_ISOLATION, SQL_TXN_SERIALIZABLE) == SQL_SUCCESS);
    CHECK(get(SQL_ATTR_TXN_ISOLATION) == SQL_TXN_SERIALIZABLE);
    CHECK(set(SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF) == SQL_SUCCESS);
    CHECK(get(SQL_ATTR_AUTOCOMMIT) == SQL_AUTOCOMMIT_OFF);
    raw::statement dml(on);
    CHECK(dml.execute("affect 1") == SQL_SUCCESS);
    CHECK(SQLEndTran(SQL_HANDLE_DBC, on.get(), SQL_ROLLBACK) == SQL_SUCCESS);
    CHECK(faults.count("SQLEndTran") == 1);
    CHECK(set(SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_ON) == SQL_SUCCESS);
    SQLULEN timeout = 0;
    dml.set(SQL_ATTR_QUERY_TIMEOUT, 3);
    CHECK(SQLGetStmtAttr(dml.get(), SQL_ATTR_QUERY_TIMEOUT, &timeout, 0, nullptr) == SQL_SUCCESS);
    CHECK(timeout == 3);
}

TEST_CASE("what the driver does not do is refused or changed and said so") {
    const fault_script faults("not done");
    const raw::connection on(faults.connection_string());
    raw::statement plain(on);
    const auto set = [&plain](SQLINTEGER attribute, SQLULEN value) {
        return SQLSetStmtAttr(plain.get(), attribute, raw::pointer_of(value), 0);
    };
    CHECK(set(SQL_ATTR_ROW_BIND_TYPE, 64) == SQL_ERROR);
    CHECK(plain.state() == "HYC00");
    CHECK(set(SQL_ATTR_PARAMSET_SIZE, 2) == SQL_ERROR);
    CHECK(plain.state() == "HYC00");
    CHECK(set(SQL_ATTR_ASYNC_ENABLE, SQL_ASYNC_ENABLE_ON) == SQL_SUCCESS_WITH_INFO);
    CHECK(plain.state() == "01S02");
    std::int64_t number = 1;
    SQLLEN at_execution = SQL_DATA_AT_EXEC;
    REQUIRE(bind(plain.get(), 1, SQL_C_CHAR, SQL_VARCHAR, &number, &at_execution) == SQL_SUCCESS);
    CHECK(plain.execute("echo ?") == SQL_ERROR);
    CHECK(plain.state() == "HYC00");
    REQUIRE(bind(plain.get(), 1, SQL_C_GUID, SQL_GUID, &number, nullptr) == SQL_SUCCESS);
    CHECK(plain.execute("echo ?") == SQL_ERROR);
    CHECK(plain.state() == "HYC00");
}
