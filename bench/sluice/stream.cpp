#include "../tables.hpp"
#include "scenarios.hpp"

#include <sluice/runtime/engine.hpp>

#include <string_view>

namespace {

void add(bench::checksum& sum, const sluice::batch& rows) {
    const auto ids = rows.values<std::int64_t>(0);
    const auto numbers = rows.values<std::int64_t>(1);
    const auto prices = rows.values<double>(2);
    const auto names = rows.column<std::string_view>(3);
    const auto times = rows.values<sluice::timestamp>(4);
    const auto amounts = rows.column<std::string_view>(5);
    const auto notes = rows.column<std::optional<std::string_view>>(6);
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        sum.number(static_cast<std::uint64_t>(ids[i]));
        sum.number(static_cast<std::uint64_t>(numbers[i]));
        sum.real(prices[i]);
        sum.text(names[i].data(), names[i].size());
        sum.number(times[i].minute);
        sum.number(amounts[i].empty() ? 0 : static_cast<unsigned char>(amounts[i][0]));
        const auto note = notes[i];
        if (note) sum.text(note->data(), note->size());
    }
}

}  // namespace

bench::measured bench::stream(const std::string& connection, std::int64_t count) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    checksum sum;
    measured found;
    const auto begun = clock::now();
    auto stream = session.stream(select_sql(count)).get();
    while (auto batch = stream.next().get()) add(sum, *batch);
    found.seconds = seconds_since(begun);
    found.checksum = sum.value();
    return found;
}
