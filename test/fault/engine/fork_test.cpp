// After fork(): the child's handles are dead with a clear error, its parent is not harmed.
#include "fault_world.hpp"

#include <functional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

using namespace sluice;
using namespace sluice::testing;

namespace {

// The exit status of a child that does this: 0 where it finds everything as it should be. It is gone with _exit(), as a
// child of a program with threads has to be.
int in_a_child(const std::function<int()>& does) {
    const pid_t child = fork();
    if (child == 0) {
        alarm(20);  // a child that waits for ever is killed
        _exit(does());
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

template <class T>
bool is_dead(std::future<T> answer) {
    try {
        answer.get();
    } catch (const database_error& e) {
        return e.code() == errc::stale_handle && e.error().outcome() == outcome::none;
    }
    return false;
}

}  // namespace

TEST_CASE("in a forked child the handles are dead and the parent goes on") {
    world w("forked");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string());
        auto session = w.connect(engine);
        auto held = session.query("rows 1 hang");
        REQUIRE(w.faults.wait_until_hanging(1));
        auto other = w.connect(engine);
        auto stream = answer(other.stream("rows 5000"));

        const int found = in_a_child([&] {
            int step = 1;
            for (const bool good :
                 {is_dead(session.query("rows 1")), is_dead(db.query("rows 1")), is_dead(db.acquire()),
                  is_dead(stream.next()), is_dead(stream.close()), is_dead(session.submit(protocol::begin())),
                  is_dead(engine.connect(w.faults.connection_string())), !engine.try_open("Driver=SQLite3;Database=x"),
                  is_dead(engine.shutdown(shutdown_mode::cancel, 1s)), engine.metrics().accepted == 0,
                  !session.reconnect(), is_dead(session.close())}) {
                if (!good) return step;
                ++step;
            }
            // Dropped, they wait for nobody.
            { const auto gone = std::move(session); }
            { const auto gone = std::move(stream); }
            { const auto gone = std::move(db); }
            { const auto gone = std::move(engine); }
            return 0;
        });
        CHECK(found == 0);

        w.faults.release();
        CHECK(answer(std::move(held)).size() == 1);
        CHECK(answer(session.query("rows 3")).size() == 3);
        CHECK(read(stream).rows == 5000);
        CHECK(answer(db.query("rows 1")).size() == 1);
    }
    w.judge();
}

TEST_CASE("in a forked child a transaction is dead and the parent's goes on") {
    for (const bool of_pool : {false, true}) {
        world w("forked transaction");
        {
            engine engine;
            auto db = engine.open(w.faults.connection_string());
            auto session = w.connect(engine);
            auto tx = answer(of_pool ? db.begin() : session.begin());
            answer(tx.query("affect 1"));
            const int found = in_a_child([&] {
                int step = 1;
                for (const bool good :
                     {is_dead(tx.query("affect 2")), is_dead(tx.stream("rows 1")), is_dead(tx.savepoint("s")),
                      is_dead(tx.commit()), is_dead(session.begin()), is_dead(db.begin())}) {
                    if (!good) return step;
                    ++step;
                }
                { const auto gone = std::move(tx); }
                return 0;
            });
            CHECK(found == 0);
            CHECK(tx.state() == transaction_state::open);
            answer(tx.query("affect 3"));
            answer(tx.commit());
            const std::vector<std::string> expected{"affect 1", "affect 3"};
            CHECK(w.executed() == expected);
        }
        w.judge();
    }
}
