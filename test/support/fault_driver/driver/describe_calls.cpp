// SQLNumResultCols, SQLDescribeCol, SQLColAttribute.
//
// Threads: as entry.hpp.

#include "entry.hpp"

#include <string>

namespace sluice::fault_driver {
namespace {

const column* find_column(statement& on, SQLUSMALLINT number) {
    if (on.columns.empty()) {
        on.diag.error("07005", "the statement has no result");
    } else if (number == 0 || number > on.columns.size()) {
        on.diag.error("07009", "there is no column " + std::to_string(number));
    } else {
        return &on.columns[number - 1U];
    }
    return nullptr;
}

struct text_out {
    SQLPOINTER text;
    SQLSMALLINT capacity;
    SQLSMALLINT* length;
};

SQLRETURN give_text(statement& on, const std::string& text, const text_out& out) {
    if (!copy_text(text, out.text, out.capacity, out.length)) return SQL_SUCCESS;
    on.diag.error("01004", "the text was cut");
    return SQL_SUCCESS_WITH_INFO;
}

// The fields that are text; null for one that is a number.
const char* text_field(const column_description& of, SQLUSMALLINT field) {
    switch (field) {
        case SQL_COLUMN_NAME:
        case SQL_DESC_NAME:
        case SQL_DESC_LABEL:
        case SQL_DESC_BASE_COLUMN_NAME:
            return of.name.c_str();
        case SQL_DESC_TYPE_NAME:
        case SQL_DESC_LOCAL_TYPE_NAME:
            return of.type_name;
        case SQL_DESC_TABLE_NAME:
        case SQL_DESC_BASE_TABLE_NAME:
        case SQL_DESC_SCHEMA_NAME:
        case SQL_DESC_CATALOG_NAME:
        case SQL_DESC_LITERAL_PREFIX:
        case SQL_DESC_LITERAL_SUFFIX:
            return "";
        default:
            return nullptr;
    }
}

bool number_field(const column_description& of, SQLUSMALLINT field, SQLLEN& number) {
    const bool bytes = of.sql_type == SQL_VARCHAR || of.sql_type == SQL_LONGVARCHAR || of.sql_type == SQL_VARBINARY;
    switch (field) {
        case SQL_DESC_TYPE:
            number = of.sql_type == SQL_TYPE_TIMESTAMP ? SQL_DATETIME : of.sql_type;
            break;
        case SQL_DESC_CONCISE_TYPE:
            number = of.sql_type;
            break;
        case SQL_COLUMN_LENGTH:
        case SQL_DESC_OCTET_LENGTH:
            number = of.octets;
            break;
        case SQL_COLUMN_PRECISION:
        case SQL_DESC_LENGTH:
        case SQL_DESC_PRECISION:
        case SQL_DESC_DISPLAY_SIZE:
            number = static_cast<SQLLEN>(of.size);
            break;
        case SQL_COLUMN_SCALE:
        case SQL_DESC_SCALE:
            number = of.digits;
            break;
        case SQL_COLUMN_NULLABLE:
        case SQL_DESC_NULLABLE:
            number = of.nullable;
            break;
        case SQL_DESC_UNSIGNED:
            number = bytes || of.sql_type == SQL_TYPE_TIMESTAMP ? SQL_TRUE : SQL_FALSE;
            break;
        case SQL_DESC_CASE_SENSITIVE:
            number = bytes ? SQL_TRUE : SQL_FALSE;
            break;
        case SQL_DESC_SEARCHABLE:
            number = SQL_PRED_SEARCHABLE;
            break;
        case SQL_DESC_NUM_PREC_RADIX:
            number = bytes ? 0 : 10;
            break;
        case SQL_DESC_UNNAMED:
        case SQL_DESC_UPDATABLE:
        case SQL_DESC_AUTO_UNIQUE_VALUE:
        case SQL_DESC_FIXED_PREC_SCALE:
            number = 0;  // named, read-only, not unique, not fixed
            break;
        default:
            return false;
    }
    return true;
}

SQLRETURN column_attribute(statement& on, SQLUSMALLINT at, SQLUSMALLINT field, const text_out& out, SQLLEN* number) {
    SQLLEN found = 0;
    if (field == SQL_DESC_COUNT || field == SQL_COLUMN_COUNT) {
        found = static_cast<SQLLEN>(on.columns.size());
    } else {
        const column* const of = find_column(on, at);
        if (of == nullptr) return SQL_ERROR;
        const column_description described = describe(*of);
        if (const char* const text = text_field(described, field)) return give_text(on, text, out);
        if (!number_field(described, field, found))
            return on.diag.error("HY091", "no such field: " + std::to_string(field));
    }
    if (number != nullptr) *number = found;
    return SQL_SUCCESS;
}

}  // namespace

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLNumResultCols(SQLHSTMT handle, SQLSMALLINT* count) {
    return on_statement(function::SQLNumResultCols, handle, [=](statement& on, visit&) -> SQLRETURN {
        if (count != nullptr) *count = static_cast<SQLSMALLINT>(on.columns.size());
        return SQL_SUCCESS;
    });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLDescribeCol(SQLHSTMT handle, SQLUSMALLINT number, SQLCHAR* name,
                                                     SQLSMALLINT capacity, SQLSMALLINT* length, SQLSMALLINT* type,
                                                     SQLULEN* size, SQLSMALLINT* digits, SQLSMALLINT* nullable) {
    return on_statement(function::SQLDescribeCol, handle, [=](statement& on, visit&) -> SQLRETURN {
        const column* const of = find_column(on, number);
        if (of == nullptr) return SQL_ERROR;
        const column_description described = describe(*of);
        if (type != nullptr) *type = described.sql_type;
        if (size != nullptr) *size = described.size;
        if (digits != nullptr) *digits = described.digits;
        if (nullable != nullptr) *nullable = described.nullable;
        return give_text(on, described.name, {name, capacity, length});
    });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLColAttribute(SQLHSTMT handle, SQLUSMALLINT column, SQLUSMALLINT field,
                                                      SQLPOINTER text, SQLSMALLINT capacity, SQLSMALLINT* length,
                                                      SQLLEN* number) {
    return on_statement(function::SQLColAttribute, handle, [=](statement& on, visit&) {
        return column_attribute(on, column, field, {text, capacity, length}, number);
    });
}

}  // namespace sluice::fault_driver
