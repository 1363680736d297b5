#include "dataset.hpp"

#include <bit>
#include <utility>
#include <vector>

namespace demo {

namespace {

// splitmix64: every bit of the answer depends on every bit of the argument.
[[nodiscard]] std::uint64_t mix(std::uint64_t x) noexcept {
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

}  // namespace

std::int64_t hash_of(std::int64_t id) noexcept {
    return static_cast<std::int64_t>(mix(static_cast<std::uint64_t>(id)));
}

row make_row(std::int64_t id) {
    const auto hash = static_cast<std::uint64_t>(hash_of(id));
    // Cents: exact in the 15 digits that some drivers keep of a double.
    const double price = static_cast<double>(hash % 10'000'000) / 100.0;
    return {id, hash_of(id), price, "item " + std::to_string(hash % 1'000'000'007)};
}

std::uint64_t checksum_of(std::int64_t id, std::int64_t hash, double price, std::string_view name) noexcept {
    std::uint64_t sum = mix(static_cast<std::uint64_t>(id)) ^ (static_cast<std::uint64_t>(hash) * 3) ^
                        mix(std::bit_cast<std::uint64_t>(price));
    for (const char c : name) sum = sum * 31 + static_cast<unsigned char>(c);
    return sum;
}

std::string create_sql(const std::string& table) {
    return "create table " + table +
           " (id integer primary key, hash bigint not null, price double precision not null, name varchar(40) not "
           "null)";
}

std::string insert_sql(const std::string& table, std::size_t rows) {
    std::string sql = "insert into " + table + " (id, hash, price, name) values ";
    sql.reserve(sql.size() + rows * 10);
    for (std::size_t i = 0; i < rows; ++i) sql += i == 0 ? "(?,?,?,?)" : ",(?,?,?,?)";
    return sql;
}

sluice::args insert_args(std::int64_t first, std::size_t rows) {
    std::vector<sluice::value> values;
    values.reserve(rows * 4);
    for (std::size_t i = 0; i < rows; ++i) {
        row r = make_row(first + static_cast<std::int64_t>(i));
        values.emplace_back(r.id);
        values.emplace_back(r.hash);
        values.emplace_back(r.price);
        values.emplace_back(std::move(r.name));
    }
    return sluice::args::from(std::move(values));
}

}  // namespace demo
