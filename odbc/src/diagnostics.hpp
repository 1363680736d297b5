#pragma once
// What a driver says about its last call on a handle. Must be read before any other call on that handle: even
// SQLRowCount wipes it.
//
// Threads: as the handle.

#include "api.hpp"

#include <sluice/protocol/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::odbc {

// What row and column numbers can be believed: drivers write garbage into them. 0: none.
struct diagnostic_extent {
    std::int64_t rows = 0;
    std::int32_t columns = 0;
};

// Every record, at most limits::diagnostics_max, each text at most limits::diagnostic_text_bytes_max bytes of valid
// UTF-8. A driver that has none gives an empty list.
[[nodiscard]] std::vector<diagnostic> read_diagnostics(SQLSMALLINT handle_type, SQLHANDLE, diagnostic_extent = {});

template <class Handle>
[[nodiscard]] std::vector<diagnostic> read_diagnostics(const Handle& h, diagnostic_extent extent = {}) {
    return read_diagnostics(Handle::type, h.get(), extent);
}

// Adds `more` to `to` up to limits::warnings_max.
void add_warnings(std::vector<diagnostic>& to, std::vector<diagnostic> more);

// Reads the diagnostics into `to` if rc is SQL_SUCCESS_WITH_INFO.
template <class Handle>
void collect_warnings(SQLRETURN rc, const Handle& h, std::vector<diagnostic>& to) {
    if (rc == SQL_SUCCESS_WITH_INFO) add_warnings(to, read_diagnostics(h));
}

// Replaces each secret in each text: drivers echo connection strings.
void scrub(std::vector<diagnostic>&, const std::vector<std::string>& secrets);
[[nodiscard]] std::string scrubbed(std::string text, const std::vector<std::string>& secrets);

}  // namespace sluice::odbc
