#include "../tables.hpp"
#include "read_all.hpp"
#include "scenarios.hpp"

#include <sluice/runtime/engine.hpp>
#include <sluice/runtime/sqlite.hpp>

#include <future>
#include <stdexcept>
#include <string_view>

void bench::add(bench::checksum& sum, const sluice::batch& rows) {
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
        sum.end_row();
    }
}

namespace {

bench::clock::time_point read_all(sluice::session& session, const std::string& sql, bench::checksum& sum,
                                  const sluice::stream_options& how = {}) {
    return bench::read_all(session, sql, sum, how, [] {});
}

// The same rows by two sessions at once; what both have read has to be the same.
bench::measured read_twice(const std::string& connection, const std::string& sql) {
    sluice::engine engine;
    auto one = engine.connect(connection).get();
    auto other = engine.connect(connection).get();
    bench::checksum sum;
    bench::checksum sum_of_other;
    bench::measured found;
    const auto begun = bench::clock::now();
    auto reads = std::async(std::launch::async, [&] { (void)read_all(other, sql, sum_of_other); });
    (void)read_all(one, sql, sum);
    reads.get();
    found.seconds = bench::seconds_since(begun) / 2;  // for each of the rows that were asked for
    if (sum.value() != sum_of_other.value()) throw std::runtime_error("two sessions have read other rows");
    found.checksum = sum.value();
    return found;
}

bench::measured read(const std::string& connection, const std::string& sql, const sluice::stream_options& how = {}) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    bench::checksum sum;
    bench::measured found;
    const auto begun = bench::clock::now();
    const auto first = read_all(session, sql, sum, how);
    found.first_us = std::chrono::duration<float, std::micro>(first - begun).count();
    found.seconds = bench::seconds_since(begun);
    found.checksum = sum.value();
    return found;
}

bench::measured read_whole(const std::string& connection, std::int64_t count, std::int64_t at_once) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    const std::string sql = bench::select_sql(at_once);
    bench::checksum sum;
    bench::measured found;
    const auto begun = bench::clock::now();
    for (std::int64_t read = 0; read < count; read += at_once) {
        const auto rows = session.query(sql).get();
        for (const sluice::batch& part : rows.batches()) bench::add(sum, part);
    }
    found.seconds = bench::seconds_since(begun);
    found.checksum = sum.value();
    return found;
}

}  // namespace

bench::measured bench::stream(const std::string& connection, std::int64_t count) {
    return read(connection, select_sql(count));
}

bench::measured bench::stream_by_key(const std::string& connection, std::int64_t count) {
    return read(connection, select_sql(count), sluice::stream_options().by_key("id"));
}

bench::measured bench::stream_2(const std::string& connection, std::int64_t count) {
    return read_twice(connection, select_sql(count));
}

bench::measured bench::stream_2_free(const std::string& connection, std::int64_t count) {
    if (auto off = sluice::sqlite_without_mutexes(); !off) throw sluice::database_error(off.error());
    return read_twice(connection, select_sql(count));
}

bench::measured bench::stream_free(const std::string& connection, std::int64_t count) {
    if (auto off = sluice::sqlite_without_mutexes(); !off) throw sluice::database_error(off.error());
    return read(connection, select_sql(count));
}

bench::measured bench::stream_overlap(const std::string& connection, std::int64_t count) {
    sluice::engine engine;
    auto session = engine.connect(connection).get();
    checksum sum;
    measured found;
    const auto begun = clock::now();
    auto stream = session.stream(select_sql(count)).get();
    while (auto batch = stream.next().get()) {
        add(sum, *batch);
        for (const std::int64_t id : batch->values<std::int64_t>(0)) {
            sum.number(consume(static_cast<std::uint64_t>(id), consumer_steps));
            sum.end_row();
        }
    }
    found.seconds = seconds_since(begun);
    found.checksum = sum.value();
    return found;
}

bench::measured bench::whole_medium(const std::string& connection, std::int64_t count) {
    return read_whole(connection, count, medium_rows);
}

bench::measured bench::whole_large(const std::string& connection, std::int64_t count) {
    return read_whole(connection, count, count);
}

bench::measured bench::bulk_sum(const std::string& connection, std::int64_t) {
    return read(connection, "select id, n, price, name, at, amount, note from sluice_bulk order by id");
}
