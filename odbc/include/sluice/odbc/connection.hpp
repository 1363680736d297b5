#pragma once
// One connection through a driver, and the statements executed on it. Blocking: every member function may take as long
// as the driver likes. Never retries, sleeps, logs, starts a thread or throws (std::bad_alloc apart); every return code
// of the driver is answered with a result.
//
// Threads: a connection and everything made from it belong to one thread at a time. Another thread may interrupt a call
// in progress, as its watch is told (call_watch.hpp).

#include <sluice/odbc/call_watch.hpp>
#include <sluice/odbc/cursor.hpp>
#include <sluice/protocol/bulk.hpp>
#include <sluice/protocol/capabilities.hpp>
#include <sluice/protocol/catalog.hpp>
#include <sluice/protocol/error.hpp>
#include <sluice/protocol/request.hpp>
#include <sluice/protocol/value.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::odbc {

// Does the string name a database that dies with its last connection (SQLite's :memory:)? Reads odbc.ini; opens
// nothing.
[[nodiscard]] bool is_in_memory(std::string_view connection_string);

// What SQLExecute or SQLExecDirect answered.
struct execution {
    std::optional<std::int64_t> affected_rows;
    std::vector<diagnostic> warnings;
    cursor rows;  // of no columns where the statement has no result; then nothing is open
};

// What is done with a savepoint.
enum class savepoint_step : std::uint8_t { set, roll_back_to, release };

// What is known of a statement before it is executed.
struct prepared_statement {
    std::size_t parameters = 0;
    std::shared_ptr<const schema> columns;  // null: the driver does not tell before
    std::vector<diagnostic> warnings;
};

// The INSERT of some rows: `head`, then `row` for each of them, with commas between; row after row the parameters. Or
// `head` alone, whose parameters are arrays, one for each column; or with one row, executed with arrays of parameters.
struct insert_form {
    enum class way : std::uint8_t { values, arrays, parameter_arrays };
    way how = way::values;
    std::string head;
    std::string row;
    std::size_t rows_max = 1;  // that one statement takes well
    bool one_writer = false;   // the DBMS lets one connection write at a time
    [[nodiscard]] std::string text(std::size_t rows) const;
};

// A statement whose rows come in the order of a key: as one, or in pages where the driver would hold all of them.
// `next` and `twins` have one parameter more than the statement, the last key: the rows behind it, and how many have
// it.
struct page_form {
    bool pages = false;
    std::string first;
    std::string next;
    std::string twins;
};

// What a connection has counted of the statements that stay prepared.
struct statement_counts {
    std::uint64_t hits = 0;    // executions of one that was prepared before
    std::uint64_t misses = 0;  // of one that could stay prepared, and was not there
    std::uint64_t evictions = 0;
    std::uint64_t prepares = 0;  // calls of SQLPrepare
    std::size_t cached = 0;      // that stay prepared now and are not in use
};

class connection {
public:
    struct impl;

    // Connects with the profile's defaults put under the caller's own keys. Errors: unreachable, credentials,
    // invalid_argument (malformed string), unsupported; outcome none. Warnings of the connect go to `warnings`.
    // `watch` is told of every call that may take long, and outlives the connection; null: nobody watches.
    [[nodiscard]] static result<connection> open(const protocol::connect&, std::vector<diagnostic>& warnings,
                                                 call_watch* watch = nullptr);

    connection() noexcept;
    connection(connection&&) noexcept;
    connection& operator=(connection&&) noexcept;
    ~connection();  // as close(), the answer dropped

    [[nodiscard]] explicit operator bool() const noexcept { return impl_ != nullptr; }
    [[nodiscard]] const connection_facts& facts() const noexcept;

    // Executes one statement. The outcome in an error is true: none before SQLExecute is entered or when the server
    // said no in autocommit, unknown when the connection broke inside. REQUIRES: no cursor of this connection is open.
    [[nodiscard]] result<execution> execute(const std::string& sql, const args& parameters, const cursor_options&);

    // Prepares a statement, which is executed by `number` from then on: a number of the caller's, not 0 and none that
    // is open. Changes nothing; what the driver can describe before an execution is answered.
    [[nodiscard]] result<prepared_statement> prepare(std::uint64_t number, const std::string& sql);
    // As prepare() of a text that was prepared on another connection: asks nobody, the first execution prepares it.
    void adopt(std::uint64_t number, std::string sql);
    [[nodiscard]] bool has_prepared(std::uint64_t number) const noexcept;
    // As execute().
    [[nodiscard]] result<execution> execute_prepared(std::uint64_t number, const args& parameters,
                                                     const cursor_options&);
    // Frees the statement; what reads its rows frees it at the end.
    void close_prepared(std::uint64_t number) noexcept;
    // Frees every statement that stays prepared and is not in use, and says how many; one in use is freed after it.
    std::size_t clear_statements() noexcept;
    [[nodiscard]] statement_counts statements() const noexcept;
    // The server is reached through a pooler that may give each transaction another process, as the caller has said or
    // as it was found out.
    [[nodiscard]] bool behind_pooler() const noexcept;

    // Asks the catalog; the rows may be more than those asked for: see protocol::exact_rows. A question that has
    // problems() or names what this DBMS does not have is refused. REQUIRES: as execute.
    [[nodiscard]] result<execution> catalog(const catalog_query&, const cursor_options&);

    // Asks the driver at the first call. REQUIRES: as execute.
    [[nodiscard]] result<sluice::capabilities> capabilities();

    // Pages of so many rows. Named parameters: the last key is called sluice_last_key. Errors: as of form_of_insert.
    [[nodiscard]] result<page_form> form_of_pages(const std::string& sql, const args&, const std::string& key,
                                                  std::size_t rows);

    // May ask the server for the types of the columns. Errors: invalid_argument, unsupported: a name that cannot be
    // quoted.
    [[nodiscard]] result<insert_form> form_of_insert(const bulk_rows&);
    // Inserts some of the rows. `number`: of a statement that has the text for so many; 0: there is none. Errors: as
    // execute; data: a value that cannot be sent.
    [[nodiscard]] result<void> insert(const insert_form&, const bulk_rows&, std::size_t first, std::size_t count,
                                      std::uint64_t number);

    // unsupported, outcome none and nothing changed where the driver cannot give what the options say. What they change
    // of the session is as before when the transaction is over; else the connection is broken.
    [[nodiscard]] result<std::vector<diagnostic>> begin(const transaction_options& = {});
    [[nodiscard]] result<std::vector<diagnostic>> commit();
    [[nodiscard]] result<std::vector<diagnostic>> rollback();
    // As execute(); the name is quoted for the DBMS.
    [[nodiscard]] result<std::vector<diagnostic>> savepoint(savepoint_step, const std::string& name);
    // From here on the request commits what it does by itself or not at all: until it does, its watch is told that
    // nothing of it is applied.
    void provisional(bool on) noexcept;
    // From here on the request has several statements: as soon as one of them may have been executed its watch is told
    // that the outcome of all is unknown.
    void several(bool on) noexcept;
    // Undoes what came after the savepoint and forgets it, whoever wants the request to stop. Where that fails the
    // connection is broken, unless the server has ended the transaction before.
    [[nodiscard]] result<void> undo_savepoint(const std::string& name);
    [[nodiscard]] bool in_transaction() const noexcept;

    // Sets all of them or none, until revert_settings() writes back what was there before. unsupported where the DBMS
    // has no such setting. Outcome none. REQUIRES: as execute, and no transaction.
    [[nodiscard]] result<void> apply_settings(std::span<const session_setting>);
    // Where it fails the connection is broken.
    [[nodiscard]] result<void> revert_settings();

    // Whether it is alive, asked in the cheapest way that finds out with this driver, or with `sql` where that is not
    // empty. connection_lost where it is not; another error where the statement fails. Outcome as of execute().
    [[nodiscard]] result<std::vector<diagnostic>> ping(const std::string& sql);

    // True once a call said that the connection is lost. Then only close() is allowed.
    [[nodiscard]] bool broken() const noexcept;

    // Rolls back what is open, frees everything, disconnects. The connection is empty afterwards, whatever the answer.
    result<std::vector<diagnostic>> close();

private:
    explicit connection(std::unique_ptr<impl>) noexcept;
    std::unique_ptr<impl> impl_;
};

}  // namespace sluice::odbc
