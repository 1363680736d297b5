#pragma once
// Where every call enters and leaves the driver, and where the test reaches it: one lock over the scripts, their
// ledgers, who is inside which connection, and who hangs.
//
// A call claims its connection, begins (it is then in the ledger, and its hang can be released or cancelled, even
// before the thread has gone to sleep), waits where the script says so, and leaves. The lock is never held while a call
// waits or works.
//
// Threads: any thread; the gate does its own locking. It is never destroyed, so that a thread which still hangs when
// the process exits meets nothing destroyed.

#include "fault.hpp"
#include "form.hpp"
#include "functions.hpp"
#include "ledger.hpp"
#include "rules.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::fault_driver {

class visit;

// One hang or delay of one call.
struct ticket {
    std::condition_variable wake;
    bool hangs = false;
    bool stubborn = false;
    bool released = false;
    bool cancelled = false;
    bool lost = false;  // its connection was, while it waited
};

// Who is inside a connection, and what comes to it from outside. Guarded by the gate.
struct connection_watch {
    std::uint64_t last_thread = 0;    // that entered it
    std::uint64_t inside_thread = 0;  // 0: nobody
    ticket* waiting = nullptr;        // of the call inside
    bool open = false;                // from the connect to the disconnect
    bool lost = false;                // by the test: the next call finds it dead
    bool cancel_is_due = false;       // a late cancel, which ends the next execute or fetch
};

// What runs on a statement, for SQLCancel. Guarded by the gate.
struct statement_watch {
    std::uint64_t running = 0;  // sequence of the call inside, 0 for none
    ticket* waiting = nullptr;
};

// The rules and the ledger of the connections with one `Script=` name. Lives as long as the process. Guarded by the
// gate.
struct script {
    rule_book rules;
    ledger calls;
    std::vector<ticket*> tickets;
    std::condition_variable changed;
    unsigned watchers = 0;  // threads waiting for `changed`
};

class gate {
public:
    static gate& instance();
    // A number for the calling thread that no other thread of this process has or had.
    static std::uint64_t this_thread() noexcept;

    // The script of that name, made when there is none; null past limits::scripts_max.
    script* named(std::string_view name);
    std::optional<form> answer(script&, const std::string& sql);

    // Ends the wait of the call that runs on the statement, unless it is stubborn or released, and answers that call's
    // sequence.
    std::uint64_t cancel(statement_watch&);
    // The cancel that comes too late: it will end the next execute or fetch of the connection.
    void cancel_later(connection_watch&);
    // False while the script's server is down; else the connection is open from now on.
    bool open(script&, connection_watch&);
    void close(connection_watch&);
    // A call on a handle that does not exist; it belongs to the unnamed script.
    void unknown_handle(function, std::uint64_t handle);

    // For the test.
    void add_rules(script&, std::string_view text);  // throws text_error
    void clear_rules(script&);
    void reset(script&);             // rules, ledger and counts; releases what hangs
    std::uint64_t release(script&);  // ends the hangs that have begun; how many
    // The connection is lost where it is open: its next call finds it dead, and one that waits ends so, unless it is
    // stubborn. False where it was closed or lost already.
    bool lose(connection_watch&);
    bool wait_until(script&, std::chrono::milliseconds limit, const std::function<bool(const script&)>&);
    void look(script&, const std::function<void(const script&)>&);  // under the lock: only reads

private:
    friend class visit;
    static std::uint64_t release_tickets(script&);
    static void tell(script&);

    std::mutex mutex_;
    std::map<std::string, std::unique_ptr<script>, std::less<>> scripts_;
    std::uint64_t last_sequence_ = 0;
};

// Hangs that nobody has released or cancelled yet.
[[nodiscard]] std::size_t hanging(const script&) noexcept;

struct call_site {
    function called{};
    std::uint64_t handle = 0;
    std::uint64_t connection_handle = 0;
    script* of = nullptr;
    connection_watch* connection = nullptr;  // null: threads are not watched (environments, SQLCancel)
    statement_watch* statement = nullptr;    // null: SQLCancel cannot meet this call
};

// One call, from its entry to its return. Used by the thread that makes the call.
class visit {
public:
    enum class end : std::uint8_t { passed, cancelled, expired, lost };

    // Claims the connection: from here on this thread alone may look at its data, unless refused().
    explicit visit(const call_site&);
    visit(const visit&) = delete;
    visit& operator=(const visit&) = delete;
    ~visit();  // the call returns

    [[nodiscard]] bool refused() const noexcept { return refused_by_ != 0; }
    // Puts the call into the ledger and finds the faults that it meets: those of the script, and `also`.
    void begin(std::string_view sql, const fault* also);
    // What waits before the work, and what waits after it.
    [[nodiscard]] end wait();
    [[nodiscard]] end wait_after();
    [[nodiscard]] const fault& met() const noexcept { return met_; }
    // Whether the test has lost the connection since it was opened.
    [[nodiscard]] bool connection_lost() const noexcept { return connection_lost_; }

    std::int32_t leave_with(std::int32_t result) noexcept { return result_ = result; }
    void set_detail(std::uint64_t detail) noexcept { detail_ = detail; }
    // The call has done what it was called for, whatever it will answer.
    void set_applied() noexcept { applied_ = true; }

private:
    void record_threads();
    void arm(const strike&);  // both under the gate's lock
    void disarm();
    [[nodiscard]] end sleep(std::unique_lock<std::mutex>&, const strike&);

    call_site site_;
    call_record record_;
    std::uint64_t refused_by_ = 0;       // the thread that is inside
    std::uint64_t previous_thread_ = 0;  // another one that was inside before
    bool began_ = false;
    bool connection_lost_ = false;
    bool applied_ = false;
    ledger::slot slot_;
    fault met_;
    ticket ticket_;
    std::int32_t result_ = -1;
    std::uint64_t detail_ = 0;
};

}  // namespace sluice::fault_driver
