#pragma once
// The subject `sluice` of scripts/bench: its scenarios.
//
// Threads: one; they start an engine of their own.

#include "../subject.hpp"

namespace bench {

[[nodiscard]] measured stream(const std::string& connection, std::int64_t count);
// In pages by its key, where the driver would hold all of it.
[[nodiscard]] measured stream_by_key(const std::string& connection, std::int64_t count);
// By two sessions at once, so many rows each; and, `free`, after sqlite_without_mutexes().
[[nodiscard]] measured stream_2(const std::string& connection, std::int64_t count);
[[nodiscard]] measured stream_free(const std::string& connection, std::int64_t count);
[[nodiscard]] measured stream_2_free(const std::string& connection, std::int64_t count);
// With consumer_steps for each row between two batches.
[[nodiscard]] measured stream_overlap(const std::string& connection, std::int64_t count);
// Whole results of medium_rows, until they are COUNT; and one of COUNT.
[[nodiscard]] measured whole_medium(const std::string& connection, std::int64_t count);
[[nodiscard]] measured whole_large(const std::string& connection, std::int64_t count);
// Queries by a prepared statement of one session, from so many coroutines on one thread, each of which waits for its
// answer before it asks again.
[[nodiscard]] measured point_1(const std::string& connection, std::int64_t count);
[[nodiscard]] measured point_8(const std::string& connection, std::int64_t count);
[[nodiscard]] measured point_64(const std::string& connection, std::int64_t count);
// The same with ten queries in one message.
[[nodiscard]] measured pipeline_10(const std::string& connection, std::int64_t count);
// The same with the SQL text each time.
[[nodiscard]] measured plain_1(const std::string& connection, std::int64_t count);
[[nodiscard]] measured plain_8(const std::string& connection, std::int64_t count);
[[nodiscard]] measured plain_64(const std::string& connection, std::int64_t count);
// By eight on a pool of eight sessions.
[[nodiscard]] measured plain_8_sessions(const std::string& connection, std::int64_t count);
// point_1 while a stream runs on another session of the engine.
[[nodiscard]] measured point_beside_stream(const std::string& connection, std::int64_t count);

// bulk_insert of borrowed columns into the table that bulk_table has made; and what is there, by the sum of `stream`.
[[nodiscard]] measured bulk_table(const std::string& connection, std::int64_t count);
[[nodiscard]] measured bulk(const std::string& connection, std::int64_t count);
// In chunks of 10,000 rows, through a pool of one session and of two.
[[nodiscard]] measured bulk_chunks(const std::string& connection, std::int64_t count);
[[nodiscard]] measured bulk_chunks_2(const std::string& connection, std::int64_t count);
[[nodiscard]] measured bulk_sum(const std::string& connection, std::int64_t count);
// Rows of three columns from a generator, through a pool of two sessions, into a table that it makes and drops.
[[nodiscard]] measured bulk_memory(const std::string& connection, std::int64_t count);

// A session of a pool borrowed and given back.
[[nodiscard]] measured checkout_never(const std::string& connection, std::int64_t count);
[[nodiscard]] measured checkout_when_idle(const std::string& connection, std::int64_t count);
[[nodiscard]] measured checkout_always(const std::string& connection, std::int64_t count);

// Makes sluice_bench_wide.
[[nodiscard]] measured wide_table(const std::string& connection, std::int64_t count);
// So many columns, columns of ten rows in bulk, parameters, bytes of SQL, bytes of a value: what comes back is
// compared.
[[nodiscard]] measured wide_columns_read(const std::string& connection, std::int64_t count);
[[nodiscard]] measured wide_bulk(const std::string& connection, std::int64_t count);
[[nodiscard]] measured wide_parameters(const std::string& connection, std::int64_t count);
[[nodiscard]] measured wide_sql(const std::string& connection, std::int64_t count);
[[nodiscard]] measured wide_value(const std::string& connection, std::int64_t count);

// So many columns of sluice_bench_wide; sessions with a query each; callers that share 10,000 queries, or ask once
// each.
[[nodiscard]] measured growth_columns(const std::string& connection, std::int64_t count);
[[nodiscard]] measured growth_sessions(const std::string& connection, std::int64_t count);
[[nodiscard]] measured growth_callers(const std::string& connection, std::int64_t count);

}  // namespace bench
