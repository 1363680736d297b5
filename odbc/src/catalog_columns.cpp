#include "catalog_columns.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace sluice::odbc {
namespace {

enum class kind : std::uint8_t {
    text,
    number,
    reserved,  // of no meaning yet: as the driver has it
};

struct standard_column {
    std::string_view name;
    kind what = kind::text;
};

constexpr std::array<standard_column, 5> table_columns{{
    {"TABLE_CAT"},
    {"TABLE_SCHEM"},
    {"TABLE_NAME"},
    {"TABLE_TYPE"},
    {"REMARKS"},
}};
constexpr std::array<standard_column, 18> column_columns{{
    {"TABLE_CAT"},
    {"TABLE_SCHEM"},
    {"TABLE_NAME"},
    {"COLUMN_NAME"},
    {"DATA_TYPE", kind::number},
    {"TYPE_NAME"},
    {"COLUMN_SIZE", kind::number},
    {"BUFFER_LENGTH", kind::number},
    {"DECIMAL_DIGITS", kind::number},
    {"NUM_PREC_RADIX", kind::number},
    {"NULLABLE", kind::number},
    {"REMARKS"},
    {"COLUMN_DEF"},
    {"SQL_DATA_TYPE", kind::number},
    {"SQL_DATETIME_SUB", kind::number},
    {"CHAR_OCTET_LENGTH", kind::number},
    {"ORDINAL_POSITION", kind::number},
    {"IS_NULLABLE"},
}};
constexpr std::array<standard_column, 6> primary_key_columns{{
    {"TABLE_CAT"},
    {"TABLE_SCHEM"},
    {"TABLE_NAME"},
    {"COLUMN_NAME"},
    {"KEY_SEQ", kind::number},
    {"PK_NAME"},
}};
constexpr std::array<standard_column, 14> foreign_key_columns{{
    {"PKTABLE_CAT"},
    {"PKTABLE_SCHEM"},
    {"PKTABLE_NAME"},
    {"PKCOLUMN_NAME"},
    {"FKTABLE_CAT"},
    {"FKTABLE_SCHEM"},
    {"FKTABLE_NAME"},
    {"FKCOLUMN_NAME"},
    {"KEY_SEQ", kind::number},
    {"UPDATE_RULE", kind::number},
    {"DELETE_RULE", kind::number},
    {"FK_NAME"},
    {"PK_NAME"},
    {"DEFERRABILITY", kind::number},
}};
constexpr std::array<standard_column, 13> index_columns{{
    {"TABLE_CAT"},
    {"TABLE_SCHEM"},
    {"TABLE_NAME"},
    {"NON_UNIQUE", kind::number},
    {"INDEX_QUALIFIER"},
    {"INDEX_NAME"},
    {"TYPE", kind::number},
    {"ORDINAL_POSITION", kind::number},
    {"COLUMN_NAME"},
    {"ASC_OR_DESC"},
    {"CARDINALITY", kind::number},
    {"PAGES", kind::number},
    {"FILTER_CONDITION"},
}};
constexpr std::array<standard_column, 8> procedure_columns{{
    {"PROCEDURE_CAT"},
    {"PROCEDURE_SCHEM"},
    {"PROCEDURE_NAME"},
    {"NUM_INPUT_PARAMS", kind::reserved},
    {"NUM_OUTPUT_PARAMS", kind::reserved},
    {"NUM_RESULT_SETS", kind::reserved},
    {"REMARKS"},
    {"PROCEDURE_TYPE", kind::number},
}};
constexpr std::array<standard_column, 19> data_type_columns{{
    {"TYPE_NAME"},
    {"DATA_TYPE", kind::number},
    {"COLUMN_SIZE", kind::number},
    {"LITERAL_PREFIX"},
    {"LITERAL_SUFFIX"},
    {"CREATE_PARAMS"},
    {"NULLABLE", kind::number},
    {"CASE_SENSITIVE", kind::number},
    {"SEARCHABLE", kind::number},
    {"UNSIGNED_ATTRIBUTE", kind::number},
    {"FIXED_PREC_SCALE", kind::number},
    {"AUTO_UNIQUE_VALUE", kind::number},
    {"LOCAL_TYPE_NAME"},
    {"MINIMUM_SCALE", kind::number},
    {"MAXIMUM_SCALE", kind::number},
    {"SQL_DATA_TYPE", kind::number},
    {"SQL_DATETIME_SUB", kind::number},
    {"NUM_PREC_RADIX", kind::number},
    {"INTERVAL_PRECISION", kind::number},
}};

std::span<const standard_column> columns_of(catalog_subject subject) noexcept {
    switch (subject) {
        case catalog_subject::tables:
            return table_columns;
        case catalog_subject::columns:
            return column_columns;
        case catalog_subject::primary_keys:
            return primary_key_columns;
        case catalog_subject::foreign_keys:
            return foreign_key_columns;
        case catalog_subject::indexes:
            return index_columns;
        case catalog_subject::procedures:
            return procedure_columns;
        case catalog_subject::data_types:
            return data_type_columns;
    }
    return {};
}

bool is_text(SQLSMALLINT type) noexcept {
    switch (type) {
        case SQL_CHAR:
        case SQL_VARCHAR:
        case SQL_LONGVARCHAR:
        case SQL_WCHAR:
        case SQL_WVARCHAR:
        case SQL_WLONGVARCHAR:
            return true;
        default:
            return false;
    }
}

void give(const standard_column& standard, described_column& to) {
    to.name = standard.name;
    if (standard.what == kind::reserved) return;
    if (standard.what == kind::number) {
        to.sql_type = SQL_INTEGER;
        to.type_name = "integer";
        to.is_unsigned = false;
        to.octets = 0;
        to.decimals = 0;
        return;
    }
    if (!is_text(to.sql_type)) to.sql_type = SQL_VARCHAR;
    to.type_name = "text";
}

}  // namespace

void give_standard_columns(catalog_subject subject, std::vector<described_column>& described) {
    const auto standard = columns_of(subject);
    for (std::size_t i = 0; i < std::min(standard.size(), described.size()); ++i) give(standard[i], described[i]);
}

}  // namespace sluice::odbc
