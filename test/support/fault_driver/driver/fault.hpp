#pragma once
// What is done to a call beside, or instead of, what it was called for; and its text form, the same in SQL and in
// scripts:
//
//     error [STATE [NATIVE] ['MESSAGE']]    SQL_ERROR; without a STATE there is no diagnostic record
//     lost                                  SQL_ERROR 08S01, and the connection is dead from then on
//     return CODE                           that return code: a number or SQL_NO_DATA, SQL_STILL_EXECUTING ...
//     warn STATE [NATIVE] ['MESSAGE']       a success becomes SQL_SUCCESS_WITH_INFO with this record
//     delay MS                              first waits; SQLCancel ends the wait with HY008
//     hang [MS] [stubborn]                  first waits until the test releases it, at most MS; stubborn: ignores
//                                           SQLCancel
//     crash [abort]                         the process dies by SIGSEGV, or by SIGABRT
//     late                                  of SQLCancel: it meets the next execute or fetch of the connection
//     after FAULT                           error, lost, return, delay, hang or crash once the call has done its work
//     fetched, indicator, status, diag      see lies.hpp
//
// Threads: values and pure functions; any thread.

#include "diagnostics.hpp"
#include "lies.hpp"
#include "limits.hpp"
#include "words.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice::fault_driver {

// What strikes at one moment of a call. It waits, then it ends the call where it has a crash, a failure or an answer.
struct strike {
    std::uint64_t delay_ms = 0;
    bool hangs = false;
    bool stubborn = false;
    std::uint64_t hang_ms_max = limits::wait_ms_max;
    std::optional<int> crash;  // the signal
    std::optional<failure> fails;
    std::optional<SQLRETURN> returns;

    [[nodiscard]] bool waits() const noexcept { return delay_ms != 0 || hangs; }
    // Both at once: delays add, the first end stays, a hang is stubborn where one of them is.
    void add(const strike& other);
};

struct fault {
    strike before;  // the call does its work; it does none where this ends it
    strike after;   // it has done its work; what it answered is lost where this ends it
    std::vector<diagnostic> warnings;
    bool cancels_late = false;
    lies says;

    void add(const fault& other);
};

// [STATE [NATIVE] ['MESSAGE']]
[[nodiscard]] failure read_failure(word_reader&);
[[nodiscard]] failure lost_connection();
// Reads one fault and adds it; false, with nothing read, when the next word begins none. Throws text_error.
[[nodiscard]] bool read_fault(word_reader&, fault& into);

}  // namespace sluice::fault_driver
