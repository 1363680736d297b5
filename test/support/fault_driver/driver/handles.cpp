#include "handles.hpp"

#include <algorithm>

namespace sluice::fault_driver {
namespace {

// Descriptor handles lie between two numbers: see SQLGetStmtAttr.
constexpr std::uint64_t step = 16;

template <class Map>
auto find_in(const Map& map, SQLHANDLE handle) {
    const auto found = map.find(number_of(handle));
    return found == map.end() ? nullptr : found->second;
}

}  // namespace

std::uint64_t number_of(SQLHANDLE handle) noexcept {
    return reinterpret_cast<std::uintptr_t>(handle);
}

SQLHANDLE handle_of(std::uint64_t number) noexcept {
    return reinterpret_cast<SQLHANDLE>(static_cast<std::uintptr_t>(number));  // NOLINT(performance-no-int-to-ptr)
}

handle_table& handle_table::instance() {
    static handle_table* const only = new handle_table;
    return *only;
}

std::uint64_t handle_table::add_environment() {
    const std::lock_guard lock(mutex_);
    environments_.insert(last_ += step);
    return last_;
}

std::uint64_t handle_table::add_connection(script& of) {
    auto made = std::make_shared<connection>();
    const std::lock_guard lock(mutex_);
    made->handle = last_ += step;
    made->of = &of;
    connections_.emplace(made->handle, made);
    return made->handle;
}

std::uint64_t handle_table::add_statement(const std::shared_ptr<connection>& parent) {
    auto made = std::make_shared<statement>();
    const std::lock_guard lock(mutex_);
    made->handle = last_ += step;
    made->parent = parent;
    made->of = parent->of;
    statements_.emplace(made->handle, made);
    return made->handle;
}

bool handle_table::has_environment(SQLHANDLE handle) {
    const std::lock_guard lock(mutex_);
    return environments_.count(number_of(handle)) != 0;
}

std::shared_ptr<connection> handle_table::find_connection(SQLHANDLE handle) {
    const std::lock_guard lock(mutex_);
    return find_in(connections_, handle);
}

std::shared_ptr<statement> handle_table::find_statement(SQLHANDLE handle) {
    const std::lock_guard lock(mutex_);
    return find_in(statements_, handle);
}

bool handle_table::free_environment(SQLHANDLE handle) {
    const std::lock_guard lock(mutex_);
    return environments_.erase(number_of(handle)) != 0;
}

void handle_table::free(const connection& gone) {
    const std::lock_guard lock(mutex_);
    connections_.erase(gone.handle);
}

void handle_table::free(const statement& gone) {
    const std::lock_guard lock(mutex_);
    statements_.erase(gone.handle);
}

void handle_table::set_script(connection& of, script& to) {
    const std::lock_guard lock(mutex_);
    of.of = &to;
}

void handle_table::set_connected(connection& of) {
    const std::lock_guard lock(mutex_);
    of.connected = true;
}

void handle_table::set_disconnected(connection& of) {
    const std::lock_guard lock(mutex_);
    of.connected = false;
    std::erase_if(statements_, [&of](const auto& each) { return each.second->parent.get() == &of; });
}

live_handles handle_table::live(const script* of) {
    const std::lock_guard lock(mutex_);
    live_handles counted;
    counted.environments = environments_.size();
    for (const auto& [number, each] : connections_) {
        if (of != nullptr && each->of != of) continue;
        ++counted.connections;
        if (each->connected) ++counted.connected;
    }
    for (const auto& [number, each] : statements_) {
        if (of == nullptr || each->of == of) ++counted.statements;
    }
    return counted;
}

std::vector<std::shared_ptr<connection>> handle_table::connections(const script& of) {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<connection>> found;
    for (const auto& [number, each] : connections_) {
        if (each->of == &of) found.push_back(each);
    }
    return found;
}

}  // namespace sluice::fault_driver
