// SQLDriverConnect, SQLDisconnect, SQLEndTran and the attributes of a connection.
//
// Threads: as entry.hpp.

#include "connection_string.hpp"
#include "entry.hpp"

#include <algorithm>
#include <string>

namespace sluice::fault_driver {
namespace {

SQLRETURN connect(connection& on) {
    if (!gate::instance().open(*on.of, on.watch)) return on.diag.error("08001", "the server is down");
    on.dead = false;
    on.autocommit = true;
    on.in_transaction = false;
    handle_table::instance().set_connected(on);
    return SQL_SUCCESS;
}

// Also where the connect did its work and yet failed: a server keeps no connection that its client knows nothing of.
void disconnect(connection& on) {
    gate::instance().close(on.watch);
    handle_table::instance().set_disconnected(on);
    on.in_transaction = false;
}

SQLRETURN lost(diagnostics& diag) {
    return diag.error("08S01", "the connection is lost");
}

SQLRETURN set_autocommit(connection& on, bool wanted) {
    if (on.dead) return lost(on.diag);
    on.autocommit = wanted;
    if (wanted) on.in_transaction = false;  // which committed it
    return SQL_SUCCESS;
}

// Attributes that are read back as they were set, and have no effect.
bool is_remembered(SQLINTEGER attribute) noexcept {
    switch (attribute) {
        case SQL_ATTR_ACCESS_MODE:
        case SQL_ATTR_CONNECTION_TIMEOUT:
        case SQL_ATTR_LOGIN_TIMEOUT:
        case SQL_ATTR_METADATA_ID:
        case SQL_ATTR_PACKET_SIZE:
        case SQL_ATTR_TXN_ISOLATION:
            return true;
        default:
            return false;
    }
}

SQLRETURN no_attribute(connection& on, SQLINTEGER attribute) {
    return on.diag.error("HY092", "there is no connection attribute " + std::to_string(attribute));
}

SQLRETURN set_attribute(connection& on, SQLINTEGER attribute, SQLPOINTER value) {
    const auto number = static_cast<SQLULEN>(number_of(value));
    if (attribute == SQL_ATTR_AUTOCOMMIT) return set_autocommit(on, number == SQL_AUTOCOMMIT_ON);
    if (!is_remembered(attribute)) return no_attribute(on, attribute);
    if (attribute == SQL_ATTR_TXN_ISOLATION && on.in_transaction)
        return on.diag.error("HY011", "a transaction is open");
    on.attributes[attribute] = number;
    return SQL_SUCCESS;
}

SQLRETURN get_attribute(connection& on, SQLINTEGER attribute, SQLPOINTER value, SQLINTEGER* length) {
    SQLULEN number = 0;
    if (attribute == SQL_ATTR_AUTOCOMMIT) {
        number = on.autocommit ? SQL_AUTOCOMMIT_ON : SQL_AUTOCOMMIT_OFF;
    } else if (attribute == SQL_ATTR_CONNECTION_DEAD) {
        number = on.dead ? SQL_CD_TRUE : SQL_CD_FALSE;
    } else if (is_remembered(attribute)) {
        const auto found = on.attributes.find(attribute);
        const SQLULEN unset = attribute == SQL_ATTR_TXN_ISOLATION ? SQL_TXN_READ_COMMITTED : 0;
        number = found == on.attributes.end() ? unset : found->second;
    } else {
        return no_attribute(on, attribute);
    }
    if (value != nullptr) *static_cast<SQLUINTEGER*>(value) = static_cast<SQLUINTEGER>(number);
    if (length != nullptr) *length = sizeof(SQLUINTEGER);
    return SQL_SUCCESS;
}

}  // namespace

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLDriverConnect(SQLHDBC handle, SQLHWND, SQLCHAR* in, SQLSMALLINT in_length,
                                                       SQLCHAR* out, SQLSMALLINT capacity, SQLSMALLINT* out_length,
                                                       SQLUSMALLINT) {
    std::string text;
    std::shared_ptr<connection> on;
    try {
        text = text_of(in, in_length);
        // Before the call enters: a hang or an error in the connect itself belongs to the script named in the string.
        script* const of = gate::instance().named(value_of(text, "Script"));
        on = handle_table::instance().find_connection(handle);
        if (of == nullptr) return SQL_ERROR;
        if (on) handle_table::instance().set_script(*on, *of);
    } catch (...) {
        return SQL_ERROR;
    }
    bool opened = false;
    const SQLRETURN answered = on_connection(function::SQLDriverConnect, handle, [&](const auto& to, visit&) {
        const SQLRETURN connected = connect(*to);
        if (connected != SQL_SUCCESS) return connected;
        opened = true;
        if (!copy_text(text, out, capacity, out_length)) return connected;
        to->diag.error("01004", "the completed connection string was cut");
        return static_cast<SQLRETURN>(SQL_SUCCESS_WITH_INFO);
    });
    if (opened && !SQL_SUCCEEDED(answered)) disconnect(*on);
    return answered;
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLDisconnect(SQLHDBC handle) {
    return on_connection(function::SQLDisconnect, handle,
                         [](const std::shared_ptr<connection>& on, visit&) -> SQLRETURN {
                             if (!on->connected) return on->diag.error("08003", "the connection is not open");
                             disconnect(*on);
                             return SQL_SUCCESS;
                         });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLEndTran(SQLSMALLINT type, SQLHANDLE handle, SQLSMALLINT how) {
    if (type != SQL_HANDLE_DBC) return SQL_ERROR;  // the driver manager goes through the connections of an environment
    const char* const text = how == SQL_COMMIT ? "commit" : "rollback";
    return on_connection(function::SQLEndTran, handle, text, [](const auto& on, visit&) -> SQLRETURN {
        if (on->dead) return lost(on->diag);
        on->in_transaction = false;
        return SQL_SUCCESS;
    });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLSetConnectAttr(SQLHDBC handle, SQLINTEGER attribute, SQLPOINTER value,
                                                        SQLINTEGER) {
    return on_connection(function::SQLSetConnectAttr, handle, [=](const std::shared_ptr<connection>& on, visit&) {
        return set_attribute(*on, attribute, value);
    });
}

SLUICE_FAULT_EXPORT SQLRETURN SQL_API SQLGetConnectAttr(SQLHDBC handle, SQLINTEGER attribute, SQLPOINTER value,
                                                        SQLINTEGER, SQLINTEGER* length) {
    return on_connection(function::SQLGetConnectAttr, handle, [=](const std::shared_ptr<connection>& on, visit&) {
        return get_attribute(*on, attribute, value, length);
    });
}

}  // namespace sluice::fault_driver
