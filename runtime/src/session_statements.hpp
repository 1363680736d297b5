#pragma once
// The prepared statements of a session, whatever connection serves it, and what its connections have counted of theirs.
//
// Threads: any.

#include <sluice/odbc/connection.hpp>
#include <sluice/protocol/ids.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace sluice::runtime {

class session_statements {
public:
    // An id that no other statement of this process has.
    [[nodiscard]] static statement_id next() noexcept;

    // Has it as many as limits::prepared_statements_max?
    [[nodiscard]] bool is_full() const noexcept;
    void add(statement_id, std::string sql);
    [[nodiscard]] std::optional<std::string> text(statement_id) const;
    // Nobody executes it any more; the worker frees it.
    void close(statement_id) noexcept;
    void close_all() noexcept;
    // What was closed since it was asked last.
    [[nodiscard]] std::map<statement_id, std::string> take_closed() noexcept;
    [[nodiscard]] bool any() const noexcept { return open_.load() != 0; }

    // What a connection has counted since it was told of last.
    void count(const odbc::statement_counts& told, const odbc::statement_counts& now) noexcept;
    [[nodiscard]] odbc::statement_counts counted() const noexcept;

private:
    std::atomic<std::size_t> open_{0};
    std::atomic<bool> some_closed_{false};
    mutable std::mutex mutex_;
    std::map<statement_id, std::string> texts_;   // guarded by mutex_
    std::map<statement_id, std::string> closed_;  // guarded by mutex_
    odbc::statement_counts counts_;               // guarded by mutex_
};

}  // namespace sluice::runtime
