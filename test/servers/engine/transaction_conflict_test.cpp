// Conflicts that the servers really find, and whole transactions that are done again for them and for nothing else.
#include "here.hpp"

#include <atomic>
#include <barrier>
#include <thread>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

struct two_rows {
    explicit two_rows(std::string name)
        : table(std::move(name)), db(on.open(connection_text(here::the, table), pool_options().max_size(4))) {
        answer(db.query("drop table if exists " + table));
        answer(db.query("create table " + table + " (i integer primary key, n integer)" +
                        std::string(here::is_mariadb ? " engine=innodb" : "")));
        answer(db.query("insert into " + table + " values (1, 0), (2, 0)"));
    }
    [[nodiscard]] std::string add_one(int row) const {
        return "update " + table + " set n = n + 1 where i = " + std::to_string(row);
    }
    [[nodiscard]] std::int64_t sum() {
        return answer(db.query("select max(n) + min(n) from " + table))[0].get<std::int64_t>(0);
    }

    std::string table;
    sluice::engine on;
    pool db;
};

}  // namespace

TEST_CASE("conflict: a deadlock is repeated as a whole by one and both are right in the end") {
    if (here::is_sqlite) return;  // one writer at a time
    two_rows at("tx_deadlock");
    std::barrier both(2);
    std::atomic<int> bodies{0};
    std::atomic<int> failures{0};
    const auto work = [&](int first, int second) {
        bool met = false;
        try {
            at.db.transact([&](transaction& tx) {
                ++bodies;
                answer(tx.query(at.add_one(first)));
                if (!met) {
                    met = true;
                    both.arrive_and_wait();  // each has its first row now
                }
                try {
                    answer(tx.query(at.add_one(second)));
                } catch (const database_error& e) {
                    if (tx.state() != transaction_state::failed ||
                        e.error().session() != session_state::transaction_failed || !tx_retry::may_repeat(e.error()))
                        ++failures;
                    throw;
                }
            });
        } catch (...) {
            ++failures;
        }
    };
    std::thread other(work, 2, 1);
    work(1, 2);
    other.join();
    CHECK(failures == 0);
    CHECK(bodies == 3);
    CHECK(at.sum() == 4);
}

TEST_CASE("conflict: a serialization failure is repeated as a whole and ends right") {
    if (!here::is_postgresql) return;
    two_rows at("tx_serialization");
    std::barrier both(2);
    std::atomic<int> bodies{0};
    std::atomic<int> failures{0};
    // Each writes its own row by what it has read of the other's: one of the two cannot have come after the other.
    const auto work = [&](int row) {
        bool met = false;
        try {
            at.db.transact(
                [&](transaction& tx) {
                    ++bodies;
                    const auto read = answer(tx.query("select sum(n) from " + at.table))[0].get<std::int64_t>(0);
                    if (!met) {
                        met = true;
                        both.arrive_and_wait();
                    }
                    answer(tx.query("update " + at.table + " set n = " + std::to_string(read + 1) +
                                    " where i = " + std::to_string(row)));
                },
                tx_retry(), transaction_options().isolation(isolation::serializable));
        } catch (...) {
            ++failures;
        }
    };
    std::thread other(work, 2);
    work(1);
    other.join();
    CHECK(failures == 0);
    CHECK(bodies == 3);
    CHECK(at.sum() == 3);  // 1 and then 2
}

TEST_CASE("conflict: another error does not repeat the body") {
    two_rows at("tx_no_repeat");
    for (const std::string& wrong : {"insert into " + at.table + " values (1, 1)", std::string("selekt 1"),
                                     std::string("select * from no_such_table_anywhere")}) {
        INFO(wrong);
        int bodies = 0;
        CHECK_THROWS_AS(at.db.transact([&](transaction& tx) {
            ++bodies;
            answer(tx.query(at.add_one(1)));
            answer(tx.query(wrong));
        }),
                        database_error);
        CHECK(bodies == 1);
    }
    CHECK(at.sum() == 0);
}

TEST_CASE("conflict: a transaction that a deadlock has ended takes nothing more") {
    if (!here::is_mariadb) return;
    two_rows at("tx_ended");
    auto one = answer(at.db.begin());
    auto two = answer(at.db.begin());
    answer(one.query(at.add_one(1)));
    answer(two.query(at.add_one(2)));
    auto ones = one.query(at.add_one(2));
    auto twos = two.query(at.add_one(1));
    auto& loser = [&]() -> transaction& {
        const bool first_failed = [&] {
            try {
                answer(std::move(ones));
                return false;
            } catch (const database_error&) {
                return true;
            }
        }();
        if (!first_failed) CHECK(error_of(std::move(twos)).code() == errc::serialization);
        if (first_failed) answer(std::move(twos));
        return first_failed ? one : two;
    }();
    CHECK(loser.state() == transaction_state::failed);
    const auto refused = error_of(loser.query(at.add_one(1)));  // would begin another one
    CHECK(refused.code() == errc::serialization);
    CHECK(refused.session() == session_state::transaction_failed);
    const auto e = error_of(loser.commit());
    CHECK(e.code() == errc::serialization);
    CHECK(e.native() == 1213);
    CHECK(e.outcome() == outcome::none);
    answer(loser.rollback());
    answer((&loser == &one ? two : one).commit());
    CHECK(at.sum() == 2);
}
