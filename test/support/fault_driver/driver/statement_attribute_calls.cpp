// SQLSetStmtAttr and SQLGetStmtAttr.
//
// Threads: as entry.hpp.

#include "entry.hpp"

#include <array>
#include <string>

namespace sluice::fault_driver {
namespace {

// Attributes that have one value here. Another one is changed to it with 01S02, or refused with HYC00 where the
// application would go wrong with it.
struct fixed_attribute {
    SQLINTEGER attribute;
    SQLULEN value;
    bool refuses_others;
};
constexpr std::array fixed_attributes = {
    fixed_attribute{SQL_ATTR_ASYNC_ENABLE, SQL_ASYNC_ENABLE_OFF, false},
    fixed_attribute{SQL_ATTR_CONCURRENCY, SQL_CONCUR_READ_ONLY, false},
    fixed_attribute{SQL_ATTR_CURSOR_SCROLLABLE, SQL_NONSCROLLABLE, false},
    fixed_attribute{SQL_ATTR_CURSOR_TYPE, SQL_CURSOR_FORWARD_ONLY, false},
    fixed_attribute{SQL_ATTR_MAX_LENGTH, 0, false},
    fixed_attribute{SQL_ATTR_MAX_ROWS, 0, false},
    fixed_attribute{SQL_ATTR_PARAMSET_SIZE, 1, true},
    fixed_attribute{SQL_ATTR_ROW_BIND_TYPE, SQL_BIND_BY_COLUMN, true},
    fixed_attribute{SQL_ATTR_USE_BOOKMARKS, SQL_UB_OFF, false},
};

const fixed_attribute* find_fixed(SQLINTEGER attribute) noexcept {
    for (const fixed_attribute& each : fixed_attributes) {
        if (each.attribute == attribute) return &each;
    }
    return nullptr;
}

SQLRETURN set_fixed(statement& on, const fixed_attribute& to, SQLULEN wanted) {
    if (wanted == to.value) return SQL_SUCCESS;
    if (to.refuses_others) return on.diag.not_implemented("that value of the attribute");
    on.diag.error("01S02", "the value of the attribute was changed to the only one there is");
    return SQL_SUCCESS_WITH_INFO;
}

SQLRETURN set_row_array_size(statement& on, SQLULEN rows) {
    if (rows == 0) return on.diag.error("HY024", "a block has at least one row");
    on.row_array_size = rows;
    return SQL_SUCCESS;
}

// Attributes that are read back as they were set, and have no effect. 0 at first.
bool is_remembered(SQLINTEGER attribute) noexcept {
    switch (attribute) {
        case SQL_ATTR_CURSOR_SENSITIVITY:
        case SQL_ATTR_METADATA_ID:
        case SQL_ATTR_NOSCAN:
        case SQL_ATTR_PARAM_BIND_TYPE:
        case SQL_ATTR_PARAM_STATUS_PTR:
        case SQL_ATTR_PARAMS_PROCESSED_PTR:
        case SQL_ATTR_QUERY_TIMEOUT:
        case SQL_ATTR_RETRIEVE_DATA:
            return true;
        default:
            return false;
    }
}

SQLRETURN no_attribute(statement& on, SQLINTEGER attribute) {
    return on.diag.error("HY092", "there is no statement attribute " + std::to_string(attribute));
}

SQLRETURN set_attribute(statement& on, SQLINTEGER attribute, SQLPOINTER value) {
    const auto number = static_cast<SQLULEN>(number_of(value));
    switch (attribute) {
        case SQL_ATTR_ROW_ARRAY_SIZE:
            return set_row_array_size(on, number);
        case SQL_ATTR_ROWS_FETCHED_PTR:
            on.rows_fetched = static_cast<SQLULEN*>(value);
            return SQL_SUCCESS;
        case SQL_ATTR_ROW_STATUS_PTR:
            on.row_status = static_cast<SQLUSMALLINT*>(value);
            return SQL_SUCCESS;
        case SQL_ATTR_ROW_BIND_OFFSET_PTR:
            on.bind_offset = static_cast<const SQLULEN*>(value);
            return SQL_SUCCESS;
        default:
            break;
    }
    if (const auto* const fixed = find_fixed(attribute)) return set_fixed(on, *fixed, number);
    if (!is_remembered(attribute)) return no_attribute(on, attribute);
    on.attributes[attribute] = number;
    return SQL_SUCCESS;
}

template <class Value>
SQLRETURN answer(Value found, SQLPOINTER value, SQLINTEGER* length) {
    if (value != nullptr) *static_cast<Value*>(value) = found;
    if (length != nullptr) *length = static_cast<SQLINTEGER>(sizeof found);
    return SQL_SUCCESS;
}

SQLRETURN get_attribute(statement& on, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER* length) {
    switch (attribute) {
        // The driver manager wants these when it allocates a statement; what they are is never looked at.
        case SQL_ATTR_APP_ROW_DESC:
        case SQL_ATTR_APP_PARAM_DESC:
        case SQL_ATTR_IMP_ROW_DESC:
        case SQL_ATTR_IMP_PARAM_DESC: {
            const auto number = on.handle + 1 + static_cast<std::uint64_t>(attribute - SQL_ATTR_APP_ROW_DESC);
            return answer(handle_of(number), value, length);
        }
        case SQL_ATTR_ROWS_FETCHED_PTR:
            return answer(on.rows_fetched, value, length);
        case SQL_ATTR_ROW_STATUS_PTR:
            return answer(on.row_status, value, length);
        case SQL_ATTR_ROW_BIND_OFFSET_PTR:
            return answer(on.bind_offset, value, length);
        case SQL_ATTR_ROW_ARRAY_SIZE:
            return answer(on.row_array_size, value, length);
        case SQL_ATTR_ROW_NUMBER:
            return answer<SQLULEN>(on.cursor ? on.cursor->block_row + on.cursor->position + 1 : 0, value, length);
        default:
            break;
    }
    if (const auto* const fixed = find_fixed(attribute)) return answer(fixed->value, value, length);
    if (!is_remembered(attribute)) return no_attribute(on, attribute);
    const auto found = on.attributes.find(attribute);
    return answer<SQLULEN>(found == on.attributes.end() ? 0 : found->second, value, length);
}

}  // namespace

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLSetStmtAttr(SQLHSTMT handle, SQLINTEGER attribute, SQLPOINTER value,
                                                     SQLINTEGER) {
    return on_statement(function::SQLSetStmtAttr, handle,
                        [=](statement& on, visit&) { return set_attribute(on, attribute, value); });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLGetStmtAttr(SQLHSTMT handle, SQLINTEGER attribute, SQLPOINTER value,
                                                     SQLINTEGER, SQLINTEGER* length) {
    return on_statement(function::SQLGetStmtAttr, handle,
                        [=](statement& on, visit&) { return get_attribute(on, attribute, value, length); });
}

}  // namespace sluice::fault_driver
