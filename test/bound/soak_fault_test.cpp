// Open, work, close, a thousand times, against the driver that counts its handles.
#include "fault_world.hpp"
#include "soak.hpp"

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("soak: open and work and close leave no handle of the driver behind") {
    world w("soak");
    const std::string some_tables =
        "answer 'SQLTables(,,,)' with rows 30 columns a: varchar(20), b: varchar(20), c: varchar(20), "
        "d: varchar(20), e: varchar(20)";
    w.faults.add(some_tables);
    work_texts texts;
    texts.echo = "echo ?";
    texts.rows = 100;
    texts.sum = texts.rows * (texts.rows - 1) / 2;
    texts.stream = "rows 100";
    texts.write = "affect 1 /* @ */";
    const auto before = fault_live();
    const auto none_more = [&] {
        const auto live = fault_live();
        return live.statements == before.statements && live.connections == before.connections &&
               live.environments == before.environments;
    };
    check_soak(w.faults.connection_string(), texts, 2, [&] {
        CHECK(comes_true(none_more));
        w.faults.reset();  // or its ledger grows
        w.faults.add(some_tables);
    });
    w.judge();
}
