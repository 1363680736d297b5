#pragma once
// The subject `raw` of scripts/bench: its scenarios, by ODBC alone, as fast as it goes.
//
// Threads: one.

#include "../subject.hpp"

namespace bench {

// A block cursor of 1,024 rows, columns bound once to their native C types, prepared (executed directly it costs the
// same).
[[nodiscard]] measured stream(const std::string& connection, std::int64_t count);
// The same in the order of the key.
[[nodiscard]] measured stream_ordered(const std::string& connection, std::int64_t count);
// The same on a second thread, with nothing to do for the first: what memory costs there (another arena, locks) is paid
// by whoever reads on a thread of its own.
[[nodiscard]] measured stream_on_thread(const std::string& connection, std::int64_t count);
// On a second thread, while the first consumes: consumer_steps for each row. And what that takes, without a database.
[[nodiscard]] measured stream_overlap(const std::string& connection, std::int64_t count);
[[nodiscard]] measured consume_alone(const std::string& connection, std::int64_t count);
// Whole results of medium_rows, until they are COUNT; and one of COUNT. Kept, then read.
[[nodiscard]] measured whole_medium(const std::string& connection, std::int64_t count);
[[nodiscard]] measured whole_large(const std::string& connection, std::int64_t count);
// One prepared statement, its parameter and its column bound once; and the text each time on a statement that is kept.
[[nodiscard]] measured point(const std::string& connection, std::int64_t count);
[[nodiscard]] measured plain(const std::string& connection, std::int64_t count);
// `point` for eight callers of the first thread, executed by a second one.
[[nodiscard]] measured point_hop(const std::string& connection, std::int64_t count);
// `point` while another thread streams on a connection of its own.
[[nodiscard]] measured point_beside_stream(const std::string& connection, std::int64_t count);

// Rows into a table, by the best that is known of the driver; and by VALUES of many rows on each of them.
[[nodiscard]] measured bulk(const std::string& connection, std::int64_t count);
[[nodiscard]] measured bulk_values(const std::string& connection, std::int64_t count);

}  // namespace bench
