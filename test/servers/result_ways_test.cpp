// Each way of reading gives the same rows of the same statement: in blocks, row by row into bound buffers, row by row
// by SQLGetData. The profile is what chooses; here it is changed under a real driver.
#include "results.hpp"
#include "statement.hpp"

using namespace results;
using sluice::odbc::connection_state;
using sluice::odbc::driver_kind;
using sluice::odbc::driver_profile;
using sluice::odbc::executed_statement;
using sluice::odbc::long_reading;

namespace {

class raw_connection {
public:
    raw_connection(server s, const std::string& database) {
        (void)state.env.allocate(SQL_NULL_HANDLE);
        SQLSetEnvAttr(state.env.get(), SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
        (void)state.dbc.allocate(state.env.get());
        const std::string string = connection_string(s, database) + (s == server::postgresql ? ";BoolsAsChar=0"
                                                                     : s == server::mariadb  ? ";CHARSET=utf8mb4"
                                                                                             : ";BigInt=1");
        const SQLRETURN rc = SQLDriverConnect(state.dbc.get(), nullptr, sluice::odbc::api::text(string), SQL_NTS,
                                              nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT);
        if (!SQL_SUCCEEDED(rc)) FAIL("no connection to " << name_of(s));
    }
    ~raw_connection() { SQLDisconnect(state.dbc.get()); }

    table read(const driver_profile& profile, const std::string& sql, const cursor_options& how) {
        state.profile = &profile;
        executed_statement executed;
        executed.connection = &state;
        (void)executed.handle.allocate(state.dbc.get());
        const SQLRETURN rc = SQLExecDirect(executed.handle.get(), sluice::odbc::api::text(sql), SQL_NTS);
        if (!SQL_SUCCEEDED(rc)) FAIL(sql);
        auto rows = sluice::odbc::open_cursor(std::move(executed), how);
        if (!rows) FAIL(rows.error().to_string());
        return read_all(*rows);
    }

    connection_state state;
};

void check_ways(server s, const driver_profile& own, const std::string& sql, std::size_t rows) {
    INFO(name_of(s));
    raw_connection on(s, "result_ways");
    const table wanted = on.read(own, sql, whole());
    if (wanted.failure) FAIL(wanted.failure->to_string());
    REQUIRE(wanted.rows.size() == rows);
    for (const auto way : {long_reading::set_pos, long_reading::single_row_on_overflow,
                           long_reading::single_row_above_cap, long_reading::single_row_if_unsized}) {
        // Only psqlodbc can read a cell of a block again.
        if (way == long_reading::set_pos && s != server::postgresql) continue;
        for (const auto kind : {own.kind, driver_kind::other}) {
            driver_profile changed = own;
            changed.long_values = way;
            changed.kind = kind;
            for (const auto& how : {whole(), stream(1), stream(7), stream(1'024, 3'000), stream()}) {
                const table got = on.read(changed, sql, how);
                INFO("way " << static_cast<int>(way) << " batch_rows " << how.batch_rows);
                if (got.failure) FAIL(got.failure->to_string());
                CHECK(got.rows == wanted.rows);
            }
        }
    }
}

}  // namespace

TEST_CASE("postgresql: each way of reading gives the same rows") {
    check_ways(
        server::postgresql, sluice::odbc::postgresql_profile,
        "select i, case when i % 7 = 0 then null else i * 1.5::float8 end, i::real / 3, i % 2 = 0, "
        "case when i % 5 = 0 then null when i % 11 = 0 then repeat('long', i * 20) else 'short ' || i end::text, "
        "decode(repeat('0a', i % 300), 'hex'), i * 1.25::numeric(20,4), date '2020-01-01' + i, "
        "time '10:00:00' + i * interval '1.5 s', timestamp '2020-01-01' + i * interval '1.25 s', "
        "case when i % 3 = 0 then null::bool else true end from generate_series(1, 400) i",
        400);
}

TEST_CASE("mariadb: each way of reading gives the same rows") {
    check_ways(
        server::mariadb, sluice::odbc::mariadb_profile,
        "select seq, if(seq % 7 = 0, null, seq * 1.5e0), cast(seq / 3 as float), "
        "if(seq % 5 = 0, null, concat('short ', seq)), seq * 1.25, date_add(date '2020-01-01', interval seq day), "
        "cast(sec_to_time(seq + 0.5) as time(6)), cast(seq as unsigned), repeat(x'0a', seq % 300) "
        "from seq_1_to_400",
        400);
}

TEST_CASE("sqlite: each way of reading gives the same rows") {
    {
        auto on = connect(server::sqlite, "result_ways");
        run(on, "drop table if exists ways");
        run(on,
            "create table ways(i integer, r real, b boolean, t text, x blob, n decimal(20,4), d date, ti time, "
            "ts timestamp)");
        run(on,
            "insert into ways with recursive c(i) as (select 1 union all select i + 1 from c where i < 400) select i, "
            "case when i % 7 = 0 then null else i * 1.5 end, i % 2, case when i % 5 = 0 then null when i % 11 = 0 then "
            "substr(replace(hex(zeroblob(i * 40)), '0', 'l'), 1, i * 80) else 'short ' || i end, zeroblob(i % 300), "
            "i * 1.25, date('2020-01-01', i || ' days'), time('10:00:00', i || ' seconds'), "
            "datetime('2020-01-01', i || ' seconds') from c");
    }
    check_ways(server::sqlite, sluice::odbc::sqlite_profile, "select * from ways order by i", 400);
}
