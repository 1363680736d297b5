#pragma once
// Environments, connections and statements, and the table of those that live. A handle is a number that is never given
// out twice, so a stale one is found to be stale instead of pointing into freed memory.
//
// Threads: the table does its own locking. What is inside a connection and its statements belongs to the thread that is
// inside (see visit), but for the members that say otherwise.

#include "convert.hpp"
#include "diagnostics.hpp"
#include "form.hpp"
#include "gate.hpp"
#include "parameters.hpp"
#include "result.hpp"

#include <sql.h>
#include <sqlext.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::fault_driver {

struct connection {
    std::uint64_t handle = 0;  // constant
    connection_watch watch;    // guarded by the gate
    script* of = nullptr;      // written under the table's lock, by the thread inside
    bool connected = false;    // the same
    diagnostics diag;
    bool dead = false;
    bool autocommit = true;
    bool in_transaction = false;
    std::map<SQLINTEGER, SQLULEN> attributes;  // the ones that are only remembered
};

// What SQLPrepare or SQLExecDirect made of an SQL text: a form, or what is wrong with it.
struct prepared_text {
    std::string sql;
    std::optional<form> meaning;
    std::string mistake;
};

struct open_cursor {
    result rows;
    std::uint64_t next_row = 0;
    std::uint64_t block_row = 0;   // first row of the last block
    std::uint64_t block_rows = 0;  // rows of it; 0: SQLGetData has none to read
    std::uint64_t position = 0;    // row within the block that SQLGetData reads
    // Where SQLGetData stopped: a column read twice continues, another one begins anew.
    std::size_t column = 0;               // from 1
    std::optional<std::uint64_t> offset;  // nothing: the value has been read to its end
};

struct statement {
    std::uint64_t handle = 0;            // constant
    std::shared_ptr<connection> parent;  // constant
    script* of = nullptr;                // constant
    statement_watch watch;               // guarded by the gate
    diagnostics diag;
    std::optional<prepared_text> prepared;
    std::optional<open_cursor> cursor;
    std::vector<column> columns;  // of the prepared statement or the open result
    SQLLEN row_count = -1;
    std::vector<form> following;  // results that are still to come, the next one last
    std::vector<cell> values;     // of the parameters, for these
    std::vector<parameter> parameters;
    std::vector<std::optional<target>> bound_columns;
    SQLULEN row_array_size = 1;
    SQLULEN* rows_fetched = nullptr;
    SQLUSMALLINT* row_status = nullptr;
    const SQLULEN* bind_offset = nullptr;
    std::map<SQLINTEGER, SQLULEN> attributes;  // the ones that are only remembered
};

struct live_handles {
    std::uint64_t environments = 0;  // of the process
    std::uint64_t connections = 0;   // allocated, and last connected under the script
    std::uint64_t connected = 0;
    std::uint64_t statements = 0;
};

class handle_table {
public:
    static handle_table& instance();  // never destroyed

    std::uint64_t add_environment();
    std::uint64_t add_connection(script&);
    std::uint64_t add_statement(const std::shared_ptr<connection>&);

    [[nodiscard]] bool has_environment(SQLHANDLE);
    [[nodiscard]] std::shared_ptr<connection> find_connection(SQLHANDLE);
    [[nodiscard]] std::shared_ptr<statement> find_statement(SQLHANDLE);

    bool free_environment(SQLHANDLE);
    void free(const connection&);
    void free(const statement&);

    void set_script(connection&, script&);
    void set_connected(connection&);
    // Frees the statements that are left, as the standard wants it of SQLDisconnect.
    void set_disconnected(connection&);

    // Of one script, or of all where it is null.
    [[nodiscard]] live_handles live(const script*);
    [[nodiscard]] std::vector<std::shared_ptr<connection>> connections(const script&);

private:
    std::mutex mutex_;
    std::uint64_t last_ = 0;
    std::set<std::uint64_t> environments_;
    std::map<std::uint64_t, std::shared_ptr<connection>> connections_;
    std::map<std::uint64_t, std::shared_ptr<statement>> statements_;
};

[[nodiscard]] std::uint64_t number_of(SQLHANDLE) noexcept;
[[nodiscard]] SQLHANDLE handle_of(std::uint64_t) noexcept;

}  // namespace sluice::fault_driver
