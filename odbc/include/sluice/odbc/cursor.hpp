#pragma once
// The rows of one executed statement, read in blocks; of each of its results in turn, where it has several.
//
// Threads: as its connection. A cursor is closed, or destroyed, before its connection is.

#include <sluice/protocol/batch_storage.hpp>
#include <sluice/protocol/catalog.hpp>
#include <sluice/protocol/error.hpp>
#include <sluice/protocol/limits.hpp>
#include <sluice/protocol/request.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace sluice::odbc {

struct cursor_options {
    enum class reading : std::uint8_t {
        whole,   // everything is read at once and copied: blocks start small
        stream,  // the driver's streaming mode is asked for, blocks are as large as allowed
    };
    reading how = reading::whole;
    std::size_t batch_rows = limits::batch_rows_default;
    std::size_t batch_bytes = limits::batch_bytes_default;
    std::chrono::seconds query_timeout{0};  // told to the driver where it keeps it; 0: not
    bool despite_stop = false;  // executed and not interrupted, whoever wants the request to stop: what cleans up
    std::optional<catalog_subject> catalog;  // the columns are those of ODBC for it, whatever the driver calls them
};

// What next_result() has come to, beside its rows.
struct another_result {
    std::optional<std::int64_t> affected_rows;  // of a result without columns
    std::vector<diagnostic> warnings;
};

class cursor {
public:
    struct impl;

    cursor() noexcept;  // nothing open, no columns
    explicit cursor(std::shared_ptr<impl>) noexcept;
    cursor(cursor&&) noexcept;
    cursor& operator=(cursor&&) noexcept;
    ~cursor();  // as close(), the answer dropped

    // There are rows, or further results.
    [[nodiscard]] bool is_open() const noexcept { return impl_ != nullptr; }
    // Of the present result, of one without rows too; empty where it has no columns. Never null.
    [[nodiscard]] const std::shared_ptr<const schema>& columns() const noexcept { return columns_; }
    [[nodiscard]] stream_mode mode() const noexcept;

    // The next block; null is the end of the present result, and the statement went on well up to there: the error of
    // a later result that comes before that result does is told here. An error comes after exactly the rows that the
    // driver delivered before it, and is final. REQUIRES: is_open().
    [[nodiscard]] result<std::shared_ptr<protocol::batch_storage>> fetch(protocol::batch_source&);

    // After the end of the present result: does another one follow?
    [[nodiscard]] bool has_next() const noexcept;
    // Goes on to the next result, whatever of the present one was not read; nullopt: there is none. REQUIRES:
    // is_open().
    [[nodiscard]] result<std::optional<another_result>> next_result();
    // The outcome of the statement if what has not been read is given up.
    [[nodiscard]] outcome given_up() const noexcept;

    // Closes the cursor and frees its statement; resets what the streaming mode had set on the connection.
    result<void> close();

private:
    std::shared_ptr<impl> impl_;
    std::shared_ptr<const schema> columns_;
};

}  // namespace sluice::odbc
