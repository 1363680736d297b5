#include "gate.hpp"

#include "limits.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace sluice::fault_driver {
namespace {

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
    if (of.waiting != nullptr && !of.waiting->stubborn) {
        of.waiting->cancelled = true;
        of.waiting->wake.notify_all();
    }
    return of.running;
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
        return each->hangs && !each->released && !each->cancelled;
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
}

void visit::begin(std::string_view sql, const fault* also) {
    gate& all = gate::instance();
    const std::lock_guard lock(all.mutex_);
    if (!refused()) {
        met_ = site_.of->rules.match(site_.called, sql);
        if (also != nullptr) met_.add(*also);
    }
    if (met_.waits()) site_.of->tickets.push_back(&ticket_);
    ticket_.hangs = met_.hangs;
    ticket_.stubborn = met_.stubborn;
    record_.sequence = ++all.last_sequence_;
    record_.begin_ns = now_ns();
    slot_ = site_.of->calls.begin(record_, sql);
    began_ = true;
    record_threads();
    if (site_.statement != nullptr && !refused()) {
        site_.statement->running = record_.sequence;
        site_.statement->waiting = met_.waits() ? &ticket_ : nullptr;
    }
    gate::tell(*site_.of);
}

void visit::record_threads() {
    using kind = violation_record::kind;
    if (refused()) site_.of->calls.violation({kind::two_threads, record_, refused_by_});
    if (previous_thread_ != 0) site_.of->calls.violation({kind::thread_changed, record_, previous_thread_});
}

visit::end visit::wait() {
    using std::chrono::milliseconds;
    using clock = std::chrono::steady_clock;
    if (!met_.waits()) return end::passed;
    std::unique_lock lock(gate::instance().mutex_);
    const auto cancelled = [this] {
        return ticket_.cancelled;
    };
    const auto ended = [this] {
        return ticket_.cancelled || ticket_.released;
    };
    ticket_.wake.wait_until(lock, clock::now() + milliseconds(met_.delay_ms), cancelled);
    if (met_.hangs) ticket_.wake.wait_until(lock, clock::now() + milliseconds(met_.hang_ms_max), ended);
    if (ticket_.cancelled) return end::cancelled;
    if (!met_.hangs || ticket_.released) return end::passed;
    site_.of->calls.violation({violation_record::kind::hang_not_released, record_, 0});
    return end::expired;
}

visit::~visit() {
    const std::lock_guard lock(gate::instance().mutex_);
    std::erase(site_.of->tickets, &ticket_);
    if (began_) {
        site_.of->calls.end(slot_, site_.called, now_ns(), result_, detail_);
        gate::tell(*site_.of);
    }
    if (refused()) return;
    if (site_.connection != nullptr) site_.connection->inside_thread = 0;
    if (site_.statement != nullptr) *site_.statement = {};
}

}  // namespace sluice::fault_driver
