// One side of bench/stream_ir: reads the table as a stream of Sluice. Arguments: fill|read CONNECTION ROWS. Prints the
// checksum.

#include "stream_ir_table.hpp"

#include <sluice/runtime/engine.hpp>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

[[nodiscard]] std::uint64_t read(const std::string& connection, std::int64_t rows) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    auto stream = session.stream(bench::select_sql(rows)).get();
    bench::checksum sum;
    while (auto batch = stream.next().get()) {
        const auto ids = batch->values<std::int64_t>(0);
        const auto numbers = batch->values<std::int64_t>(1);
        const auto prices = batch->values<double>(2);
        const auto names = batch->column<std::string_view>(3);
        const auto times = batch->values<sluice::timestamp>(4);
        const auto amounts = batch->column<std::string_view>(5);
        const auto notes = batch->column<std::optional<std::string_view>>(6);
        for (std::size_t i = 0; i < batch->rows(); ++i) {
            sum.number(static_cast<std::uint64_t>(ids[i]));
            sum.number(static_cast<std::uint64_t>(numbers[i]));
            sum.real(prices[i]);
            sum.text(names[i].data(), names[i].size());
            sum.number(times[i].minute);
            sum.number(amounts[i].size() == 0 ? 0 : static_cast<unsigned char>(amounts[i][0]));
            const auto note = notes[i];
            if (note) sum.text(note->data(), note->size());
        }
    }
    return sum.value();
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 4) {
        std::fprintf(stderr, "usage: %s fill|read CONNECTION ROWS\n", argv[0]);
        return 2;
    }
    const std::int64_t rows = std::atoll(argv[3]);
    if (std::string_view(argv[1]) == "fill")
        bench::fill(argv[2], rows);
    else
        std::printf("%llu\n", static_cast<unsigned long long>(read(argv[2], rows)));
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
}
