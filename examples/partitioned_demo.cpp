// A table read by several sessions of a pool at once, each a range of its keys; by whoever is ready, and in order.
//
//     partitioned_demo                     on embedded SQLite
//     partitioned_demo 'Driver=...;...'    on any database: makes the table sluice_partitioned_demo, and drops it
//
// Shows: how far it is while it goes on; that the batches of a partition come in its order, those of several as they
// come; what is the same in order; boundaries by hand; and what an error says.

#include <sluice/sluice.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr std::int64_t rows = 100'000;
const std::string all = "select id, name from sluice_partitioned_demo";

void fill(sluice::pool& db) {
    db.query("create table sluice_partitioned_demo (id bigint primary key, name varchar(40))").get();
    std::vector<std::int64_t> ids;
    std::vector<std::string> names;
    for (std::int64_t id = 1; id <= rows; ++id) {
        ids.push_back(id);
        names.push_back("the name of " + std::to_string(id));
    }
    sluice::bulk_rows made("sluice_partitioned_demo");
    made.column("id", std::move(ids)).column("name", std::move(names));
    db.bulk_insert(std::move(made)).get();
}

// The sum of the ids, and whether they came in their order.
bool read(sluice::pool& db, const char* how, const sluice::partition_options& options) {
    auto stream = db.stream_partitioned(all, options).get();
    std::int64_t sum = 0;
    std::int64_t last = 0;
    bool in_order = true;
    std::size_t changes = 0;  // from one partition to another
    std::size_t from = 0;
    while (auto batch = stream.next().get()) {
        for (const std::int64_t id : batch->column<std::int64_t>(0)) {
            in_order = in_order && id > last;
            last = id;
            sum += id;
        }
        if (batch->partition() != from) ++changes;
        from = batch->partition();
        const auto progress = stream.progress();
        if (progress.rows % 25'000 < batch->rows())
            std::printf("  %llu rows, %zu of %zu partitions done\n", static_cast<unsigned long long>(progress.rows),
                        progress.done, progress.partitions);
    }
    std::printf("%s: sum %lld, %s, %zu changes of the partition\n", how, static_cast<long long>(sum),
                in_order ? "in order" : "as they came", changes);
    return sum == rows * (rows + 1) / 2 && (in_order || !options.is_in_order());
}

bool read_all(const std::string& connection) {
    sluice::engine engine;
    auto db = engine.open(connection, sluice::pool_options().max_size(4));
    fill(db);
    const auto by_id = sluice::partition_options().by("id").partitions(8).at_once(4);
    bool right = read(db, "as they come", by_id);
    auto ordered = by_id;
    right = read(db, "in order", ordered.in_order()) && right;
    auto by_hand = by_id;
    by_hand.boundaries({sluice::value(std::int64_t{10}), sluice::value(std::int64_t{90'000})});
    right = read(db, "by hand", by_hand) && right;
    try {
        db.stream_partitioned(all, sluice::partition_options().by("name")).get();
        right = false;
    } catch (const sluice::database_error& e) {
        std::printf("by name: %s\n", e.error().message().c_str());
    }
    db.query("drop table sluice_partitioned_demo").get();
    return right;
}

int on_sqlite() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice_partitioned_demo.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for the database");
    const bool right = read_all("Driver=SQLite3;Database=" + name + "/demo.db");
    std::filesystem::remove_all(name);
    return right ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc < 2) return on_sqlite();
        return read_all(argv[1]) ? 0 : 1;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "partitioned_demo: %s\n", e.what());
        return 1;
    }
}
