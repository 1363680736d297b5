#include "fault.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <limits>
#include <string>

namespace sluice::fault_driver {
namespace {

bool is_state(std::string_view text) noexcept {
    return text.size() == SQL_SQLSTATE_SIZE && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
           });
}

template <class Number>
std::optional<Number> accept_integer(word_reader& words) {
    using range = std::numeric_limits<Number>;
    const auto read = words.accept_integer(range::min(), range::max());
    return read ? std::optional(static_cast<Number>(*read)) : std::nullopt;
}

// STATE [NATIVE] ['MESSAGE']
diagnostic read_record(word_reader& words) {
    diagnostic record;
    if (!is_state(words.peek().text)) words.fail("an SQLSTATE of five digits and capitals");
    record.state = words.take().text;
    record.native = accept_integer<std::int32_t>(words).value_or(0);
    record.message = words.accept_quoted().value_or("[fault driver] as the test wants it: " + record.state);
    return record;
}

struct named_code {
    std::string_view name;
    SQLRETURN code;
};
constexpr std::array named_codes = {
    named_code{"SQL_SUCCESS", SQL_SUCCESS},
    named_code{"SQL_SUCCESS_WITH_INFO", SQL_SUCCESS_WITH_INFO},
    named_code{"SQL_NO_DATA", SQL_NO_DATA},
    named_code{"SQL_NEED_DATA", SQL_NEED_DATA},
    named_code{"SQL_STILL_EXECUTING", SQL_STILL_EXECUTING},
    named_code{"SQL_PARAM_DATA_AVAILABLE", SQL_PARAM_DATA_AVAILABLE},
    named_code{"SQL_ERROR", SQL_ERROR},
    named_code{"SQL_INVALID_HANDLE", SQL_INVALID_HANDLE},
};

SQLRETURN read_code(word_reader& words) {
    for (const named_code& each : named_codes) {
        if (words.accept(each.name)) return each.code;
    }
    const auto number = accept_integer<SQLRETURN>(words);
    if (!number) words.fail("a return code, by number or by name");
    return *number;
}

// Reads one strike; false, with nothing read, when the next word begins none.
bool read_strike(word_reader& words, strike& into) {
    if (words.accept("error")) {
        into.fails = read_failure(words);
    } else if (words.accept("lost")) {
        into.fails = lost_connection();
    } else if (words.accept("return")) {
        into.returns = read_code(words);
    } else if (words.accept("delay")) {
        into.delay_ms = words.expect_number("milliseconds", limits::wait_ms_max);
    } else if (words.accept("hang")) {
        into.hangs = true;
        if (words.at_number()) into.hang_ms_max = words.expect_number("milliseconds", limits::wait_ms_max);
        into.stubborn = words.accept("stubborn");
    } else if (words.accept("crash")) {
        into.crash = words.accept("abort") ? SIGABRT : SIGSEGV;
    } else {
        return false;
    }
    return true;
}

}  // namespace

void strike::add(const strike& other) {
    delay_ms = std::min(delay_ms + other.delay_ms, limits::wait_ms_max);
    hang_ms_max = hangs ? std::max(hang_ms_max, other.hangs ? other.hang_ms_max : 0) : other.hang_ms_max;
    hangs = hangs || other.hangs;
    stubborn = stubborn || other.stubborn;
    if (!crash) crash = other.crash;
    if (fails || returns) return;
    fails = other.fails;
    returns = other.returns;
}

void fault::add(const fault& other) {
    before.add(other.before);
    after.add(other.after);
    cancels_late = cancels_late || other.cancels_late;
    says.add(other.says);
    for (const diagnostic& each : other.warnings) {
        if (warnings.size() < limits::records_max) warnings.push_back(each);
    }
}

failure read_failure(word_reader& words) {
    failure read;
    if (words.peek().what == word::kind::plain && is_state(words.peek().text)) {
        read.has_record = true;
        read.record = read_record(words);
    }
    return read;
}

failure lost_connection() {
    return {.has_record = true,
            .record = {.state = "08S01", .native = 0, .message = "[fault driver] the connection is lost"},
            .loses_connection = true};
}

bool read_fault(word_reader& words, fault& into) {
    fault read;
    if (words.accept("after")) {
        if (!read_strike(words, read.after)) words.fail("error, lost, return, delay, hang or crash");
    } else if (words.accept("warn")) {
        read.warnings.push_back(read_record(words));
    } else if (words.accept("late")) {
        read.cancels_late = true;
    } else if (!read_strike(words, read.before) && !read_lie(words, read.says)) {
        return false;
    }
    into.add(read);
    return true;
}

}  // namespace sluice::fault_driver
