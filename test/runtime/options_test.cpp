#include <sluice/runtime/options.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace sluice {

namespace {

using namespace std::chrono_literals;

// What is said of the options: nothing, or the message of an invalid_argument that cost nothing.
template <class Options>
std::string said(const Options& o) {
    const auto wrong = o.problems();
    if (!wrong) return "";
    CHECK(wrong->code() == errc::invalid_argument);
    CHECK(wrong->outcome() == outcome::none);
    CHECK(wrong->session() == session_state::none);
    return wrong->message();
}

std::size_t count(const std::string& text, const std::string& word) {
    std::size_t found = 0;
    for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
    return found;
}

struct row {
    std::string said;
    std::string names;  // empty: nothing is wrong
};

void check(const std::vector<row>& rows) {
    for (const row& r : rows) {
        INFO(r.names << ": " << r.said);
        if (r.names.empty()) {
            CHECK(r.said.empty());
        } else {
            CHECK(count(r.said, r.names) == 1);
            CHECK(count(r.said, ";") == 0);
        }
    }
}

constexpr std::size_t huge = static_cast<std::size_t>(-1);

}  // namespace

TEST_CASE("options that nobody touched are good") {
    check({{said(request_options()), ""},
           {said(stream_options()), ""},
           {said(connect_options()), ""},
           {said(pool_options()), ""},
           {said(engine_options()), ""}});
}

TEST_CASE("each value at its bounds is good and beyond them is named") {
    check({
        {said(request_options().timeout(0s)), ""},
        {said(request_options().timeout(-1ns)), "timeout"},
        {said(request_options().timeout(no_deadline)), ""},
        {said(request_options().deadline(clock::time_point::min())), ""},
        {said(request_options().result_bytes_max(1)), ""},
        {said(request_options().result_bytes_max(0)), "result_bytes_max"},
        {said(request_options().result_bytes_max(std::size_t{1} << 40)), ""},
        {said(request_options().result_bytes_max((std::size_t{1} << 40) + 1)), "result_bytes_max"},
        {said(stream_options().timeout(-1s)), "timeout"},
        {said(stream_options().batch_rows(1)), ""},
        {said(stream_options().batch_rows(0)), "batch_rows"},
        {said(stream_options().batch_rows(limits::batch_rows_max)), ""},
        {said(stream_options().batch_rows(limits::batch_rows_max + 1)), "batch_rows"},
        {said(stream_options().batch_bytes(1)), ""},
        {said(stream_options().batch_bytes(0)), "batch_bytes"},
        {said(stream_options().batch_bytes(limits::batch_bytes_max)), ""},
        {said(stream_options().batch_bytes(huge)), "batch_bytes"},
        {said(stream_options().prefetch(1)), ""},
        {said(stream_options().prefetch(0)), "prefetch"},
        {said(stream_options().prefetch(limits::prefetch_batches_max)), ""},
        {said(stream_options().prefetch(limits::prefetch_batches_max + 1)), "prefetch"},
        {said(connect_options().timeout(-1ns)), "timeout"},
        {said(connect_options().mailbox_slots(1)), ""},
        {said(connect_options().mailbox_slots(0)), "mailbox_slots"},
        {said(connect_options().mailbox_slots(limits::mailbox_slots_max)), ""},
        {said(connect_options().mailbox_slots(limits::mailbox_slots_max + 1)), "mailbox_slots"},
        {said(connect_options().login_timeout(0s)), ""},
        {said(connect_options().login_timeout(-1s)), "login_timeout"},
        {said(connect_options().login_timeout(3600s)), ""},
        {said(connect_options().login_timeout(3601s)), "login_timeout"},
        {said(pool_options().max_size(1)), ""},
        {said(pool_options().max_size(0)), "max_size"},
        {said(pool_options().max_size(limits::pool_size_max).min_idle(limits::pool_size_max)), ""},
        {said(pool_options().max_size(limits::pool_size_max + 1)), "max_size"},
        {said(pool_options().max_size(3).min_idle(4)), "min_idle"},
        {said(pool_options().min_idle(huge)), "min_idle"},
        {said(pool_options().max_connecting(1)), ""},
        {said(pool_options().max_connecting(0)), "max_connecting"},
        {said(pool_options().max_connecting(limits::pool_connecting_max)), ""},
        {said(pool_options().max_connecting(limits::pool_connecting_max + 1)), "max_connecting"},
        {said(pool_options().max_lifetime(0s).idle_timeout(0s)), ""},
        {said(pool_options().max_lifetime(1s).idle_timeout(1s)), ""},
        {said(pool_options().max_lifetime(24h * 30).idle_timeout(24h * 30)), ""},
        {said(pool_options().max_lifetime(999ms)), "max_lifetime"},
        {said(pool_options().max_lifetime(-1s)), "max_lifetime"},
        {said(pool_options().max_lifetime(clock::duration::max())), "max_lifetime"},
        {said(pool_options().idle_timeout(1ns)), "idle_timeout"},
        {said(pool_options().idle_timeout(24h * 30 + 1ns)), "idle_timeout"},
        {said(pool_options().order(idle_order::fifo).eager(true)), ""},
        {said(pool_options().order(static_cast<idle_order>(7))), "order"},
        {said(pool_options().waiters_max(0)), ""},
        {said(pool_options().waiters_max(limits::waiters_max)), ""},
        {said(pool_options().waiters_max(limits::waiters_max + 1)), "waiters_max"},
        {said(pool_options().connect(connect_options().mailbox_slots(0))), "mailbox_slots"},
        {said(engine_options().sessions_max(1)), ""},
        {said(engine_options().sessions_max(0)), "sessions_max"},
        {said(engine_options().sessions_max(limits::sessions_max)), ""},
        {said(engine_options().sessions_max(huge)), "sessions_max"},
        {said(engine_options().shutdown_grace(0s)), ""},
        {said(engine_options().shutdown_grace(-1ns)), "shutdown_grace"},
        {said(engine_options().shutdown_grace(limits::shutdown_grace_max)), ""},
        {said(engine_options().shutdown_grace(limits::shutdown_grace_max + 1ns)), "shutdown_grace"},
    });
}

TEST_CASE("everything that is wrong is in one message") {
    const auto all_of = [](const std::string& message, const std::vector<std::string>& names) {
        INFO(message);
        for (const auto& name : names) CHECK(count(message, name) == 1);
        CHECK(count(message, "; ") == names.size() - 1);
    };
    all_of(said(request_options().timeout(-1s).result_bytes_max(0)), {"timeout", "result_bytes_max"});
    all_of(said(stream_options().timeout(-1s).batch_rows(0).batch_bytes(0).prefetch(9)),
           {"the timeout", "batch_rows", "batch_bytes", "prefetch"});
    all_of(said(pool_options().waiters_max(huge).connect(
               connect_options().timeout(-1s).mailbox_slots(0).login_timeout(-1s))),
           {"waiters_max", "the timeout", "mailbox_slots", "login_timeout"});
    all_of(said(engine_options().sessions_max(0).shutdown_grace(-1s)), {"sessions_max", "shutdown_grace"});
}

TEST_CASE("a message names the value and what is possible") {
    const std::string message = said(stream_options().prefetch(9));
    CHECK(message.find("9") != std::string::npos);
    CHECK(message.find("1 to 8") != std::string::npos);
}

TEST_CASE("a deadline is what was set last") {
    const auto now = clock::time_point(1000s);
    deadline_option d;
    CHECK(d.from(now) == now + limits::deadline_default);
    d.set(5s);
    CHECK(d.from(now) == now + 5s);
    d.set(clock::time_point(7s));
    CHECK(d.from(now) == clock::time_point(7s));
    d.set(2s);
    CHECK(d.from(now) == now + 2s);
    d.set(no_deadline);
    CHECK(d.from(now) == clock::time_point::max());
    d.set(clock::duration::max());
    CHECK(d.from(now) == clock::time_point::max());
    d.set(clock::time_point::max() - now);
    CHECK(d.from(now) == clock::time_point::max());
}

}  // namespace sluice
