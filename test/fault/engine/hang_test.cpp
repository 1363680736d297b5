// A driver that never comes back, wherever it is, and that no SQLCancel impresses: each request is answered in time
// with the truth about what it may have done, and the engine goes away in time. About 1,000 trials in a release tree, a
// tenth of that under a sanitizer.
#include "fault_world.hpp"

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

constexpr std::chrono::milliseconds hang_grace{50};
constexpr std::chrono::milliseconds patience = sanitized ? 300ms : 50ms;
constexpr std::size_t repeats = sanitized ? 2 : 4;
constexpr std::size_t sessions_of_a_round = sanitized ? 5 : 25;

struct truth {
    errc code;
    outcome effect;
};

template <class T>
struct asked {
    clock::time_point deadline;
    std::future<T> answer;
};

// So many requests of which each hangs by now. False: the machine was so busy that one met its deadline before it hung.
template <class T>
bool all_hang(world& w, const std::vector<asked<T>>& those) {
    const auto left = those.front().deadline - clock::now();
    return w.faults.wait_until_hanging(those.size(),
                                       std::max(std::chrono::duration_cast<std::chrono::milliseconds>(left), 0ms));
}

// All of them are answered by their deadlines; with the truth, where they had begun.
template <class T>
bool answered_in_time(std::vector<asked<T>>& those, bool began, truth expected) {
    bool in_time = began;
    for (auto& one : those)
        in_time = one.answer.wait_until(one.deadline + promptly) == std::future_status::ready && in_time;
    for (auto& one : those) {
        const error e = error_of(std::move(one.answer));
        if (!began) continue;
        INFO(e.to_string());
        CHECK(e.code() == expected.code);
        CHECK(e.outcome() == expected.effect);
        CHECK_FALSE(e.message().empty());
        CHECK(e.timings().queued < patience);  // it hung by then
    }
    return in_time;
}

[[nodiscard]] bool gone_in_time(std::optional<engine>& on) {
    const auto before = clock::now();
    on.reset();
    return clock::now() - before <= hang_grace + promptly;
}

// Repeats a round that was late: the machine has others to serve. One in four may be.
template <class Round>
void check_rounds(Round round) {
    std::size_t late = 0;
    for (std::size_t done = 0; done < repeats;) {
        world w("hang");
        const bool in_time = round(w);
        w.faults.clear_rules();
        w.faults.release();
        w.judge();
        done += in_time ? 1 : 0;
        late += in_time ? 0 : 1;
        REQUIRE(late <= repeats);
    }
}

// Sessions that are at what `prepare` made them ready for; then the driver hangs by `rule`, and each is asked.
template <class Prepare, class Ask>
void check_hangs(const std::string& rule, truth expected, Prepare prepare, Ask ask_one) {
    check_rounds([&](world& w) {
        std::optional<engine> on(engine_options().shutdown_grace(hang_grace));
        std::vector<session> sessions;
        for (std::size_t n = 0; n < sessions_of_a_round; ++n) sessions.push_back(w.connect(*on));
        for (auto& one : sessions) prepare(one);
        w.faults.add(rule);
        using future = decltype(ask_one(sessions.front(), request_options()));
        using reply = decltype(std::declval<future>().get());
        std::vector<asked<reply>> running;
        for (auto& one : sessions) {
            const auto deadline = clock::now() + patience;
            running.push_back({deadline, ask_one(one, request_options().deadline(deadline))});
        }
        const bool began = all_hang(w, running);
        const bool in_time = answered_in_time(running, began, expected);
        return gone_in_time(on) && in_time;
    });
}

void as_it_is(session&) {}

void in_transaction(session& of) {
    answer(of.submit(ask::begin()));
    answer(of.query("affect 1"));
}

}  // namespace

TEST_CASE("a driver that hangs in SQLDriverConnect holds up nobody") {
    check_rounds([](world& w) {
        w.faults.add("at connect hang stubborn");
        std::optional<engine> on(engine_options().shutdown_grace(hang_grace));
        std::vector<asked<session>> running;
        for (std::size_t n = 0; n < sessions_of_a_round; ++n) {
            const auto deadline = clock::now() + patience;
            running.push_back(
                {deadline, on->connect(w.faults.connection_string(), connect_options().deadline(deadline))});
        }
        const bool began = all_hang(w, running);
        const bool in_time = answered_in_time(running, began, {errc::deadline, outcome::none});
        return gone_in_time(on) && in_time;
    });
}

TEST_CASE("a driver that hangs in SQLExecDirect holds up nobody") {
    check_hangs("at SQLExecDirect hang stubborn", {errc::deadline, outcome::unknown}, as_it_is,
                [](session& on, request_options how) { return on.query("affect 1", how); });
}

TEST_CASE("a driver that hangs in SQLPrepare holds up nobody") {
    check_hangs("at SQLPrepare hang stubborn", {errc::deadline, outcome::none}, as_it_is,
                [](session& on, request_options how) { return on.query("affect ?", args(1), how); });
}

TEST_CASE("a driver that hangs in SQLExecute holds up nobody") {
    check_hangs("at SQLExecute hang stubborn", {errc::deadline, outcome::unknown}, as_it_is,
                [](session& on, request_options how) { return on.query("affect ?", args(1), how); });
}

TEST_CASE("a driver that hangs in SQLFetch holds up nobody") {
    check_hangs("at fetch hang stubborn", {errc::deadline, outcome::unknown}, as_it_is,
                [](session& on, request_options how) { return on.query("rows 3", how); });
}

TEST_CASE("a driver that hangs in the SQLFetch of a stream holds up nobody") {
    check_rounds([](world& w) {
        std::optional<engine> on(engine_options().shutdown_grace(hang_grace));
        std::vector<session> sessions;
        std::vector<row_stream> streams;
        std::vector<asked<std::optional<batch>>> running;
        for (std::size_t n = 0; n < sessions_of_a_round; ++n) sessions.push_back(w.connect(*on));
        w.faults.add("at fetch hang stubborn");
        for (auto& one : sessions) streams.push_back(answer(one.stream("rows 3", stream_options().timeout(patience))));
        for (auto& one : streams) {
            auto next = one.next();
            running.push_back({clock::now() + patience, std::move(next)});
        }
        const bool began = all_hang(w, running);
        const bool in_time = answered_in_time(running, began, {errc::deadline, outcome::none});
        return gone_in_time(on) && in_time;
    });
}

TEST_CASE("a driver that hangs in SQLCancel while it executes holds up nobody") {
    check_hangs("at execute hang stubborn; at SQLCancel hang stubborn", {errc::deadline, outcome::unknown}, as_it_is,
                [](session& on, request_options how) { return on.query("affect 1", how); });
}

TEST_CASE("a driver that hangs in SQLDisconnect holds up nobody") {
    check_hangs("at disconnect hang stubborn", {errc::deadline, outcome::none}, as_it_is,
                [](session& on, request_options how) { return on.submit(ask::disconnect(), how); });
}

TEST_CASE("a driver that hangs in SQLFreeHandle of a statement holds up nobody") {
    check_hangs("at SQLFreeHandle hang stubborn", {errc::deadline, outcome::applied}, as_it_is,
                [](session& on, request_options how) { return on.query("affect 1", how); });
}

TEST_CASE("a driver that hangs in SQLFreeStmt holds up nobody") {
    // The driver has not said all yet: of the statements of a batch the first may have been executed.
    check_hangs("at SQLFreeStmt hang stubborn", {errc::deadline, outcome::unknown}, as_it_is,
                [](session& on, request_options how) { return on.query("affect ?", args(1), how); });
}

TEST_CASE("a driver that hangs in the SQLEndTran of a commit holds up nobody") {
    check_hangs("at SQLEndTran hang stubborn", {errc::commit_unknown, outcome::unknown}, in_transaction,
                [](session& on, request_options how) { return on.submit(ask::commit(), how); });
}

TEST_CASE("a driver that hangs in the SQLEndTran of a rollback holds up nobody") {
    check_hangs("at SQLEndTran hang stubborn", {errc::deadline, outcome::none}, in_transaction,
                [](session& on, request_options how) { return on.submit(ask::rollback(), how); });
}
