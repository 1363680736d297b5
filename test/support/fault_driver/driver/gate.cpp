#include "gate.hpp"

#include "limits.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace sluice::fault_driver {
namespace {

// What a late cancel meets.
constexpr function_set interruptible = set_of(function::SQLExecDirect) | set_of(function::SQLExecute) |
                                       set_of(function::SQLFetch) | set_of(function::SQLFetchScroll);
// What succeeds without a server.
constexpr function_set serverless = set_of(function::SQLDisconnect) | set_of(function::SQLFreeHandle) |
                                    set_of(function::SQLFreeStmt) | set_of(function::SQLGetConnectAttr);

std::int64_t now_ns() {
    return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

gate& gate::instance() {
    static gate* const only = new gate;
    return *only;
}

std::uint64_t gate::this_thread() noexcept {
    static std::atomic<std::uint64_t> last{0};
    thread_local const std::uint64_t mine = ++last;
    return mine;
}

script* gate::named(std::string_view name) {
    const std::lock_guard lock(mutex_);
    const auto found = scripts_.find(name);
    if (found != scripts_.end()) return found->second.get();
    if (scripts_.size() == limits::scripts_max) return nullptr;
    return scripts_.emplace(name, std::make_unique<script>()).first->second.get();
}

std::optional<form> gate::answer(script& of, const std::string& sql) {
    const std::lock_guard lock(mutex_);
    return of.rules.answer(sql);
}

std::uint64_t gate::cancel(statement_watch& of) {
    const std::lock_guard lock(mutex_);
    if (of.waiting != nullptr && !of.waiting->stubborn && !of.waiting->released) {
        of.waiting->cancelled = true;
        of.waiting->wake.notify_all();
    }
    return of.running;
}

void gate::cancel_later(connection_watch& of) {
    const std::lock_guard lock(mutex_);
    of.cancel_is_due = true;
}

bool gate::open(script& of, connection_watch& opened) {
    const std::lock_guard lock(mutex_);
    if (of.rules.server_is_down()) return false;
    opened.open = true;
    opened.lost = opened.cancel_is_due = false;
    return true;
}

void gate::close(connection_watch& closed) {
    const std::lock_guard lock(mutex_);
    closed.open = closed.lost = closed.cancel_is_due = false;
}

bool gate::lose(connection_watch& of) {
    const std::lock_guard lock(mutex_);
    if (!of.open || of.lost) return false;
    of.lost = true;
    if (of.waiting != nullptr && !of.waiting->stubborn) {
        of.waiting->lost = true;
        of.waiting->wake.notify_all();
    }
    return true;
}

void gate::unknown_handle(function called, std::uint64_t handle) {
    script* const of = named("");
    if (of == nullptr) return;
    const std::lock_guard lock(mutex_);
    violation_record seen{.what = violation_record::kind::unknown_handle, .call = {}, .other_thread = 0};
    seen.call.sequence = ++last_sequence_;
    seen.call.called = called;
    seen.call.handle = handle;
    seen.call.thread = this_thread();
    seen.call.begin_ns = seen.call.end_ns = now_ns();
    of->calls.violation(seen);
}

void gate::add_rules(script& of, std::string_view text) {
    const std::lock_guard lock(mutex_);
    of.rules.add(text);
}

void gate::clear_rules(script& of) {
    const std::lock_guard lock(mutex_);
    of.rules.clear();
}

void gate::reset(script& of) {
    const std::lock_guard lock(mutex_);
    of.rules.clear();
    of.calls.reset();
    release_tickets(of);
}

std::uint64_t gate::release(script& of) {
    const std::lock_guard lock(mutex_);
    return release_tickets(of);
}

std::uint64_t gate::release_tickets(script& of) {
    std::uint64_t count = 0;
    for (ticket* each : of.tickets) {
        if (!each->hangs || each->released) continue;
        each->released = true;
        each->wake.notify_all();
        ++count;
    }
    return count;
}

void gate::tell(script& of) {
    if (of.watchers != 0) of.changed.notify_all();
}

bool gate::wait_until(script& of, std::chrono::milliseconds limit, const std::function<bool(const script&)>& reached) {
    std::unique_lock lock(mutex_);
    ++of.watchers;
    const bool done =
        of.changed.wait_until(lock, std::chrono::steady_clock::now() + limit, [&] { return reached(of); });
    --of.watchers;
    return done;
}

void gate::look(script& of, const std::function<void(const script&)>& reader) {
    const std::lock_guard lock(mutex_);
    reader(of);
}

std::size_t hanging(const script& of) noexcept {
    return static_cast<std::size_t>(std::count_if(of.tickets.begin(), of.tickets.end(), [](const ticket* each) {
        return each->hangs && !each->released && !each->cancelled && !each->lost;
    }));
}

visit::visit(const call_site& site) : site_(site) {
    record_.called = site.called;
    record_.handle = site.handle;
    record_.connection = site.connection_handle;
    record_.thread = gate::this_thread();
    if (site_.connection == nullptr) return;
    connection_watch& watch = *site_.connection;
    const std::lock_guard lock(gate::instance().mutex_);
    if (watch.inside_thread != 0) {
        refused_by_ = watch.inside_thread;
        return;
    }
    if (watch.last_thread != record_.thread) previous_thread_ = watch.last_thread;
    watch.inside_thread = watch.last_thread = record_.thread;
    connection_lost_ = watch.lost;
}

void visit::begin(std::string_view sql, const fault* also) {
    gate& all = gate::instance();
    const std::lock_guard lock(all.mutex_);
    if (!refused()) {
        met_ = site_.of->rules.match(site_.called, sql);
        if (also != nullptr) met_.add(*also);
    }
    record_.sequence = ++all.last_sequence_;
    record_.begin_ns = now_ns();
    slot_ = site_.of->calls.begin(record_, sql);
    began_ = true;
    record_threads();
    if (!refused()) {
        if (site_.statement != nullptr) site_.statement->running = record_.sequence;
        if (site_.connection != nullptr && (interruptible & set_of(site_.called)) != 0) {
            ticket_.cancelled = std::exchange(site_.connection->cancel_is_due, false);
        }
        arm(met_.before);
    }
    gate::tell(*site_.of);
}

void visit::record_threads() {
    using kind = violation_record::kind;
    if (refused()) site_.of->calls.violation({kind::two_threads, record_, refused_by_});
    if (previous_thread_ != 0) site_.of->calls.violation({kind::thread_changed, record_, previous_thread_});
}

void visit::arm(const strike& what) {
    if (!what.waits()) return;
    ticket_.hangs = what.hangs;
    ticket_.stubborn = what.stubborn;
    ticket_.released = false;
    site_.of->tickets.push_back(&ticket_);
    if (site_.statement != nullptr) site_.statement->waiting = &ticket_;
    if (site_.connection != nullptr) site_.connection->waiting = &ticket_;
}

void visit::disarm() {
    std::erase(site_.of->tickets, &ticket_);
    if (refused()) return;
    if (site_.statement != nullptr) site_.statement->waiting = nullptr;
    if (site_.connection != nullptr) site_.connection->waiting = nullptr;
}

visit::end visit::wait() {
    if (!met_.before.waits() && !ticket_.cancelled) return end::passed;  // nobody else sees the ticket then
    std::unique_lock lock(gate::instance().mutex_);
    const end ended = sleep(lock, met_.before);
    disarm();
    return ended;
}

visit::end visit::wait_after() {
    if (!met_.after.waits()) return end::passed;
    std::unique_lock lock(gate::instance().mutex_);
    arm(met_.after);
    gate::tell(*site_.of);
    const end ended = sleep(lock, met_.after);
    disarm();
    return ended;
}

visit::end visit::sleep(std::unique_lock<std::mutex>& lock, const strike& what) {
    using std::chrono::milliseconds;
    using clock = std::chrono::steady_clock;
    const auto stopped = [this] {
        return ticket_.cancelled || ticket_.lost;
    };
    const auto ended = [&] {
        return stopped() || ticket_.released;
    };
    if (what.delay_ms != 0) ticket_.wake.wait_until(lock, clock::now() + milliseconds(what.delay_ms), stopped);
    if (what.hangs) ticket_.wake.wait_until(lock, clock::now() + milliseconds(what.hang_ms_max), ended);
    const bool lost_before = std::exchange(connection_lost_, site_.connection != nullptr && site_.connection->lost);
    if (connection_lost_ && !lost_before) return (serverless & set_of(site_.called)) != 0 ? end::passed : end::lost;
    if (ticket_.cancelled) return end::cancelled;
    if (!what.hangs || ticket_.released) return end::passed;
    site_.of->calls.violation({violation_record::kind::hang_not_released, record_, 0});
    return end::expired;
}

visit::~visit() {
    const std::lock_guard lock(gate::instance().mutex_);
    disarm();
    if (began_) {
        site_.of->calls.end(slot_, site_.called, {now_ns(), result_, detail_, applied_});
        gate::tell(*site_.of);
    }
    if (refused()) return;
    if (site_.connection != nullptr) site_.connection->inside_thread = 0;
    if (site_.statement != nullptr) *site_.statement = {};
}

}  // namespace sluice::fault_driver
