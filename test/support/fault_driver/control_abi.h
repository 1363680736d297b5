#ifndef SLUICE_FAULT_CONTROL_ABI_H
#define SLUICE_FAULT_CONTROL_ABI_H
/*
 * What the fault driver exports to the test beside ODBC: one function, sluice_fault_control, which gives a table of
 * functions. Only C types cross. Use fault_script.hpp instead of this.
 *
 * `script` is the name that a connection gives in its connection string as Script=; "" are the connections that name
 * none, and all calls on environments. `functions` is the name of an ODBC function or of a group: connect, execute,
 * fetch, disconnect, any. Texts end with a zero byte and are only read during the call. Nothing throws; nothing calls
 * back but the visitors.
 *
 * Threads: any thread at any time.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SLUICE_FAULT_CONTROL_VERSION 2u

/* Texts in these live as long as the visit that shows them. Times are of the steady clock; end_ns is 0 while the call
 * runs. */
typedef struct sluice_fault_call {
    uint64_t sequence;
    const char* function;
    uint64_t handle;
    uint64_t connection;
    uint64_t thread;
    int64_t begin_ns;
    int64_t end_ns;
    uint64_t detail;
    const char* sql;
    size_t sql_length;
    int32_t result;
    int32_t applied;
} sluice_fault_call;

typedef struct sluice_fault_violation {
    const char* kind;
    sluice_fault_call call;
    uint64_t other_thread;
} sluice_fault_violation;

typedef struct sluice_fault_live {
    uint64_t environments;
    uint64_t connections;
    uint64_t connected;
    uint64_t statements;
} sluice_fault_live;

typedef struct sluice_fault_control_table {
    uint32_t version;
    /* 1, or 0 with what is wrong in `message` (zero-terminated, cut to its capacity). */
    int (*add_rules)(const char* script, const char* text, char* message, size_t capacity);
    void (*clear_rules)(const char* script);
    void (*reset)(const char* script);
    uint64_t (*release)(const char* script);
    uint64_t (*lose_connections)(const char* script);
    /* 1 when it happened, 0 when the time was up, -1 when there is no such function. */
    int (*wait_until_in)(const char* script, const char* functions, int64_t milliseconds);
    int (*wait_until_called)(const char* script, const char* functions, uint64_t count, int64_t milliseconds);
    int (*wait_until_hanging)(const char* script, uint64_t count, int64_t milliseconds);
    /* -1 when there is no such function. */
    int64_t (*count)(const char* script, const char* functions);
    uint64_t (*executions)(const char* script, const char* sql, size_t length);
    uint64_t (*applied)(const char* script, const char* sql, size_t length);
    uint64_t (*calls_dropped)(const char* script);
    /* A null script: of all. */
    void (*live)(const char* script, sluice_fault_live* counted);
    /* The visitor runs under the driver's lock: it calls neither this table nor ODBC. */
    void (*visit_calls)(const char* script, void (*visitor)(void*, const sluice_fault_call*), void* context);
    void (*visit_violations)(const char* script, void (*visitor)(void*, const sluice_fault_violation*), void* context);
    uint64_t (*this_thread)(void);
} sluice_fault_control_table;

/* Null when the driver does not have that version. */
typedef const sluice_fault_control_table* (*sluice_fault_control_function)(uint32_t version);

#ifdef __cplusplus
}
#endif

#endif
