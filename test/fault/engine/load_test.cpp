// A hundred jobs of mixed work beside each other on a pool of eight: with a server that does what it shall, and with
// one where two calls of a hundred meet a fault.
#include "fault_world.hpp"
#include "mixed_work.hpp"

#include <array>
#include <set>
#include <string>

using namespace sluice;
using namespace sluice::testing;

namespace {

constexpr std::size_t jobs = 100;

work_texts texts_for(world& w) {
    w.faults.add(
        "answer 'SQLTables(,,,)' with rows 30 columns a: varchar(20), b: varchar(20), c: varchar(20), "
        "d: varchar(20), e: varchar(20)");
    work_texts texts;
    texts.echo = "echo ?";
    texts.rows = 5'000;
    texts.sum = texts.rows * (texts.rows - 1) / 2;
    texts.stream = "rows 5000";
    texts.write = "affect 1 /* @ */";
    texts.catalog = tables();
    return texts;
}

// Each 50th call of these, of the first thousands, each with the next fault.
void add_faults(world& w) {
    const std::array<const char*, 4> faults{"lost", "error 40001", "error HY000 1 'no'", "after lost"};
    for (const char* function : {"SQLPrepare", "execute", "fetch", "SQLEndTran", "SQLTables", "connect"}) {
        for (std::size_t n = 1; n <= 40; ++n)
            w.faults.add("at " + std::string(function) + " " + std::to_string(50 * n) + " " + faults[n % 4]);
    }
}

}  // namespace

TEST_CASE("a hundred jobs of mixed work beside each other all succeed") {
    world w("load");
    {
        engine engine;
        auto db = engine.open(w.faults.connection_string());
        const auto report = run_jobs(db, texts_for(w), jobs, 1);
        for (const auto& e : report.failed) UNSCOPED_INFO(e.to_string());
        CHECK(report.wrong == std::vector<std::string>());
        CHECK(report.right == jobs);
        CHECK(report.transactions_right == jobs / 5);
        CHECK(w.faults.live().connected <= 8);
    }
    w.judge();
}

TEST_CASE("with faults in two calls of a hundred nearly all jobs succeed and each failure is told as what it is") {
    world w("load with faults");
    {
        const std::set<errc> known{errc::connection_lost, errc::commit_unknown, errc::serialization, errc::rejected,
                                   errc::unreachable};
        engine engine;
        auto db = engine.open(w.faults.connection_string());
        const auto texts = texts_for(w);
        add_faults(w);
        const auto report = run_jobs(db, texts, jobs, 8);
        for (const auto& e : report.failed) UNSCOPED_INFO(e.to_string());
        CHECK(report.wrong == std::vector<std::string>());
        CHECK(report.right >= 95);
        CHECK(report.right + report.failed.size() == jobs);
        CHECK(report.met.size() >= 10);
        for (const auto& e : report.met) {
            INFO(e.to_string());
            CHECK(known.count(e.code()) == 1);
            CHECK_FALSE(e.message().empty());
            CHECK((e.code() != errc::commit_unknown || e.outcome() == outcome::unknown));
        }
        INFO(w.faults.count("any") << " calls, " << report.met.size() << " errors, " << report.right << " jobs");
        CHECK(w.faults.live().connected <= 8);
    }
    w.judge();
}
