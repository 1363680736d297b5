// Many rows into a table at once, some of them bad, as an importer does it.
//
//     bulk_demo                        100,000 rows into embedded SQLite, in a folder of its own
//     bulk_demo 'Driver=...;...' ROWS  into any database; makes the table bulk_demo and drops it
//
// Shows: all or nothing, whose error names the row; all but the bad ones, which are told; how fast it went; and from a
// generator, over two sessions where the database lets two write, with the progress.

#include <sluice/sluice.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

namespace {

// A year of readings; three of them have a key that was there before, or none of the values that the table allows.
[[nodiscard]] sluice::bulk_rows readings(std::size_t count) {
    std::vector<std::int64_t> ids(count);
    std::vector<std::string> sensors(count);
    std::vector<std::optional<double>> degrees(count);
    for (std::size_t i = 0; i < count; ++i) {
        ids[i] = static_cast<std::int64_t>(i);
        sensors[i] = "sensor " + std::to_string(i % 17);
        if (i % 11 != 0) degrees[i] = static_cast<double>(i % 400) / 10.0;
    }
    ids[count / 2] = 0;
    ids[count - 1] = 1;
    degrees[count / 3] = 5'000.0;
    sluice::bulk_rows rows("bulk_demo");
    rows.column("id", std::move(ids)).column("sensor", std::move(sensors)).column("degrees", std::move(degrees));
    return rows;
}

// Chunks of 5,000, made when they are wanted.
class more_readings {
public:
    more_readings(std::size_t first, std::size_t count) : next_(first), end_(first + count) {}
    std::optional<sluice::bulk_rows> operator()() {
        if (next_ == end_) return std::nullopt;
        std::vector<std::int64_t> ids(std::min<std::size_t>(5'000, end_ - next_));
        for (auto& id : ids) id = static_cast<std::int64_t>(next_++);
        sluice::bulk_rows rows("bulk_demo");
        rows.column("sensor", std::vector<std::string>(ids.size(), "another")).column("id", std::move(ids));
        return rows;
    }

private:
    std::size_t next_;
    std::size_t end_;
};

std::uint64_t load_more(sluice::engine& engine, const std::string& connection, std::size_t first, std::size_t count) {
    auto db = engine.open(connection);
    const auto tell = [](const sluice::bulk_progress& p) {
        if (p.chunk.number % 5 == 0) std::printf("  %llu rows\n", static_cast<unsigned long long>(p.rows));
    };
    const sluice::bulk_loaded done =
        db.bulk_insert_parallel(more_readings(first, count), sluice::bulk_load_options().progress(tell)).get();
    if (!done.complete()) throw sluice::database_error(*done.failure);
    std::printf("from a generator: %llu inserted, in %llu chunks\n", static_cast<unsigned long long>(done.rows),
                static_cast<unsigned long long>(done.chunks));
    return done.rows;
}

void run(const std::string& connection, std::size_t count) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    session.query("drop table if exists bulk_demo").get();
    session
        .query(
            "create table bulk_demo (id bigint primary key, sensor varchar(40), "
            "degrees double precision check (degrees < 1000))")
        .get();
    auto rows = readings(count);
    try {
        session.bulk_insert(rows, sluice::request_options().timeout(std::chrono::minutes(10))).get();
        throw std::runtime_error("three rows are bad, and none was refused");
    } catch (const sluice::database_error& e) {
        std::printf("all or nothing: row %lld: %s\n", static_cast<long long>(e.error().row()),
                    e.error().message().c_str());
    }
    rows.mode(sluice::bulk_mode::skip_bad_rows);
    const auto done = session.bulk_insert(rows, sluice::request_options().timeout(std::chrono::minutes(10))).get();
    std::printf("all but the bad ones: %llu inserted\n", static_cast<unsigned long long>(done.rows));
    for (const auto& bad : done.refused)
        std::printf("  row %llu: %s\n", static_cast<unsigned long long>(bad.row),
                    std::string(sluice::to_string(bad.why.code())).c_str());
    const double seconds = std::chrono::duration<double>(done.timings.executing).count();
    std::printf("%.0f rows a second, those that were sent twice not counted\n",
                static_cast<double>(done.rows) / seconds);
    const auto more = load_more(engine, connection, count, count);
    const auto there = session.query("select count(*) from bulk_demo").get()[0].get<std::int64_t>(0);
    session.query("drop table bulk_demo").get();
    if (there != static_cast<std::int64_t>(done.rows + more) || done.refused.size() != 3)
        throw std::runtime_error("the table does not hold what was told");
}

}  // namespace

int main(int argc, char** argv) try {
    const std::size_t count = argc > 2 ? static_cast<std::size_t>(std::atoll(argv[2])) : 100'000;
    if (argc > 3 || count < 10) {
        std::fprintf(stderr, "usage: bulk_demo [CONNECTION [ROWS]], at least 10 rows\n");
        return 2;
    }
    if (argc > 1) {
        run(argv[1], count);
        return 0;
    }
    std::string folder = (std::filesystem::temp_directory_path() / "sluice-bulk-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder for the database");
    run("Driver=SQLite3;Database=" + folder + "/demo.db", count);
    std::filesystem::remove_all(folder);
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "bulk_demo: %s\n", e.what());
    return 1;
}
