#pragma once
// Every bound of Sluice, with its unit last in its name. Nothing in the library grows past the number named here.
//
// Threads: constants; any thread.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice::limits {

// Batches. A batch has clamp(batch_bytes / bytes of a bound row, 1, batch_rows) rows.
inline constexpr std::size_t batch_rows_default = 1'024;
inline constexpr std::size_t batch_rows_max = 65'536;
inline constexpr std::size_t batch_bytes_default = std::size_t{1} << 20;
inline constexpr std::size_t batch_bytes_max = std::size_t{64} << 20;
inline constexpr std::size_t prefetch_batches_default = 4;
inline constexpr std::size_t prefetch_batches_max = 8;

// A whole result (row_set), compacted. More is refused with too_large and the hint to stream.
inline constexpr std::size_t result_bytes_default = std::size_t{256} << 20;

// Its rows, where the caller does not set fewer.
inline constexpr std::size_t result_rows_default = std::size_t{1} << 40;
inline constexpr std::size_t result_rows_max = result_rows_default;

// Results of one statement: several statements in a text, or a procedure, have as many as they like.
inline constexpr std::size_t results_max = 1'000;

// One cell. A longer value is refused with too_large.
inline constexpr std::size_t value_bytes_max = std::size_t{1} << 30;
// A text or binary column is bound with at most this many bytes for each row; a longer value is read again.
inline constexpr std::size_t bound_cell_bytes_max = 4'096;

// Statements. psqlodbc corrupts the heap above 32,767 parameters (measured: research/drivers.md 7.5).
inline constexpr std::size_t parameters_max = 32'767;
// psqlodbc asks the server to describe them, and libpq 15 takes an answer of more than 30,000 bytes for a fault.
inline constexpr std::size_t postgresql_parameters_max = 7'498;
// Named parameters stand in a statement more than once, and are copied: bytes of the copies.
inline constexpr std::size_t named_parameter_bytes_max = std::size_t{256} << 20;
inline constexpr std::size_t sql_bytes_max = std::size_t{16} << 20;
inline constexpr std::size_t connection_string_bytes_max = 16'384;
inline constexpr std::size_t columns_max = 4'096;

// One bulk_insert: its rows, their bytes, and rows that may be refused while the others are inserted.
inline constexpr std::size_t bulk_rows_max = 10'000'000;
inline constexpr std::size_t bulk_bytes_max = std::size_t{1} << 30;
inline constexpr std::size_t bulk_refused_default = 1'000;
inline constexpr std::size_t bulk_refused_max = 100'000;
// Of many chunks: of how many rows they are where nobody says it, how many may be inserted at once, and for each of
// those how many the last one may be ahead of the first that is not there yet.
inline constexpr std::size_t bulk_chunk_rows_default = 10'000;
inline constexpr std::size_t bulk_parallelism_default = 2;
inline constexpr std::size_t bulk_parallelism_max = 64;
inline constexpr std::size_t bulk_chunks_ahead = 4;
// Of one of its statements: its bytes, unless one row has more; MariaDB's server takes 16 MiB where nobody says more.
inline constexpr std::size_t bulk_statement_bytes_max = std::size_t{1} << 20;
// Of a cell, where rows are sent as arrays of parameters.
inline constexpr std::size_t bulk_cell_bytes_max = 1'024;

// Rows of a page of a stream by key.
inline constexpr std::size_t page_rows_default = 10'000;
inline constexpr std::size_t page_rows_max = 10'000'000;
// Partitions of one reading, the one of NULLs apart, and how many are read at once where nobody says it.
inline constexpr std::size_t partitions_default = 8;
inline constexpr std::size_t partitions_max = 1'024;
inline constexpr std::size_t partitions_at_once_default = 2;
inline constexpr std::size_t partitions_at_once_max = 64;
// Statements in one pipeline.
inline constexpr std::size_t pipeline_steps_max = 1'000;

// A name in a question to the catalog: its length travels in 16 bits.
inline constexpr std::size_t catalog_name_bytes_max = 4'096;

// Keywords of a DBMS that are told of.
inline constexpr std::size_t keywords_max = 4'096;

// Answers about the catalog that one pool keeps, and their bytes in all. The defaults are those of a cache that is
// switched on; without that there is none.
inline constexpr std::size_t catalog_cache_entries_default = 100;
inline constexpr std::size_t catalog_cache_entries_max = 10'000;
inline constexpr std::size_t catalog_cache_bytes_default = std::size_t{16} << 20;
inline constexpr std::size_t catalog_cache_bytes_max = std::size_t{1} << 30;
inline constexpr std::chrono::seconds catalog_cache_ttl_default{300};
inline constexpr std::chrono::hours catalog_cache_ttl_max{24};

// Statements that stay prepared on one connection for the next execution of the same text; a longer text is not kept.
inline constexpr std::size_t statement_cache_default = 64;
inline constexpr std::size_t statement_cache_max = 1'024;
// Memory for rows that stays bound to a statement that stays prepared; where its first rows need more, it is bound anew
// each time.
inline constexpr std::size_t kept_rows_bytes_max = 32UL * 1024;
inline constexpr std::size_t cached_sql_bytes_max = 8'192;
// SQLite: prepared statements that are asked after each SELECT, some 30 ns each; with more the schema's version is.
inline constexpr std::size_t sqlite_statements_asked_max = 128;
// SQLite: executions of a SELECT, one after the other, before each of which the schema has changed; then it fails.
inline constexpr unsigned stale_executions_max = 4;
// Those of one session that were asked for by prepare and not closed.
inline constexpr std::size_t prepared_statements_max = 1'024;

// Diagnostics of one call: a driver may have endless ones.
inline constexpr std::size_t diagnostics_max = 64;
inline constexpr std::size_t diagnostic_text_bytes_max = 16'384;
inline constexpr std::size_t warnings_max = 64;

// Transactions.
inline constexpr std::chrono::milliseconds lock_timeout_least{1};
inline constexpr std::chrono::hours lock_timeout_most{24};
// (PostgreSQL cuts a longer name without an error.)
inline constexpr std::size_t savepoint_name_bytes_max = 63;
// Rows that were fetched and not dropped, of an engine.
inline constexpr std::size_t memory_default = std::size_t{4} << 30;
inline constexpr std::size_t memory_least = 64 * 1024;
inline constexpr std::size_t memory_max = std::size_t{1} << 40;
// The stack of a worker, where its size is chosen.
inline constexpr std::size_t worker_stack_bytes_least = 256 * 1024;
inline constexpr std::size_t worker_stack_bytes_max = std::size_t{1} << 30;
// Settings of one lease, and statements of connect_options::on_connect and pool_options::on_return.
inline constexpr std::size_t settings_max = 64;
inline constexpr std::size_t setting_name_bytes_max = 128;
inline constexpr std::size_t setting_value_bytes_max = 16 * 1024;
inline constexpr std::size_t on_connect_statements_max = 64;
inline constexpr std::size_t on_connect_bytes_max = 64 * 1024;  // of each
// How often a transaction is begun in all when it meets conflicts, and how long it rests between; at most so many rest
// at once.
inline constexpr unsigned transaction_attempts_default = 5;
inline constexpr unsigned transaction_attempts_max = 100;
inline constexpr std::chrono::milliseconds transaction_pause_least{10};
inline constexpr std::chrono::milliseconds transaction_pause_most{1'000};
inline constexpr std::chrono::minutes transaction_pause_max{10};
inline constexpr std::size_t pauses_max = 65'536;

// Requests of one session that are accepted and not complete.
inline constexpr std::size_t mailbox_slots_default = 256;
inline constexpr std::size_t mailbox_slots_max = 4'096;

// Callers that wait for a session of one pool.
inline constexpr std::size_t waiters_default = 256;
inline constexpr std::size_t waiters_max = 65'536;

// Sessions of one engine: each is one thread and one connection.
inline constexpr std::size_t sessions_default = 64;
inline constexpr std::size_t sessions_max = 1'024;

// Sessions of one pool, and those of them that connect at the same time.
inline constexpr std::size_t pool_size_default = 8;
inline constexpr std::size_t pool_size_max = sessions_max;
inline constexpr std::size_t pool_connecting_default = 2;
inline constexpr std::size_t pool_connecting_max = 64;
// How long a session of a pool lives, and how long it lies idle; at most a tenth less of the first, by chance.
inline constexpr std::chrono::minutes pool_lifetime_default{30};
inline constexpr std::chrono::minutes pool_idle_timeout_default{10};
inline constexpr std::chrono::seconds pool_duration_least{1};
inline constexpr std::chrono::hours pool_duration_most{24 * 30};
// What a session is asked for to prove that it is alive: once nothing was heard of it for so long, and within this
// time; and, while nobody has it, as often (by chance up to a tenth more often).
inline constexpr std::chrono::milliseconds pool_check_after_default{500};
inline constexpr std::chrono::milliseconds pool_check_within_default{2000};
inline constexpr std::chrono::milliseconds pool_check_within_least{10};
inline constexpr std::chrono::minutes pool_check_within_most{5};
inline constexpr std::chrono::minutes pool_keepalive_default{2};
inline constexpr std::size_t health_check_query_bytes_max = 64 * 1024;
// From a connect that failed to the next one of a pool that has other sessions, at least.
inline constexpr std::chrono::milliseconds pool_connect_pause{250};

// Times.
inline constexpr std::chrono::seconds deadline_default{30};
inline constexpr std::chrono::seconds shutdown_grace_default{5};
inline constexpr std::chrono::seconds shutdown_grace_max{600};
inline constexpr std::chrono::microseconds worker_spin_max{10};

// A call that has to end (deadline, cancellation). The driver is asked to stop at once, and again, each time after
// twice as long; what it says within answer_settle is the answer, later the caller has one of ours. A worker that is
// not back after cancel_grace is given up.
inline constexpr std::chrono::milliseconds answer_settle{30};
// (sqliteodbc waits for a lock twice its Timeout=2000, and nothing interrupts that.)
inline constexpr std::chrono::seconds cancel_grace{5};
inline constexpr std::chrono::milliseconds cancel_resend{20};
inline constexpr std::uint32_t cancels_of_one_request = 10;
// Each cancel may be a connection to the server. For one endpoint; and how long one may take before its thread is given
// up.
inline constexpr std::uint32_t cancels_per_second_default = 50;
inline constexpr std::uint32_t cancels_per_second_max = 100'000;
inline constexpr std::uint32_t cancels_burst = 10;
inline constexpr std::chrono::seconds cancel_call_max{1};
// To close the cursor of a stream that nobody reads any more.
inline constexpr std::chrono::seconds cursor_close_max{5};
// To clean a session that was given back to its pool; later it is replaced.
inline constexpr std::chrono::seconds reset_max{10};

// Connecting again. From one attempt to the next: least to most at first, later twice as long each time.
inline constexpr std::chrono::milliseconds reconnect_pause_least{250};
inline constexpr std::chrono::milliseconds reconnect_pause_most{400};
inline constexpr std::chrono::minutes reconnect_brisk_for{5};
inline constexpr std::chrono::seconds reconnect_pause_slow{10};
inline constexpr std::chrono::seconds reconnect_attempt_max{30};
inline constexpr std::chrono::seconds permanent_failure_pause{60};
inline constexpr std::chrono::seconds failed_session_pause{1};

// Threads of one engine that are stuck in a driver and were given up. More are not replaced.
inline constexpr std::size_t quarantined_default = 16;
inline constexpr std::size_t quarantined_max = 1'024;
// Threads of one session that were told to leave, and are on their way.
inline constexpr std::size_t leaving_workers_max = 4;

// What happened and was not told yet: of more the oldest are dropped and counted.
inline constexpr std::size_t events_pending_max = 256;

static_assert(batch_rows_default <= batch_rows_max && batch_bytes_default <= batch_bytes_max);
static_assert(prefetch_batches_default <= prefetch_batches_max);
static_assert(statement_cache_default <= statement_cache_max && cached_sql_bytes_max <= sql_bytes_max);
static_assert(mailbox_slots_default <= mailbox_slots_max);
static_assert(bound_cell_bytes_max < batch_bytes_default);
static_assert(diagnostics_max * diagnostic_text_bytes_max <= (std::size_t{1} << 20));

}  // namespace sluice::limits
