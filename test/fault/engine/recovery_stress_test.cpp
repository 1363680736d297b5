// Sessions whose connections are given up all the time, at any moment, by others: whoever uses them hears of that and
// of nothing else, and is told the truth.
#include "fault_world.hpp"

#include <sluice/runtime/async.hpp>

#include <atomic>
#include <functional>

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

constexpr std::size_t users = 3;
constexpr std::size_t requests_each = sanitized ? 200 : 2'000;  // of each user

std::atomic<std::size_t> heard{0};  // answers, of all users

// What one user saw. Only the test's own thread asserts.
struct account {
    std::vector<std::string> wrong;
    std::size_t answered = 0;
    std::size_t lost = 0;

    void note(std::string what) {
        if (wrong.size() < 5) wrong.push_back(std::move(what));
    }
    // Whether it went well. An error has to be the loss of the connection.
    bool saw(const char* what, const std::function<void()>& act, outcome* effect = nullptr) {
        const auto counted = std::shared_ptr<void>(nullptr, [](void*) { ++heard; });
        try {
            act();
            ++answered;
            return true;
        } catch (const database_error& e) {
            if (effect != nullptr) *effect = e.error().outcome();
            ++lost;
            const auto code = e.error().code();
            // worker_lost: too many workers of the session are on their way out (limits::leaving_workers_max).
            if (code != errc::connection_lost && code != errc::commit_unknown && code != errc::worker_lost)
                note(std::string(what) + ": " + e.error().to_string());
        } catch (const std::exception& e) {
            note(std::string(what) + ": " + e.what());
        }
        return false;
    }
};

template <class T>
T in_time(std::future<T> from) {
    if (from.wait_for(answer_limit) != std::future_status::ready) throw std::runtime_error("no answer");
    return from.get();
}

// Outside of a transaction: what is said of it is so.
void write(session& on, fault_script& faults, account& mine, const std::string& name) {
    const std::string sql = "affect 1 /* " + name + " */";
    outcome effect = outcome::unknown;
    const bool well = mine.saw(
        "write", [&] { in_time(on.query(sql)); }, &effect);
    const auto applied = faults.applied(sql);
    if (applied > 1 || (well && applied != 1) || (!well && effect == outcome::none && applied != 0) ||
        (!well && effect == outcome::applied && applied != 1))
        mine.note(sql + " was applied " + std::to_string(applied) + " times: " + std::string(to_string(effect)));
}

void read_stream(session& on, account& mine, std::size_t batches) {
    mine.saw("stream", [&] {
        auto stream = in_time(on.stream("rows 200", stream_options().batch_rows(10).prefetch(2)));
        std::uint64_t next = 0;
        for (std::size_t n = 0; n < batches; ++n) {
            const auto part = in_time(stream.next());
            if (!part) {
                if (next != 200) mine.note("a stream ended after " + std::to_string(next) + " rows");
                return;
            }
            for (const auto id : part->column<std::int64_t>(0))
                if (id != static_cast<std::int64_t>(next++)) mine.note("a stream has a wrong row");
        }
    });
}

void transact(session& on, account& mine) {
    bool over = mine.saw("transaction", [&] {
        in_time(on.submit(ask::begin()));
        in_time(on.query("affect 2"));
        in_time(on.submit(ask::commit()));
    });
    // Until it is rolled back, or was over with the COMMIT or ROLLBACK that was lost.
    while (!over && mine.wrong.empty())
        over = mine.saw("rollback", [&] {
            try {
                in_time(on.submit(ask::rollback()));
            } catch (const database_error& e) {
                if (e.error().code() != errc::invalid_argument) throw;
            }
        });
}

account use(session& on, fault_script& faults, std::size_t user) {
    account mine;
    std::mt19937_64 dice(seed_of_run() + user);
    for (std::size_t n = 0; n < requests_each && mine.wrong.empty(); ++n) {
        switch (dice() % 3) {
            case 0:
                write(on, faults, mine, std::to_string(user) + "." + std::to_string(n));
                break;
            case 1:
                read_stream(on, mine, 1 + dice() % 25);
                break;
            default:
                transact(on, mine);
        }
    }
    return mine;
}

}  // namespace

TEST_CASE("connections that are given up at any moment are all that their users hear of") {
    INFO("SLUICE_TEST_SEED=" << seed_of_run());
    world w("recovery stress");
    {
        engine engine;
        std::vector<session> sessions;
        for (std::size_t n = 0; n < users; ++n) sessions.push_back(w.connect(engine));
        std::atomic<bool> over{false};
        std::atomic<std::size_t> given_up{0};
        std::vector<std::thread> others;
        for (std::size_t n = 0; n < 2; ++n)
            others.emplace_back([&, n] {
                std::mt19937_64 dice(seed_of_run() + 100 + n);
                for (std::size_t at = 0; !over; std::this_thread::yield()) {
                    if (heard < at) continue;
                    if (sessions[dice() % users].reconnect()) ++given_up;
                    at = heard + 1 + dice() % 6;
                }
            });
        std::vector<std::future<account>> asked;
        for (std::size_t n = 0; n < users; ++n)
            asked.push_back(std::async(std::launch::async, use, std::ref(sessions[n]), std::ref(w.faults), n));
        std::vector<account> seen;
        for (auto& one : asked) seen.push_back(one.get());
        over = true;
        for (auto& one : others) one.join();

        std::size_t lost = 0;
        std::size_t answered = 0;
        for (const auto& one : seen) {
            for (const auto& what : one.wrong) UNSCOPED_INFO(what.substr(0, 400));
            CHECK(one.wrong.empty());
            lost += one.lost;
            answered += one.answered;
        }
        INFO(given_up << " given up, " << answered << " answered, " << lost << " lost");
        CHECK(given_up >= requests_each / 25);
        CHECK(lost >= requests_each / 25);
        CHECK(answered >= requests_each / 25);
        account last;
        for (auto& one : sessions)
            CHECK(comes_true([&] { return last.saw("last", [&] { in_time(one.query("affect 3")); }); }));
        CHECK(last.wrong.empty());
    }
    w.judge();
}
