#include "../beside.hpp"
#include "block.hpp"
#include "lookup.hpp"
#include "scenarios.hpp"

#include <memory>

namespace {

using namespace bench;

[[nodiscard]] measured look_up_all(lookup& one, std::int64_t count) {
    checksum none;
    checksum sum;
    measured found;
    found.call_us.reserve(static_cast<std::size_t>(count));
    for (std::int64_t n = 0; n < warm_up_queries; ++n) one.look_up(key_of(n), none);
    const auto begun = bench::clock::now();
    for (std::int64_t n = 0; n < count; ++n) {
        const auto asked = bench::clock::now();
        one.look_up(key_of(n), sum);
        found.call_us.push_back(microseconds_since(asked));
    }
    found.seconds = seconds_since(begun);
    found.checksum = sum.value();
    return found;
}

[[nodiscard]] measured measure(const std::string& string, std::int64_t count, bool prepare) {
    const connection db(string);
    lookup one(db, prepare);
    return look_up_all(one, count);
}

// A connection that streams, where the one for point queries does not.
[[nodiscard]] std::string streaming(const std::string& string) {
    return string.find("PostgreSQL") == std::string::npos ? string : string + ";UseDeclareFetch=1;Fetch=1024;";
}

}  // namespace

measured bench::point(const std::string& connection, std::int64_t count) {
    return measure(connection, count, true);
}
measured bench::plain(const std::string& connection, std::int64_t count) {
    return measure(connection, count, false);
}

measured bench::point_beside_stream(const std::string& string, std::int64_t count) {
    const connection db(string);
    const connection other(streaming(string));
    lookup one(db, true);
    const auto rows = std::make_unique<block>();
    const auto read_again = [&](const auto& begun) {
        block_cursor cursor(other);
        checksum sum;
        cursor.execute(select_sql(beside_rows));
        cursor.bind(*rows);
        while (const SQLULEN fetched = cursor.fetch()) {
            begun();
            rows->add(sum, fetched);
        }
    };
    return beside_stream(read_again, [&] { return look_up_all(one, count); });
}
