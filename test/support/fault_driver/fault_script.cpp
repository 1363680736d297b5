#include "control_abi.h"

#include <sluice/testing/fault_script.hpp>

#include <array>
#include <dlfcn.h>
#include <exception>
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace sluice::testing {
namespace {

// The manager loads the driver by the same path, and so gets the same copy. It is never unloaded: a thread may hang in
// it.
const sluice_fault_control_table* load(const std::string& driver) {
    void* library = dlopen(driver.c_str(), RTLD_NOLOAD | RTLD_NOW);
    if (library == nullptr) library = dlopen(driver.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
        const char* const why = dlerror();
        throw std::runtime_error("the fault driver cannot be loaded: " + (why != nullptr ? why : driver));
    }
    const auto open = reinterpret_cast<sluice_fault_control_function>(dlsym(library, "sluice_fault_control"));
    const auto* const table = open == nullptr ? nullptr : open(SLUICE_FAULT_CONTROL_VERSION);
    if (table == nullptr) throw std::runtime_error("another version of the fault driver: " + driver);
    return table;
}

const sluice_fault_control_table* control(const std::string& driver) {
    static std::mutex mutex;
    static std::map<std::string, const sluice_fault_control_table*> loaded;
    const std::lock_guard lock(mutex);
    const sluice_fault_control_table*& found = loaded[driver];
    if (found == nullptr) found = load(driver);
    return found;
}

bool happened(int answer, std::string_view functions) {
    if (answer < 0) throw std::invalid_argument("no ODBC function or group of them: " + std::string(functions));
    return answer != 0;
}

fault_call copied(const sluice_fault_call& from) {
    using time_point = std::chrono::steady_clock::time_point;
    const auto at = [](std::int64_t ns) {
        return time_point(std::chrono::nanoseconds(ns));
    };
    fault_call call;
    call.sequence = from.sequence;
    call.function = from.function;
    call.handle = from.handle;
    call.connection = from.connection;
    call.thread = from.thread;
    call.begin = at(from.begin_ns);
    call.end = at(from.end_ns);
    call.running = from.end_ns == 0;
    call.result = from.result;
    call.applied = from.applied != 0;
    call.detail = from.detail;
    if (from.sql != nullptr) call.sql.assign(from.sql, from.sql_length);
    return call;
}

fault_violation copied(const sluice_fault_violation& from) {
    return {from.kind, copied(from.call), from.other_thread};
}

// What the visitors collect; an exception waits here until the driver's lock is free again.
template <class To>
struct collection {
    std::vector<To> all;
    std::exception_ptr failure;

    template <class From>
    static void visit(void* self, const From* from) noexcept {
        auto& to = *static_cast<collection*>(self);
        try {
            if (!to.failure) to.all.push_back(copied(*from));
        } catch (...) {
            to.failure = std::current_exception();
        }
    }
    std::vector<To> take() {
        if (failure) std::rethrow_exception(failure);
        return std::move(all);
    }
};

std::vector<fault_violation> violations_of(const sluice_fault_control_table& control, const char* script) {
    collection<fault_violation> found;
    control.visit_violations(script, &collection<fault_violation>::visit<sluice_fault_violation>, &found);
    return found.take();
}

fault_live_handles live_of(const sluice_fault_control_table& control, const char* script) {
    sluice_fault_live counted{};
    control.live(script, &counted);
    return {counted.environments, counted.connections, counted.connected, counted.statements};
}

}  // namespace

fault_script::fault_script(std::string name, std::string driver)
    : control_(control(driver)), name_(std::move(name)), driver_(std::move(driver)) {
    reset();
}

fault_script::~fault_script() {
    control_->clear_rules(name_.c_str());
    control_->release(name_.c_str());
}

std::string fault_script::connection_string() const {
    std::string text = "Driver=" + driver_ + ";Script={";
    for (const char each : name_) text.append(each == '}' ? 2 : 1, each);
    return text += "};";
}

void fault_script::add(std::string_view rules) {
    std::array<char, 512> message{};
    if (control_->add_rules(name_.c_str(), std::string(rules).c_str(), message.data(), message.size()) == 0) {
        throw std::invalid_argument("fault script '" + std::string(rules) + "': " + message.data());
    }
}

void fault_script::clear_rules() {
    control_->clear_rules(name_.c_str());
}

void fault_script::reset() {
    control_->reset(name_.c_str());
}

std::uint64_t fault_script::release() {
    return control_->release(name_.c_str());
}

void fault_script::down() {
    add("down");
}

void fault_script::up() {
    add("up");
}

std::uint64_t fault_script::lose_connections() {
    return control_->lose_connections(name_.c_str());
}

bool fault_script::wait_until_in(std::string_view functions, std::chrono::milliseconds limit) {
    return happened(control_->wait_until_in(name_.c_str(), std::string(functions).c_str(), limit.count()), functions);
}

bool fault_script::wait_until_called(std::string_view functions, std::uint64_t count, std::chrono::milliseconds limit) {
    const std::string called(functions);
    return happened(control_->wait_until_called(name_.c_str(), called.c_str(), count, limit.count()), functions);
}

bool fault_script::wait_until_hanging(std::uint64_t count, std::chrono::milliseconds limit) {
    return control_->wait_until_hanging(name_.c_str(), count, limit.count()) == 1;
}

std::uint64_t fault_script::count(std::string_view functions) const {
    const std::int64_t counted = control_->count(name_.c_str(), std::string(functions).c_str());
    happened(counted < 0 ? -1 : 1, functions);
    return static_cast<std::uint64_t>(counted);
}

std::uint64_t fault_script::executions(std::string_view sql) const {
    return control_->executions(name_.c_str(), sql.data(), sql.size());
}

std::uint64_t fault_script::applied(std::string_view sql) const {
    return control_->applied(name_.c_str(), sql.data(), sql.size());
}

std::vector<fault_call> fault_script::calls() const {
    collection<fault_call> found;
    control_->visit_calls(name_.c_str(), &collection<fault_call>::visit<sluice_fault_call>, &found);
    return found.take();
}

std::uint64_t fault_script::calls_dropped() const {
    return control_->calls_dropped(name_.c_str());
}

std::vector<fault_violation> fault_script::violations() const {
    return violations_of(*control_, name_.c_str());
}

fault_live_handles fault_script::live() const {
    return live_of(*control_, name_.c_str());
}

fault_live_handles fault_live(const std::string& driver) {
    return live_of(*control(driver), nullptr);
}

std::vector<fault_violation> fault_unknown_handles(const std::string& driver) {
    return violations_of(*control(driver), "");
}

std::uint64_t fault_thread(const std::string& driver) {
    return control(driver)->this_thread();
}

}  // namespace sluice::testing
