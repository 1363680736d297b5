#pragma once
// What SQLite itself says of a connection of sqliteodbc: whether it has prepared a statement anew, as it does where the
// schema is another one than that for which it was prepared. The driver does not tell.
//
// Threads: that of the ODBC connection. POSIX-only is its .cpp file.

namespace sluice::odbc {

// SQLite's own connection beneath an ODBC connection; none where it is not known. Not owned: not to be asked once the
// ODBC connection is disconnected.
class sqlite_handle {
public:
    sqlite_handle() = default;
    explicit sqlite_handle(void* db) noexcept : db_(db) {}
    [[nodiscard]] explicit operator bool() const noexcept { return db_ != nullptr; }

    // Since it was last asked: may SQLite have prepared a statement of this connection anew? False: it has not. True:
    // it has, for whatever reason (`like ?` and what a partial index is for are prepared for each value), or there are
    // more than limits::sqlite_statements_asked_max. REQUIRES: is known.
    [[nodiscard]] bool may_have_prepared_anew() const noexcept;

private:
    void* db_ = nullptr;
};

// While it lives it sees which connection this thread opens. One at a time in a thread.
class sqlite_opening {
public:
    sqlite_opening() noexcept;
    sqlite_opening(const sqlite_opening&) = delete;
    sqlite_opening& operator=(const sqlite_opening&) = delete;
    ~sqlite_opening();

    // None: the thread has opened none, or not with the library libsqlite3.so.0, or with one older than 3.20.
    [[nodiscard]] sqlite_handle opened() const noexcept;
};

}  // namespace sluice::odbc
