// What a driver says that is not so: diagnostics without end or terminator, lengths and counts out of bounds.
#include "raw_odbc.hpp"

#include <sluice/testing/fault_script.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <cstdint>
#include <dlfcn.h>
#include <future>
#include <string>
#include <vector>

using namespace sluice::testing;

namespace {

struct raw_message {
    SQLRETURN answered = SQL_ERROR;
    SQLSMALLINT length = 0;
    std::string buffer;  // all 64 bytes
};

// As the driver itself gives it: the driver manager reads records once and keeps what it understood.
raw_message message_of(const fault_script& faults, SQLSMALLINT number) {
    std::uint64_t statement = 0;
    for (const auto& call : faults.calls()) {
        if (call.function == "SQLExecDirect") statement = call.handle;
    }
    void* const library = dlopen(fault_driver_path, RTLD_NOLOAD | RTLD_NOW);
    const auto get = reinterpret_cast<decltype(&SQLGetDiagRec)>(dlsym(library, "SQLGetDiagRec"));
    raw_message read;
    std::array<SQLCHAR, 64> buffer{};
    std::array<SQLCHAR, 6> state{};
    read.answered = get(SQL_HANDLE_STMT, raw::pointer_of(statement), number, state.data(), nullptr, buffer.data(),
                        static_cast<SQLSMALLINT>(buffer.size()), &read.length);
    read.buffer.assign(reinterpret_cast<const char*>(buffer.data()), buffer.size());
    dlclose(library);
    return read;
}

}  // namespace

TEST_CASE("diagnostics can be missing though there is an error") {
    fault_script faults("no diagnostics");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    CHECK(rows.execute("error HY000 diag none") == SQL_ERROR);
    CHECK(rows.diagnostics().empty());
    CHECK(message_of(faults, 1).answered == SQL_NO_DATA);
    CHECK(rows.execute("error HY000") == SQL_ERROR);
    CHECK(rows.diagnostics().size() == 1);
    faults.add("at SQLGetDiagRec error");
    CHECK(rows.execute("error HY000") == SQL_ERROR);
    CHECK(rows.diagnostics().empty());
}

TEST_CASE("diagnostics can be endless") {
    fault_script faults("endless diagnostics");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    CHECK(rows.execute("error HY000 7 diag endless 500") == SQL_ERROR);
    CHECK(rows.diagnostics().size() == 500);
    CHECK(rows.diagnostics().back().native == 7);
    CHECK(message_of(faults, 500).answered == SQL_SUCCESS);
    CHECK(message_of(faults, 501).answered == SQL_NO_DATA);
    // Without the count the driver manager would be busy for minutes: its time grows with the square of it.
    CHECK_NOTHROW(faults.add("at fetch diag endless"));
}

TEST_CASE("a message can be very long") {
    fault_script faults("long message");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    CHECK(rows.execute("error HY000 7 'short' diag long 65536") == SQL_ERROR);
    const auto read = message_of(faults, 1);
    CHECK(read.answered == SQL_SUCCESS_WITH_INFO);
    CHECK(read.length == 32'767);
    CHECK(read.buffer == "short" + std::string(58, '.') + '\0');
    REQUIRE(rows.diagnostics().size() == 1);
    CHECK(rows.diagnostics()[0].message.size() == 1'023);
}

TEST_CASE("a message can have another length than it says and no terminator") {
    fault_script faults("lying length");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    for (const int length : {-32'768, -3, 0, 3, 500, 32'767}) {
        CAPTURE(length);
        CHECK(rows.execute("error HY000 7 'no' diag length " + std::to_string(length)) == SQL_ERROR);
        CHECK(message_of(faults, 1).length == length);
        CHECK(rows.state() == "HY000");
    }
    CHECK(rows.execute("error HY000 7 'no' diag unterminated") == SQL_ERROR);
    const auto read = message_of(faults, 1);
    CHECK(read.answered == SQL_SUCCESS);
    CHECK(read.length == 2);
    CHECK(read.buffer == "no" + std::string(62, '!'));
}

TEST_CASE("indicators of a fetch say what the script wants") {
    fault_script faults("indicators");
    faults.add(
        "at fetch 1 indicator 1000000; at fetch 2 indicator SQL_NO_TOTAL column 1; at fetch 3 indicator -17 row 1");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    constexpr std::size_t block = 2;
    std::array<std::int64_t, block> ids{};
    std::array<std::array<char, 8>, block> texts{};
    std::array<SQLLEN, block> id_lengths{};
    std::array<SQLLEN, block> text_lengths{};
    rows.set(SQL_ATTR_ROW_ARRAY_SIZE, block);
    SQLBindCol(rows.get(), 1, SQL_C_SBIGINT, ids.data(), 0, id_lengths.data());
    SQLBindCol(rows.get(), 2, SQL_C_CHAR, texts.data(), 8, text_lengths.data());
    REQUIRE(rows.execute("rows 8 columns id, varchar(4) length 3") == SQL_SUCCESS);
    using lengths = std::array<SQLLEN, block>;
    CHECK(rows.fetch() == SQL_SUCCESS);
    CHECK(id_lengths == lengths{1'000'000, 1'000'000});
    CHECK(text_lengths == lengths{1'000'000, 1'000'000});
    CHECK(rows.fetch() == SQL_SUCCESS);
    CHECK(id_lengths == lengths{8, 8});
    CHECK(text_lengths == lengths{SQL_NO_TOTAL, SQL_NO_TOTAL});
    CHECK(rows.fetch() == SQL_SUCCESS);
    CHECK(id_lengths == lengths{8, -17});
    CHECK(text_lengths == lengths{3, -17});
    CHECK(ids[1] == 5);  // only the lengths are lies
    CHECK(rows.fetch() == SQL_SUCCESS);
    CHECK(text_lengths == lengths{3, 3});
}

TEST_CASE("an indicator of SQLGetData says what the script wants") {
    fault_script faults("indicator of SQLGetData");
    faults.add("at SQLGetData 1 indicator SQL_NO_TOTAL");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    REQUIRE(rows.execute("rows 1 columns text length 5") == SQL_SUCCESS);
    REQUIRE(rows.fetch() == SQL_SUCCESS);
    std::array<char, 4> text{};
    SQLLEN length = 0;
    CHECK(SQLGetData(rows.get(), 1, SQL_C_CHAR, text.data(), 4, &length) == SQL_SUCCESS_WITH_INFO);
    CHECK(length == SQL_NO_TOTAL);
    CHECK(SQLGetData(rows.get(), 1, SQL_C_CHAR, text.data(), 4, &length) == SQL_SUCCESS);
    CHECK(length == 2);
}

TEST_CASE("a fetch says more rows than the array has or none and rows have any status") {
    fault_script faults("counts");
    faults.add("at fetch 1 fetched 1000000; at fetch 2 fetched 0; at fetch 3 status SQL_ROW_ERROR row 1");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    SQLULEN fetched = 0;
    std::array<SQLUSMALLINT, 2> status{};
    rows.set(SQL_ATTR_ROW_ARRAY_SIZE, 2);
    rows.set_pointer(SQL_ATTR_ROWS_FETCHED_PTR, &fetched);
    rows.set_pointer(SQL_ATTR_ROW_STATUS_PTR, status.data());
    REQUIRE(rows.execute("rows 6") == SQL_SUCCESS);
    CHECK(rows.fetch() == SQL_SUCCESS);
    CHECK(fetched == 1'000'000);
    CHECK(rows.fetch() == SQL_SUCCESS);
    CHECK(fetched == 0);
    CHECK(rows.fetch() == SQL_SUCCESS);
    CHECK(fetched == 2);
    CHECK(status == std::array<SQLUSMALLINT, 2>{SQL_ROW_SUCCESS, SQL_ROW_ERROR});
    for (const auto& call : faults.calls()) {
        if (call.function == "SQLFetch") CHECK(call.detail == 2);  // the ledger does not lie
    }
}

TEST_CASE("a failed SQLCancel has its own record and is no violation") {
    fault_script faults("failed cancel");
    faults.add("at SQLCancel error HYC00 3 'no'");
    raw::connection on(faults.connection_string());
    raw::statement rows(on);
    auto state = std::async(std::launch::async, [&] {
        SQLCancel(rows.get());
        return rows.state();
    });
    CHECK(state.get() == "HYC00");
    faults.add("at execute hang");
    auto cancelling = std::async(std::launch::async, [&] {
        if (!faults.wait_until_hanging(1)) return SQLRETURN{SQL_SUCCESS};
        const SQLRETURN answered = SQLCancel(rows.get());
        faults.release();
        return answered;
    });
    CHECK(rows.execute("rows 1") == SQL_SUCCESS);
    CHECK(cancelling.get() == SQL_ERROR);
    CHECK(faults.count("SQLCancel") == 2);
    CHECK(faults.violations().empty());
}

TEST_CASE("a mistake in a lie is refused") {
    fault_script faults("mistakes in lies");
    for (const char* rules :
         {"at fetch fetched", "at fetch fetched -1", "at fetch indicator", "at fetch indicator SQL_SOMETHING",
          "at fetch indicator 1 column", "at fetch indicator 1 row x", "at fetch status 65536", "at fetch diag",
          "at fetch diag long", "at fetch diag long 99999999", "at fetch diag length 32768", "at fetch diag shy"}) {
        CAPTURE(rules);
        CHECK_THROWS_AS(faults.add(rules), std::invalid_argument);
    }
}
