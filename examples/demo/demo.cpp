// sluice_demo: fills a table, streams it while another session answers point queries, and checks that every row came
// back once, in order, as it was written.

#include "dataset.hpp"
#include "latency.hpp"
#include "memory.hpp"
#include "progress.hpp"

#include <sluice/runtime/engine.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <iostream>
#include <memory>
#include <system_error>
#include <unistd.h>

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::size_t rows_per_insert = 500;
constexpr std::int64_t rows_per_transaction = 50'000;
constexpr std::size_t inserts_under_way = 4;

std::atomic<bool> interrupted{false};

struct stopped_by_user : std::runtime_error {
    stopped_by_user() : std::runtime_error("stopped") {}
};

void check_interrupt() {
    if (interrupted) throw stopped_by_user();
}

[[nodiscard]] double seconds_since(clock_type::time_point start) {
    return std::chrono::duration<double>(clock_type::now() - start).count();
}

struct settings {
    std::int64_t rows = 200'000;
    std::string connection;
    bool json = false;
};

struct findings {
    std::uint64_t rows = 0;
    double rows_per_s = 0;
    bool checksum_ok = false;
    sluice::stream_mode mode{};
    double first_batch_ms = 0;
    demo::percentiles points;
};

// A folder that is gone when the demo is.
class temporary_folder {
public:
    temporary_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "sluice-demo-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            throw std::system_error(errno, std::generic_category(), "no temporary folder");
        path_ = name;
    }
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    [[nodiscard]] std::string file(const char* name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

// The table of this run, dropped at its end.
class table {
public:
    table(sluice::session& on, std::string name) : session_(on), name_(std::move(name)) {
        session_.query(demo::create_sql(name_)).get();
    }
    ~table() {
        try {
            session_.query("drop table " + name_).get();
        } catch (const std::exception& e) {
            std::fprintf(stderr, "the table %s is left behind: %s\n", name_.c_str(), e.what());
        }
    }
    table(const table&) = delete;
    table& operator=(const table&) = delete;

private:
    sluice::session& session_;
    std::string name_;
};

void fill(sluice::session& session, const std::string& name, std::int64_t rows) {
    demo::progress bar("filling", rows);
    const std::string full_sql = demo::insert_sql(name, rows_per_insert);
    std::deque<std::future<sluice::row_set>> under_way;
    const auto wait_for_one = [&] {
        under_way.front().get();
        under_way.pop_front();
    };
    for (std::int64_t first = 1; first <= rows;) {
        check_interrupt();
        session.submit(sluice::protocol::begin()).get();
        const std::int64_t end = std::min(first + rows_per_transaction, rows + 1);
        while (first < end) {
            const auto count = static_cast<std::size_t>(
                std::min<std::int64_t>(static_cast<std::int64_t>(rows_per_insert), end - first));
            if (under_way.size() == inserts_under_way) wait_for_one();
            under_way.push_back(session.query(count == rows_per_insert ? full_sql : demo::insert_sql(name, count),
                                              demo::insert_args(first, count)));
            first += static_cast<std::int64_t>(count);
            bar.at(first - 1);
        }
        while (!under_way.empty()) wait_for_one();
        session.submit(sluice::protocol::commit()).get();
    }
    bar.finish();
}

[[nodiscard]] findings stream_and_check(sluice::session& session, const std::string& name, std::int64_t rows) {
    findings found;
    std::uint64_t expected = 0;
    std::uint64_t sum = 0;
    bool in_order = true;
    demo::progress bar("streaming", rows);
    const auto start = clock_type::now();
    auto stream = session.stream("select id, hash, price, name from " + name + " order by id").get();
    found.mode = stream.mode();
    while (auto batch = stream.next().get()) {
        if (found.rows == 0) found.first_batch_ms = seconds_since(start) * 1000;
        const auto ids = batch->values<std::int64_t>(0);
        const auto hashes = batch->values<std::int64_t>(1);
        const auto prices = batch->values<double>(2);
        const auto names = batch->column<std::string_view>(3);
        for (std::size_t i = 0; i < batch->rows(); ++i) {
            in_order = in_order && ids[i] == static_cast<std::int64_t>(++found.rows);
            sum += demo::checksum_of(ids[i], hashes[i], prices[i], names[i]);
        }
        bar.at(static_cast<std::int64_t>(found.rows));
        check_interrupt();
    }
    found.rows_per_s = static_cast<double>(found.rows) / seconds_since(start);
    bar.finish();
    for (std::int64_t id = 1; id <= rows; ++id) {
        const auto r = demo::make_row(id);
        expected += demo::checksum_of(r.id, r.hash, r.price, r.name);
    }
    found.checksum_ok = in_order && found.rows == static_cast<std::uint64_t>(rows) && sum == expected;
    return found;
}

[[nodiscard]] findings run(const settings& s, const std::string& connection, bool sqlite) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    if (sqlite) {
        (void)session.query("pragma journal_mode = wal").get();
        (void)session.query("pragma synchronous = off").get();
    }
    const std::string name = "sluice_demo_" + std::to_string(getpid());
    const table rows(session, name);
    fill(session, name, s.rows);
    demo::point_queries points(engine.connect(connection).get(), name, s.rows);
    auto found = stream_and_check(session, name, s.rows);
    found.points = points.stop();
    return found;
}

void print(const findings& found, double peak_mib) {
    std::printf("%llu rows streamed, %.0f rows/s, first batch after %.1f ms, %s\n",
                static_cast<unsigned long long>(found.rows), found.rows_per_s, found.first_batch_ms,
                std::string(sluice::to_string(found.mode)).c_str());
    std::printf("checksum %s: every row %s\n", found.checksum_ok ? "right" : "WRONG",
                found.checksum_ok ? "once and in order" : "was NOT delivered once and in order");
    std::printf("%zu point queries meanwhile: p50 %.0f us, p95 %.0f us, p99 %.0f us\n", found.points.count,
                found.points.p50_us, found.points.p95_us, found.points.p99_us);
    std::printf("peak memory %.1f MiB above the start\n", peak_mib);
}

void print_json(const findings& found, double peak_mib) {
    const nlohmann::ordered_json object = {
        {"rows", found.rows},
        {"rows_per_s", found.rows_per_s},
        {"checksum_ok", found.checksum_ok},
        {"stream_mode", std::string(sluice::to_string(found.mode))},
        {"peak_rss_above_start_mib", peak_mib},
        {"first_batch_ms", found.first_batch_ms},
        {"point_queries", found.points.count},
        {"point_p50_us", found.points.p50_us},
        {"point_p95_us", found.points.p95_us},
        {"point_p99_us", found.points.p99_us},
    };
    std::cout << object.dump() << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
    const double start_mib = demo::resident_mib();
    settings s;
    CLI::App app(
        "Fills a table, streams it while another session answers point queries, and checks every row.\n"
        "Exit status: 0 if every row came back once, in order and as written.");
    app.add_option("--rows", s.rows, "Rows to write and stream")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}))
        ->capture_default_str();
    app.add_option(
        "--connection", s.connection,
        "Any ODBC connection string; default: a temporary SQLite file. A table sluice_demo_<pid> is made and dropped");
    app.add_flag("--json", s.json, "Print the findings as one JSON object, in the last line");
    CLI11_PARSE(app, argc, argv);
    std::signal(SIGINT, [](int) { interrupted = true; });
    std::signal(SIGTERM, [](int) { interrupted = true; });
    try {
        std::unique_ptr<temporary_folder> folder;
        std::string connection = s.connection;
        if (connection.empty()) {
            folder = std::make_unique<temporary_folder>();
            connection =
                sluice::connection_string().set("Driver", "SQLite3").set("Database", folder->file("demo.db")).str();
        }
        const auto found = run(s, connection, folder != nullptr);
        const double peak_mib = demo::peak_resident_mib() - start_mib;
        print(found, peak_mib);
        if (s.json) print_json(found, peak_mib);
        return found.checksum_ok ? 0 : 1;
    } catch (const sluice::database_error& e) {
        std::fprintf(stderr, "sluice_demo: %s\n", e.error().to_string().c_str());
    } catch (const std::exception& e) {
        std::fprintf(stderr, "sluice_demo: %s\n", e.what());
    }
    return 1;
}
