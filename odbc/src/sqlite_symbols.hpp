#pragma once
// The SQLite library that sqliteodbc uses, and its functions by their names. POSIX only.
//
// Threads: any.

#include <dlfcn.h>

namespace sluice::odbc {

// As sqliteodbc finds it, by its name. It stays for ever: what is asked and configured must be what the driver uses.
// Null: it is not here, and dlerror() says why.
[[nodiscard]] inline void* open_sqlite_library() noexcept {
    return dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_NODELETE);
}

// Null: it has none of that name.
template <class Function>
void find_symbol(void* library, const char* name, Function*& function) noexcept {
    function = reinterpret_cast<Function*>(dlsym(library, name));
}

}  // namespace sluice::odbc
