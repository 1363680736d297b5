#pragma once
// What went wrong, what the server can have done, and what is left usable.
//
// Threads: an error is an immutable value that any thread may copy and read.
// Never holds a connection string, a password or a parameter value (a server's own message may quote data).

#include <sluice/protocol/config.hpp>
#include <sluice/protocol/pool_shortage.hpp>
#include <sluice/protocol/timings.hpp>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

enum class errc : std::uint8_t {
    ok = 0,                 // no error: what result<T>::error() answers beside a value
    cancelled,              // the caller asked for it
    deadline,               // the request's time was over
    queue_full,             // the mailbox of the session has no free slot
    pool_exhausted,         // no session became free in time
    unreachable,            // no connection could be made
    credentials,            // the server refused the user
    connection_lost,        // the connection broke
    worker_lost,            // the thread or process of the session is gone
    circuit_open,           // the endpoint is known to be down
    session_busy,           // an open stream owns the session
    transaction_active,     // an open transaction owns the session
    stale_handle,           // the handle names something that no longer exists
    closed,                 // the handle is empty or was closed
    shutting_down,          // the engine is going away
    constraint,             // a constraint of the schema said no
    serialization,          // a conflict with others: repeat the whole transaction
    syntax,                 // the statement is wrong or names what is not there
    data,                   // a value is not possible
    type_mismatch,          // the value is not of the type asked for
    truncated,              // a value could not be delivered whole
    commit_unknown,         // the connection broke during COMMIT
    too_large,              // a bound was reached
    unsupported,            // this driver or server cannot do it
    invalid_argument,       // the call itself is wrong
    operation_in_progress,  // the previous call of the same kind is not complete
    driver_misbehaved,      // a return code or length that ODBC does not allow
    rejected,               // the server said no for a reason that has no code above: read the diagnostics
};

// What the server can have done.
enum class outcome : std::uint8_t {
    none,     // it cannot have applied the request
    applied,  // it did
    unknown,  // nobody can know
};

enum class session_state : std::uint8_t {
    usable,              // go on
    transaction_failed,  // roll back first
    broken,              // the connection is gone
    quarantined,         // its worker is stuck in the driver
    none,                // the error is not about a session
    suspect,             // its worker has not come back from the driver yet; requests wait, and it may be replaced
};

[[nodiscard]] SLUICE_EXPORT std::string_view to_string(errc) noexcept;
[[nodiscard]] SLUICE_EXPORT std::string_view to_string(outcome) noexcept;
[[nodiscard]] SLUICE_EXPORT std::string_view to_string(session_state) noexcept;

// One diagnostic record of the driver. `row` and `column` count from 0; -1 says that the driver did not tell.
struct diagnostic {
    std::string sqlstate;
    std::int32_t native = 0;
    std::string message;
    std::int64_t row = -1;
    std::int32_t column = -1;

    friend bool operator==(const diagnostic&, const diagnostic&) = default;
};

// The parts of an error, to make one from.
struct error_record {
    errc code{};
    std::string message;              // what to do, in our words
    std::string function;             // the ODBC function that failed; empty where none was called
    std::vector<diagnostic> records;  // everything the driver said, in its order
    sluice::outcome outcome = sluice::outcome::none;
    session_state session = session_state::none;
    sluice::timings timings;
    std::int64_t row = -1;  // the cell it is about, from 0; -1: none
    std::int32_t column = -1;
    std::optional<pool_shortage> shortage;      // of who got no session of a pool
    std::shared_ptr<const error_record> cause;  // the error that led to this one; null: none that is known
};

class SLUICE_EXPORT error {
public:
    error() noexcept = default;  // errc::ok
    explicit error(error_record);
    error(errc, std::string message);

    [[nodiscard]] errc code() const noexcept { return record().code; }
    [[nodiscard]] sluice::outcome outcome() const noexcept { return record().outcome; }
    [[nodiscard]] session_state session() const noexcept { return record().session; }
    [[nodiscard]] const std::string& message() const noexcept { return record().message; }
    [[nodiscard]] const std::string& function() const noexcept { return record().function; }
    [[nodiscard]] std::span<const diagnostic> diagnostics() const noexcept { return record().records; }
    [[nodiscard]] const sluice::timings& timings() const noexcept { return record().timings; }
    [[nodiscard]] std::int64_t row() const noexcept { return record().row; }
    [[nodiscard]] std::int32_t column() const noexcept { return record().column; }
    // Set where a pool had no session for the caller.
    [[nodiscard]] const std::optional<pool_shortage>& shortage() const noexcept { return record().shortage; }
    // The error that led to this one, errc::ok where none is known: of a shortage, how the last connect failed.
    [[nodiscard]] error cause() const;
    [[nodiscard]] const error_record& record() const noexcept;

    // Of the first diagnostic; empty and 0 where there is none.
    [[nodiscard]] std::string_view sqlstate() const noexcept;
    [[nodiscard]] std::int32_t native() const noexcept;

    // The whole of it on one line for a log.
    [[nodiscard]] std::string to_string() const;

private:
    explicit error(std::shared_ptr<const error_record> of) noexcept : record_(std::move(of)) {}

    std::shared_ptr<const error_record> record_;  // null: errc::ok
};

SLUICE_EXPORT std::ostream& operator<<(std::ostream&, const error&);

// The four kinds of failure by which callers of streams decide what to do.
enum class error_category : std::uint8_t {
    protocol,     // the call itself was wrong or came at the wrong time, or a bound was reached: change the program
    timeout,      // the time was over: nobody is to blame
    interrupted,  // ended from outside: cancelled, the connection or the worker lost, the engine going away
    sql,          // the server or the driver said no: see code and diagnostics
};
// sql for errc::ok, which is no failure.
[[nodiscard]] SLUICE_EXPORT error_category category(errc) noexcept;
[[nodiscard]] inline error_category category(const error& e) noexcept {
    return category(e.code());
}
[[nodiscard]] SLUICE_EXPORT std::string_view to_string(error_category) noexcept;

// Thrown by the throwing family of calls (futures, sluice::use_awaitable, result<T>::value()).
class SLUICE_EXPORT database_error : public std::runtime_error {
public:
    explicit database_error(sluice::error);
    ~database_error() override;
    [[nodiscard]] const sluice::error& error() const noexcept { return error_; }
    [[nodiscard]] errc code() const noexcept { return error_.code(); }

private:
    sluice::error error_;
};

template <class T>
using result = boost::system::result<T, error>;

[[noreturn]] SLUICE_EXPORT void throw_exception_from_error(const error&, const boost::source_location&);

}  // namespace sluice
