#pragma once
// The statements of a connection that stay prepared between their executions: those that it keeps by itself, the least
// recently used going first, and those that somebody has asked for by a number. Whoever executes one has taken it out
// of here, so none is executed twice at once, and gives it back or frees it.
//
// Nothing here calls a driver: what has to be freed is answered.
//
// Threads: as the connection.

#include "failure.hpp"
#include "handle.hpp"
#include "parameters.hpp"

#include <sluice/odbc/cursor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::odbc {

struct described_column;

// Executions count as hits or misses where the statement may be kept at all; `prepares` counts every SQLPrepare.
struct kept_counts {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t evictions = 0;
    std::uint64_t prepares = 0;
};

// A prepared statement that no cursor is open on. Bound to it is nothing, or what is kept here with it: once that is
// gone nothing more is executed, the handle is only freed.
struct kept_statement {
    std::string key;                     // the text and the types of its parameters; empty: not to be kept
    std::uint64_t number = 0;            // of whoever asked for it; 0: nobody
    std::uint64_t epoch = 0;             // when it was prepared, see clear()
    bool any_types = false;              // the parameters were not bound when it was prepared, and need not have been
    std::uint64_t timeout = 0;           // SQL_ATTR_QUERY_TIMEOUT of the handle, in seconds
    std::optional<std::int32_t> schema;  // the version that it needs, see schema_version.hpp; none: it needs none
    statement_effects effects;
    // What its result was described as.
    std::shared_ptr<const std::vector<described_column>> columns;
    std::shared_ptr<cursor::impl> rows;       // the closed cursor whose buffers are bound; null: none are
    std::vector<bound_parameter> parameters;  // those that are bound; empty: none are
    stmt_handle handle;
};

class kept_statements {
public:
    // How many are kept that nobody has asked for; 0: none.
    void capacity(std::size_t statements) noexcept { capacity_ = statements; }
    [[nodiscard]] bool keeps() const noexcept { return capacity_ != 0; }

    // Takes it out, if it is there. One of that number, but with other types of parameters, is in `outdated` then.
    [[nodiscard]] std::optional<kept_statement> take(std::string_view key, std::uint64_t number,
                                                     stmt_handle& outdated) noexcept;
    // Puts one back after use, or a new one in. What is to be freed: itself, where it is from before a clear() or its
    // number was closed, or the one that it drives out.
    [[nodiscard]] stmt_handle put(kept_statement);
    // As the next to be prepared has to say.
    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }

    // A number of somebody's own, with its text.
    void open(std::uint64_t number, std::string sql);
    // The text; null: no such number.
    [[nodiscard]] const std::string* text(std::uint64_t number) const noexcept;
    // Forgets it; what is to be freed.
    [[nodiscard]] stmt_handle close(std::uint64_t number) noexcept;
    [[nodiscard]] std::size_t opened() const noexcept { return asked_for_.size(); }

    // All that are here; those in use are freed when they come back. Numbers stay, and are prepared again when they are
    // used.
    [[nodiscard]] std::vector<stmt_handle> clear();
    // Those that are here and not in use.
    [[nodiscard]] std::size_t idle() const noexcept { return recent_.size() + own_idle_; }

    kept_counts counts;

private:
    struct asked_for {
        std::string sql;
        std::optional<kept_statement> own;
    };
    std::size_t capacity_ = 0;
    std::uint64_t epoch_ = 1;
    std::size_t own_idle_ = 0;
    std::list<kept_statement> recent_;  // the most recently used first
    std::unordered_map<std::string_view, std::list<kept_statement>::iterator> by_key_;
    std::unordered_map<std::uint64_t, asked_for> asked_for_;
};

}  // namespace sluice::odbc
