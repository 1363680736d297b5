#pragma once
// What the tests of readings in partitions over the fault driver share: a statement that is cut into three partitions
// and that of the rows without a key, and what was read of them.
//
// Threads: everything here on the test's own thread.

#include "pool_world.hpp"

#include <sluice/runtime/partitioned_stream.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice::testing::partitioned {

inline const std::string all_of_it = "select id, v from t";
inline const std::string from_all = " FROM (\n" + all_of_it + "\n) sluice_part WHERE ";
inline constexpr std::uint64_t rows_each = 40;

// The statement of a partition of three, cut at 10 and 20; the last one has the rows without a key.
inline std::string statement_of(std::size_t partition) {
    static const std::vector<std::string> conditions = {R"("id" < 10)", R"("id" >= 10 AND "id" < 20)", R"("id" >= 20)",
                                                        R"("id" IS NULL)"};
    return "SELECT *" + from_all + conditions[partition];
}
inline std::string in_quotes(std::string sql) {
    for (std::size_t at = 0; (at = sql.find('\'', at)) != std::string::npos; at += 2) sql.insert(at, 1, '\'');
    return "'" + sql + "'";
}
inline std::string scripted(const std::string& sql, const std::string& with) {
    return "answer " + in_quotes(sql) + " with " + with + ";";
}
// Each partition has rows with the ids 0 to 39; that of the NULLs none.
inline std::string rows_form(std::uint64_t count, const std::string& more = "") {
    return "rows " + std::to_string(count) + " columns id, v: bigint" + more;
}

struct partitioned_world : pool_world {
    explicit partitioned_world(const std::string& name, const std::map<std::size_t, std::string>& others = {})
        : pool_world(name) {
        add_answers(others);
    }
    void add_answers(const std::map<std::size_t, std::string>& others = {}) {
        faults.add(scripted("SELECT *" + from_all + "1 = 0", rows_form(0)));
        faults.add(
            scripted("SELECT COUNT(*)" + from_all + R"(("id" < 10 AND "id" >= 20))", rows_form(1)));  // its id is 0
        for (std::size_t partition = 0; partition < 4; ++partition) {
            const auto other = others.find(partition);
            faults.add(scripted(statement_of(partition),
                                other != others.end() ? other->second : rows_form(partition == 3 ? 0 : rows_each)));
        }
    }
};

inline partition_options three_parts(std::size_t at_once = 3) {
    return partition_options()
        .by("id")
        .boundaries({value(std::int64_t{10}), value(std::int64_t{20})})
        .at_once(at_once)
        .batch_rows(8);
}

struct partitioned_reading {
    std::map<std::size_t, std::uint64_t> rows;
    std::vector<std::size_t> from;
    std::optional<error> failure;
};
inline partitioned_reading read_parts(partitioned_stream& stream) {
    partitioned_reading made;
    try {
        while (const auto part = answer(stream.next())) {
            auto& next = made.rows[part->partition()];
            if (part->first_row() != next) FAIL("a batch begins with row " << part->first_row());
            for (const auto id : part->column<std::int64_t>(0))
                if (id != static_cast<std::int64_t>(next++)) FAIL("row " << next << " is " << id);
            made.from.push_back(part->partition());
        }
    } catch (const database_error& e) {
        made.failure = e.error();
    }
    return made;
}
// Reads until a fetch hangs; the next that waits for it.
inline std::future<std::optional<partition_batch>> wait_at_the_hang(world& w, partitioned_stream& stream) {
    while (true) {
        auto waiting = stream.next();
        REQUIRE(comes_true([&] { return w.faults.wait_until_hanging(1, 0ms) || ready(waiting); }));
        if (!ready(waiting)) return waiting;
        REQUIRE(answer(std::move(waiting)));
    }
}
inline bool sessions_back(const pool& db) {
    return comes_true([&] {
        const auto now = db.metrics();
        return now.lent == 0 && now.waiting == 0;
    });
}

}  // namespace sluice::testing::partitioned
