// A load from a generator takes the memory of some chunks, however many rows there are.
#include "bulk_shelf.hpp"
#include "resident.hpp"

#include <cstdio>
#include <malloc.h>

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t bound = 64 * mib;
constexpr std::size_t chunk_rows = 10'000;
constexpr std::size_t chunks = 40;

}  // namespace

TEST_CASE("bulk bounds: a load from a generator over two sessions stays within 64 MiB") {
    here::shelf s("bounds");
    auto db = s.engine.open(connection_text(here::the, "bulk"), pool_options().max_size(2));
    malloc_trim(0);
    const std::size_t start = resident_bytes();
    std::size_t grown = 0;
    std::size_t made_rows = 0;
    const auto source = [&]() -> std::optional<bulk_rows> {
        if (made_rows == chunks * chunk_rows) return std::nullopt;
        auto ids = here::ids(chunk_rows);
        for (auto& id : ids) id += static_cast<std::int64_t>(made_rows);
        made_rows += chunk_rows;
        std::vector<std::string> names(chunk_rows, std::string(80, 'n'));
        bulk_rows rows(s.table);
        rows.column("id", std::move(ids)).column("name", std::move(names));
        return rows;
    };
    const bulk_loaded made =
        db.bulk_insert_parallel(source, bulk_load_options().timeout(120s).progress([&](const bulk_progress&) {
              grown = std::max(grown, resident_above(start));
          }))
            .get();
    if (made.failure) FAIL(made.failure->to_string());
    CHECK(made.rows == chunks * chunk_rows);
    CHECK(s.count() == static_cast<std::int64_t>(chunks * chunk_rows));
    std::printf("grown %zu MiB\n", grown / mib);
    CHECK(grown > 0);
    CHECK(grown <= bound);
}
