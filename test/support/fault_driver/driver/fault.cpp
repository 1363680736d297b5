#include "fault.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace sluice::fault_driver {
namespace {

bool is_state(std::string_view text) noexcept {
    return text.size() == SQL_SQLSTATE_SIZE && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
           });
}

std::optional<std::int32_t> native_of(const word& next) {
    std::int32_t native = 0;
    const char* const last = next.text.data() + next.text.size();
    const auto [stopped, failure] = std::from_chars(next.text.data(), last, native);
    if (next.what != word::kind::plain || failure != std::errc{} || stopped != last) return std::nullopt;
    return native;
}

// STATE [NATIVE] ['MESSAGE']
diagnostic read_record(word_reader& words) {
    diagnostic record;
    if (!is_state(words.peek().text)) words.fail("an SQLSTATE of five digits and capitals");
    record.state = words.take().text;
    if (const auto native = native_of(words.peek())) {
        record.native = *native;
        words.take();
    }
    record.message = words.accept_quoted().value_or("[fault driver] as the test wants it: " + record.state);
    return record;
}

}  // namespace

void fault::add(const fault& other) {
    delay_ms = std::min(delay_ms + other.delay_ms, limits::wait_ms_max);
    hang_ms_max = hangs ? std::max(hang_ms_max, other.hangs ? other.hang_ms_max : 0) : other.hang_ms_max;
    hangs = hangs || other.hangs;
    stubborn = stubborn || other.stubborn;
    if (!fails) fails = other.fails;
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
    if (words.accept("error")) {
        read.fails = read_failure(words);
    } else if (words.accept("lost")) {
        read.fails = lost_connection();
    } else if (words.accept("warn")) {
        read.warnings.push_back(read_record(words));
    } else if (words.accept("delay")) {
        read.delay_ms = words.expect_number("milliseconds", limits::wait_ms_max);
    } else if (words.accept("hang")) {
        read.hangs = true;
        if (words.at_number()) read.hang_ms_max = words.expect_number("milliseconds", limits::wait_ms_max);
        read.stubborn = words.accept("stubborn");
    } else {
        return false;
    }
    into.add(read);
    return true;
}

}  // namespace sluice::fault_driver
