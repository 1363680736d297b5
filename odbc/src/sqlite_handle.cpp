// POSIX: see sqlite_symbols.hpp.

#include "sqlite_handle.hpp"

#include "sqlite_symbols.hpp"

#include <sluice/protocol/limits.hpp>

#include <cstddef>
#include <dlfcn.h>

namespace sluice::odbc {
namespace {

// Of sqlite3.h, which is not needed for the rest.
constexpr int sqlite_ok = 0;
constexpr int status_reprepare = 5;
constexpr int first_with_reprepare = 3'020'000;

struct library {
    int (*version)() = nullptr;
    int (*auto_extension)(void (*)()) = nullptr;
    void* (*next_statement)(void*, void*) = nullptr;
    int (*statement_status)(void*, int, int) = nullptr;
    bool usable = false;
};

// SQLite keeps the address of a function of ours: both stay for ever.
[[nodiscard]] bool stay(void (*ours)()) noexcept {
    Dl_info found{};
    if (dladdr(reinterpret_cast<void*>(ours), &found) == 0) return false;
    // Null: the program itself, which nobody unloads.
    (void)dlopen(found.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    return true;
}

[[nodiscard]] library find_library(void (*ours)()) noexcept {
    library made;
    void* const sqlite = open_sqlite_library();
    if (sqlite == nullptr || !stay(ours)) return made;
    find_symbol(sqlite, "sqlite3_libversion_number", made.version);
    find_symbol(sqlite, "sqlite3_auto_extension", made.auto_extension);
    find_symbol(sqlite, "sqlite3_next_stmt", made.next_statement);
    find_symbol(sqlite, "sqlite3_stmt_status", made.statement_status);
    made.usable = made.version != nullptr && made.version() >= first_with_reprepare && made.auto_extension != nullptr &&
                  made.next_statement != nullptr && made.statement_status != nullptr;
    return made;
}

struct opening {
    bool looks = false;
    void* db = nullptr;
};
thread_local opening of_this_thread;

// SQLite calls it for each connection that anybody in the process opens.
int note_opened(void* db, char**, const void*) noexcept {
    if (of_this_thread.looks) of_this_thread.db = db;
    return sqlite_ok;
}

[[nodiscard]] const library& sqlite() noexcept {
    static const library found = find_library(reinterpret_cast<void (*)()>(note_opened));
    return found;
}

}  // namespace

bool sqlite_handle::may_have_prepared_anew() const noexcept {
    bool any = false;
    std::size_t asked = 0;
    for (void* s = sqlite().next_statement(db_, nullptr); s != nullptr; s = sqlite().next_statement(db_, s)) {
        if (asked++ == limits::sqlite_statements_asked_max) return true;
        if (sqlite().statement_status(s, status_reprepare, 1) > 0) any = true;
    }
    return any;
}

sqlite_opening::sqlite_opening() noexcept {
    if (!sqlite().usable) return;
    // Each time: whoever resets these extensions takes them from us too. The same one counts once.
    of_this_thread = {sqlite().auto_extension(reinterpret_cast<void (*)()>(note_opened)) == sqlite_ok, nullptr};
}

sqlite_opening::~sqlite_opening() {
    of_this_thread = {};
}

sqlite_handle sqlite_opening::opened() const noexcept {
    return sqlite_handle(of_this_thread.db);
}

}  // namespace sluice::odbc
