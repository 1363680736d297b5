// The driver's side of control_abi.h.
//
// Threads: any thread.

#include "control_abi.h"
#include "entry.hpp"
#include "words.hpp"

#include <algorithm>
#include <string>

namespace sluice::fault_driver {
namespace {

// body(script&) -> R; `otherwise` when memory is short or there are too many scripts.
template <class R, class Body>
R with_script(const char* name, R otherwise, const Body& body) noexcept {
    try {
        script* const of = gate::instance().named(name);
        return of == nullptr ? otherwise : body(*of);
    } catch (...) {
        return otherwise;
    }
}

int add_rules(const char* name, const char* text, char* message, size_t capacity) {
    std::string mistake = "out of memory, or too many scripts";
    const int added = with_script(name, 0, [&](script& of) {
        try {
            gate::instance().add_rules(of, text);
            return 1;
        } catch (const text_error& wrong) {
            mistake = wrong.what();
            return 0;
        }
    });
    copy_text(mistake, message, static_cast<std::int64_t>(capacity), static_cast<SQLINTEGER*>(nullptr));
    return added;
}

void clear_rules(const char* name) {
    with_script(name, 0, [](script& of) { return gate::instance().clear_rules(of), 0; });
}

void reset(const char* name) {
    with_script(name, 0, [](script& of) { return gate::instance().reset(of), 0; });
}

uint64_t release(const char* name) {
    return with_script(name, uint64_t{0}, [](script& of) { return gate::instance().release(of); });
}

uint64_t lose_connections(const char* name) {
    return with_script(name, uint64_t{0}, [](script& of) {
        const auto found = handle_table::instance().connections(of);
        return static_cast<uint64_t>(std::count_if(
            found.begin(), found.end(), [](const auto& each) { return gate::instance().lose(each->watch); }));
    });
}

template <class Reached>
int wait_until(const char* name, int64_t milliseconds, const Reached& reached) {
    const std::chrono::milliseconds limit(std::max<int64_t>(milliseconds, 0));
    return with_script(name, 0, [&](script& of) { return gate::instance().wait_until(of, limit, reached) ? 1 : 0; });
}

int wait_until_in(const char* name, const char* functions, int64_t milliseconds) {
    const function_set wanted = functions_named(functions);
    if (wanted == 0) return -1;
    return wait_until(name, milliseconds, [=](const script& of) { return of.calls.running(wanted) != 0; });
}

int wait_until_called(const char* name, const char* functions, uint64_t count, int64_t milliseconds) {
    const function_set wanted = functions_named(functions);
    if (wanted == 0) return -1;
    return wait_until(name, milliseconds, [=](const script& of) { return of.calls.count(wanted) >= count; });
}

int wait_until_hanging(const char* name, uint64_t count, int64_t milliseconds) {
    return wait_until(name, milliseconds, [=](const script& of) { return hanging(of) >= count; });
}

// read(const script&) -> number, under the lock
template <class Read>
uint64_t look(const char* name, const Read& read) {
    return with_script(name, uint64_t{0}, [&](script& of) {
        uint64_t found = 0;
        gate::instance().look(of, [&](const script& seen) { found = read(seen); });
        return found;
    });
}

int64_t count(const char* name, const char* functions) {
    const function_set wanted = functions_named(functions);
    if (wanted == 0) return -1;
    return static_cast<int64_t>(look(name, [=](const script& of) { return of.calls.count(wanted); }));
}

uint64_t executions(const char* name, const char* sql, size_t length) {
    return look(name, [=](const script& of) { return of.calls.executions(std::string(sql, length)).begun; });
}

uint64_t applied(const char* name, const char* sql, size_t length) {
    return look(name, [=](const script& of) { return of.calls.executions(std::string(sql, length)).applied; });
}

uint64_t calls_dropped(const char* name) {
    return look(name, [](const script& of) { return of.calls.calls_dropped(); });
}

void live(const char* name, sluice_fault_live* counted) {
    *counted = {};
    const auto count_of = [counted](const script* of) {
        const live_handles found = handle_table::instance().live(of);
        *counted = {found.environments, found.connections, found.connected, found.statements};
        return 0;
    };
    if (name == nullptr) {
        count_of(nullptr);
    } else {
        with_script(name, 0, [&](script& of) { return count_of(&of); });
    }
}

sluice_fault_call shown(const call_record& call) noexcept {
    return {call.sequence, name_of(call.called), call.handle,     call.connection, call.thread, call.begin_ns,
            call.end_ns,   call.detail,          call.sql.data(), call.sql.size(), call.result, call.applied ? 1 : 0};
}

void visit_calls(const char* name, void (*visitor)(void*, const sluice_fault_call*), void* context) {
    look(name, [=](const script& of) {
        for (const call_record& each : of.calls.calls()) {
            const sluice_fault_call call = shown(each);
            visitor(context, &call);
        }
        return uint64_t{0};
    });
}

void visit_violations(const char* name, void (*visitor)(void*, const sluice_fault_violation*), void* context) {
    look(name, [=](const script& of) {
        for (const violation_record& each : of.calls.violations()) {
            const sluice_fault_violation violation{name_of(each.what), shown(each.call), each.other_thread};
            visitor(context, &violation);
        }
        return uint64_t{0};
    });
}

constexpr sluice_fault_control_table table = {
    SLUICE_FAULT_CONTROL_VERSION,
    &add_rules,
    &clear_rules,
    &reset,
    &release,
    &lose_connections,
    &wait_until_in,
    &wait_until_called,
    &wait_until_hanging,
    &count,
    &executions,
    &applied,
    &calls_dropped,
    &live,
    &visit_calls,
    &visit_violations,
    &gate::this_thread,
};

}  // namespace

SLUICE_FAULT_EXPORT const sluice_fault_control_table* sluice_fault_control(uint32_t version) {
    return version == SLUICE_FAULT_CONTROL_VERSION ? &table : nullptr;
}

}  // namespace sluice::fault_driver
