#include "block.hpp"
#include "scenarios.hpp"

#include <future>
#include <memory>

namespace {

bench::measured read(const std::string& string, const std::string& sql) {
    using namespace bench;
    const connection db(string);
    block_cursor cursor(db);
    const auto rows = std::make_unique<block>();
    checksum sum;
    measured found;
    const auto begun = clock::now();
    cursor.execute(sql);
    cursor.bind(*rows);
    while (const SQLULEN fetched = cursor.fetch()) {
        if (found.first_us == 0) found.first_us = microseconds_since(begun);
        rows->add(sum, fetched);
    }
    found.seconds = seconds_since(begun);
    found.checksum = sum.value();
    return found;
}

}  // namespace

bench::measured bench::stream(const std::string& connection, std::int64_t count) {
    return read(connection, select_sql(count));
}

bench::measured bench::stream_ordered(const std::string& connection, std::int64_t count) {
    return read(connection, select_sql(count) + " order by id");
}

bench::measured bench::stream_on_thread(const std::string& connection, std::int64_t count) {
    return std::async(std::launch::async, stream, connection, count).get();
}
