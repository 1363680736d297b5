#pragma once
// How a test drives the fault driver: what its connections meet, waiting until they have met it, and what they did.
//
//     fault_script faults("stuck fetch");
//     faults.add("at fetch 2 hang");
//     ... a connection made with faults.connection_string() fetches on another thread ...
//     REQUIRE(faults.wait_until_hanging(1));
//     faults.release();
//     CHECK(faults.count("SQLFetch") == 2);
//     CHECK(faults.violations().empty());
//
// The SQL, the rules and the limits are in docs/testing.md.
//
// Threads: any thread at any time, everything here. Never needs a sleep: every wait is for an event, with a limit.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct sluice_fault_control_table;

namespace sluice::testing {

inline constexpr std::chrono::seconds fault_wait_limit{30};

// The driver's file. CMake's target sluice::testing says where it is; without it, it is where the loader finds it.
#if defined(SLUICE_FAULT_DRIVER_PATH)
inline constexpr const char* fault_driver_path = SLUICE_FAULT_DRIVER_PATH;
#else
inline constexpr const char* fault_driver_path = "libsluice_fault_driver.so";
#endif

// One call that reached the driver.
struct fault_call {
    std::uint64_t sequence = 0;  // from 1, in the order of entry, over all scripts of the process
    std::string function;        // "SQLFetch"
    std::uint64_t handle = 0;    // the driver's number; never reused
    std::uint64_t connection = 0;
    std::uint64_t thread = 0;  // see fault_thread()
    std::chrono::steady_clock::time_point begin;
    std::chrono::steady_clock::time_point end;  // not set while the call runs
    bool running = false;
    int result = 0;            // the return code; SQL_ERROR is -1
    bool applied = false;      // it has done its work, whatever it answered
    std::uint64_t detail = 0;  // of a fetch: rows delivered; of SQLCancel: the sequence of the call it met, 0 for none
    std::string sql;           // of SQLExecDirect, SQLPrepare, SQLExecute; "commit" or "rollback" of SQLEndTran
};

// What no application may do.
struct fault_violation {
    std::string kind;  // "two_threads", "thread_changed", "unknown_handle", "hang_not_released"
    fault_call call;
    std::uint64_t other_thread = 0;
};

struct fault_live_handles {
    std::uint64_t environments = 0;  // of the whole process
    std::uint64_t connections = 0;
    std::uint64_t connected = 0;
    std::uint64_t statements = 0;
};

// The script of one name, and the ledger of the connections that carry it. Two objects of one name are the same script.
class fault_script {
public:
    // Loads the driver where the driver manager has not yet, and resets the script. Throws std::runtime_error.
    explicit fault_script(std::string name, std::string driver = fault_driver_path);
    fault_script(const fault_script&) = delete;
    fault_script& operator=(const fault_script&) = delete;
    ~fault_script();  // clears the rules and releases what hangs; the ledger stays

    // "Driver=<path>;Script=<name>;": it works without odbcinst.ini.
    [[nodiscard]] std::string connection_string() const;

    // Adds rules: `at FUNCTIONS [N] [sql 'PART'] FAULT...`, `answer 'SQL' with FORM`, `down`, `up`, separated by ; .
    // All or nothing: throws std::invalid_argument, which says what was expected and where.
    void add(std::string_view rules);
    void clear_rules();
    // Forgets rules, ledger and counts; releases what hangs. Calls that run stay in them as running.
    void reset();
    // Ends the hangs that have begun, whether their threads sleep already or not; says how many. Later ones hang again.
    std::uint64_t release();

    // From down() to up() the server takes no connection: a connect fails with 08001. Those that are open stay open.
    void down();
    void up();
    // Each connection that is open now is lost; says how many. The next call on it that needs the server answers 08S01,
    // SQL_ATTR_CONNECTION_DEAD says so, and a call that waits ends with 08S01 unless it is stubborn.
    std::uint64_t lose_connections();

    // False when the time is up. FUNCTIONS as in rules: an ODBC function, connect, execute, fetch, disconnect, any.
    // Throws std::invalid_argument for another name.
    [[nodiscard]] bool wait_until_in(std::string_view functions, std::chrono::milliseconds limit = fault_wait_limit);
    [[nodiscard]] bool wait_until_called(std::string_view functions, std::uint64_t count,
                                         std::chrono::milliseconds limit = fault_wait_limit);
    [[nodiscard]] bool wait_until_hanging(std::uint64_t count, std::chrono::milliseconds limit = fault_wait_limit);

    // Calls that began since the reset.
    [[nodiscard]] std::uint64_t count(std::string_view functions) const;
    // SQLExecDirect and SQLExecute that began with exactly this SQL since the reset.
    [[nodiscard]] std::uint64_t executions(std::string_view sql) const;
    // Those of them that did their work, whatever they answered: what the server has, where its answer may be lost.
    [[nodiscard]] std::uint64_t applied(std::string_view sql) const;

    [[nodiscard]] std::vector<fault_call> calls() const;
    [[nodiscard]] std::uint64_t calls_dropped() const;  // counted, but not in calls(): the ledger was full
    [[nodiscard]] std::vector<fault_violation> violations() const;
    [[nodiscard]] fault_live_handles live() const;

private:
    const sluice_fault_control_table* control_;
    std::string name_;
    std::string driver_;
};

// Handles of all scripts; violations on handles that do not exist.
[[nodiscard]] fault_live_handles fault_live(const std::string& driver = fault_driver_path);
[[nodiscard]] std::vector<fault_violation> fault_unknown_handles(const std::string& driver = fault_driver_path);

// The calling thread, as the ledger numbers it. Two threads of a process never have the same number.
[[nodiscard]] std::uint64_t fault_thread(const std::string& driver = fault_driver_path);

}  // namespace sluice::testing
