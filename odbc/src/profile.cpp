#include "profile.hpp"

#include "words.hpp"

#include <array>

namespace sluice::odbc {
namespace {

// Numbers that nobody answers are noticed after 30 + 3 x 10 s, sent bytes that nobody acknowledges after 60 s.
constexpr std::array<connect_default, 3> postgresql_defaults{{
    {"BoolsAsChar", "0", "B9"},
    {"Protocol", "7.4-2", "A1"},
    {"pqopt", "keepalives_idle=30 keepalives_interval=10 keepalives_count=3 tcp_user_timeout=60000",
     "KeepaliveTime KeepaliveInterval"},
}};

constexpr std::array<connect_default, 2> mariadb_defaults{{
    {"CONN_TIMEOUT", "<login>", ""},
    {"CHARSET", "utf8mb4", ""},
}};

constexpr std::array<connect_default, 3> sqlite_defaults{{
    {"StepAPI", "1", ""},
    {"Timeout", "2000", ""},
    {"BigInt", "1", ""},
}};

constexpr std::string_view mariadb_primary_keys =
    "select table_schema TABLE_CAT, cast(null as char(64)) TABLE_SCHEM, table_name TABLE_NAME, column_name "
    "COLUMN_NAME, "
    "cast(ordinal_position as signed) KEY_SEQ, constraint_name PK_NAME from information_schema.key_column_usage "
    "where constraint_name = 'PRIMARY' and table_schema = coalesce(?, database()) and table_name = ? "
    "order by table_schema, table_name, ordinal_position";
constexpr std::string_view sqlite_primary_keys =
    "select null TABLE_CAT, null TABLE_SCHEM, m.name TABLE_NAME, p.name COLUMN_NAME, p.pk KEY_SEQ, null PK_NAME "
    "from sqlite_master m, pragma_table_info(m.name) p where m.type = 'table' and m.name = ? and p.pk > 0 order by "
    "p.pk";

}  // namespace

constinit const driver_profile postgresql_profile{
    .name = "postgresql",
    .kind = driver_kind::postgresql,
    .library_marks = "psqlodbc",
    .defaults = postgresql_defaults,
    .long_values = long_reading::set_pos,
    .streams = streaming::declare_fetch,
    .outputs_are_a_row = true,
    .parameters_max = limits::postgresql_parameters_max,
    .keeps = keeping::any,
    .disconnect_frees = true,
    .cancel_in_fetch = cancelling::side_session,
    .catalog_is_ignored = true,
    .escapes_its_escape = false,
    .large_unsigned = unsigned_form::native,
    .times = time_form::varchar,
    .savepoint_is_no_statement = true,
    .fraction_digits = 6,
    .insert_rows = 500,
    .insert_array_rows = 1'000,
    .insert_array_rows_least = 100,
    .dead = dead_attribute::local,
    .check = transaction_check::isolation,
};

constinit const driver_profile mariadb_profile{
    .name = "mariadb",
    .kind = driver_kind::mariadb,
    .library_marks = "maodbc",
    .defaults = mariadb_defaults,
    .long_values = long_reading::single_row_above_cap,
    .streams = streaming::none,
    .outputs_are_a_row = true,
    .runs_all_at_once = false,
    .call_ends_with_status = true,
    .primary_keys_sql = mariadb_primary_keys,
    .primary_keys_take_catalog = true,
    .text_may_hold_nul = true,
    .has_nan = false,
    .has_infinity = false,
    .large_unsigned = unsigned_form::native,
    .times = time_form::varchar,
    .errors_in_warnings = true,
    .fraction_digits = 6,
    .insert_rows = 500,
    .insert_parameter_rows = 1'000,
    .dead = dead_attribute::asks,
};

constinit const driver_profile sqlite_profile{
    .name = "sqlite",
    .kind = driver_kind::sqlite,
    .library_marks = "sqlite",
    .defaults = sqlite_defaults,
    .takes_braces = false,
    .required_key = "Database",
    .long_values = long_reading::single_row_on_overflow,
    .streams = streaming::step_api,
    .results_as_text = true,
    .has_several = false,
    .keeps = keeping::same_schema,
    .cancel_in_execute = cancelling::interrupter,
    .cancel_in_fetch = cancelling::interrupter,
    .index_table_is_pattern = true,
    .primary_keys_sql = sqlite_primary_keys,
    .has_nan = false,
    .large_unsigned = unsigned_form::refused,
    .decimal_type = SQL_VARCHAR,
    .dates = date_form::text,
    .times = time_form::varchar,
    .insert_rows = 100,
    .one_writer = true,
    .dead = dead_attribute::no_server,
    .check = transaction_check::begin,
    .conflict_fails_transaction = false,
};

constinit const driver_profile default_profile{.name = "default"};

const driver_profile& profile_of_library(std::string_view file_name) noexcept {
    const auto slash = file_name.rfind('/');
    if (slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
    for (const auto* profile : {&postgresql_profile, &mariadb_profile, &sqlite_profile})
        if (any_word(profile->library_marks, [&](std::string_view mark) { return has_text(file_name, mark); }))
            return *profile;
    return default_profile;
}

}  // namespace sluice::odbc
