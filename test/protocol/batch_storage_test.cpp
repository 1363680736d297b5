#include "batch_builder.hpp"

#include <sluice/protocol/batch_storage.hpp>
#include <sluice/protocol/row.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

namespace {

using protocol::batch_storage;
using test::batch_builder;
using test::column_of;

constexpr int types = static_cast<int>(column_type::timestamp) + 1;

std::vector<column> one_of_each() {
    std::vector<column> made;
    for (int i = 0; i < types; ++i) {
        const auto type = static_cast<column_type>(i);
        made.push_back(column_of(std::string(to_string(type)), type));
    }
    return made;
}

std::uintptr_t address(const void* p) {
    return reinterpret_cast<std::uintptr_t>(p);
}

// [begin, end) of each array, all columns.
std::vector<std::pair<std::uintptr_t, std::uintptr_t>> arrays(const batch_storage& s,
                                                              const std::vector<std::size_t>& data_bytes) {
    std::vector<std::pair<std::uintptr_t, std::uintptr_t>> found;
    const std::size_t rows = s.capacity();
    for (std::size_t i = 0; i < data_bytes.size(); ++i) {
        found.emplace_back(address(s.lengths(i)), address(s.lengths(i)) + rows * 8);
        found.emplace_back(address(s.data(i)), address(s.data(i)) + data_bytes[i]);
        if (s.slot(i).stride == 0) found.emplace_back(address(s.offsets(i)), address(s.offsets(i)) + rows * 8);
    }
    std::sort(found.begin(), found.end());
    return found;
}

void check_arrays(const batch_storage& s, const std::vector<std::size_t>& data_bytes) {
    const auto found = arrays(s, data_bytes);
    // Small memory is aligned as any is.
    const bool large = found.back().second - found.front().first >= 2'048;
    CHECK(found.front().first % (large ? 64 : 16) == 0);
    for (std::size_t i = 0; i < found.size(); ++i) {
        CHECK(found[i].first % 8 == 0);
        if (i > 0) CHECK(found[i - 1].second <= found[i].first);
    }
    CHECK(found.back().second - found.front().first <= s.bytes());
}

// A random table and the same rows as plain values.
struct table {
    std::vector<column> columns;
    std::vector<std::size_t> strides;
    std::vector<std::vector<value>> rows;
};

std::string random_text(std::mt19937_64& random, std::size_t longest) {
    std::string text(random() % (longest + 1), 'x');
    for (char& c : text) c = static_cast<char>(random());
    return text;
}

value random_cell(std::mt19937_64& random, column_type type, std::size_t stride) {
    if (random() % 5 == 0) return test::null();
    const auto number = random();
    const auto small = static_cast<std::uint16_t>(number % 1000);
    const std::size_t longest = random() % 2 == 0 ? stride : stride * 3;
    switch (type) {
        case column_type::boolean:
            return value(number % 2 == 0);
        case column_type::int64:
            return value(static_cast<std::int64_t>(number));
        case column_type::uint64:
            return value(number);
        case column_type::float32:
            return value(static_cast<float>(small));
        case column_type::float64:
            return value(static_cast<double>(number));
        case column_type::decimal:
            return value(decimal(number >> (number % 64)));
        case column_type::text:
            return value(random_text(random, longest));
        case column_type::binary: {
            const std::string text = random_text(random, longest);
            const auto* first = reinterpret_cast<const std::byte*>(text.data());
            return value(bytes(first, first + text.size()));
        }
        case column_type::date:
            return value(date{static_cast<std::int16_t>(small), 1, 2});
        case column_type::time:
            return value(sluice::time{1, 2, 3, small});
        case column_type::timestamp:
            return value(timestamp{static_cast<std::int16_t>(small), 1, 2, 3, 4, 5, small});
    }
    return test::null();
}

table random_table(std::mt19937_64& random) {
    table made;
    const std::size_t columns = 1 + random() % 8;
    for (std::size_t i = 0; i < columns; ++i) {
        made.columns.push_back(
            column_of(std::string("c").append(std::to_string(i)), static_cast<column_type>(random() % types)));
        made.strides.push_back(1 + random() % 24);
    }
    made.rows.resize(1 + random() % 40);
    for (auto& row : made.rows)
        for (std::size_t i = 0; i < columns; ++i)
            row.push_back(random_cell(random, made.columns[i].type, made.strides[i]));
    return made;
}

template <class T>
bool same_fixed(const batch_storage& s, std::size_t row, std::size_t column, const T& wanted) {
    if constexpr (std::is_trivially_copyable_v<T>) return reinterpret_cast<const T*>(s.data(column))[row] == wanted;
    return false;
}

bool same_cell(const batch_storage& s, std::size_t row, std::size_t column, const value& wanted) {
    if (std::holds_alternative<null_value>(wanted)) return s.lengths(column)[row] == protocol::null_length;
    if (s.lengths(column)[row] < 0) return false;
    if (const auto* text = std::get_if<std::string>(&wanted)) return s.cell(row, column) == *text;
    if (const auto* number = std::get_if<decimal>(&wanted)) return s.cell(row, column) == number->str();
    if (const auto* binary = std::get_if<bytes>(&wanted))
        return s.cell(row, column) == std::string_view(reinterpret_cast<const char*>(binary->data()), binary->size());
    return std::visit([&](const auto& fixed) { return same_fixed(s, row, column, fixed); }, wanted);
}

int differences(const batch_storage& s, const table& wanted) {
    int count = s.rows() == wanted.rows.size() ? 0 : 1;
    for (std::size_t row = 0; row < wanted.rows.size(); ++row)
        for (std::size_t i = 0; i < wanted.columns.size(); ++i)
            if (!same_cell(s, row, i, wanted.rows[row][i])) ++count;
    return count;
}

}  // namespace

TEST_CASE("each array of a batch is aligned and has its own place") {
    const auto columns = std::make_shared<const schema>(one_of_each());
    for (const std::size_t rows : {1u, 2u, 3u, 7u, 64u, 1000u}) {
        for (const std::size_t stride : {1u, 3u, 8u, 17u, 4096u}) {
            std::vector<std::size_t> strides;
            std::vector<std::size_t> data_bytes;
            for (const column& c : *columns) {
                strides.push_back(is_variable(c.type) ? stride : fixed_size(c.type));
                data_bytes.push_back(strides.back() * rows);
            }
            batch_storage s(columns, strides, rows);
            CHECK(s.capacity() == rows);
            CHECK(s.rows() == 0);
            check_arrays(s, data_bytes);
            for (std::size_t i = 0; i < data_bytes.size(); ++i) std::memset(s.data(i), 0xff, data_bytes[i]);
            for (std::size_t i = 0; i < data_bytes.size(); ++i) std::memset(s.lengths(i), 0xff, rows * 8);
        }
    }
}

TEST_CASE("a compact batch has offsets for text binary and decimal") {
    const auto columns = std::make_shared<const schema>(one_of_each());
    const std::size_t rows = 5;
    std::vector<std::size_t> data_bytes;
    for (const column& c : *columns) data_bytes.push_back(is_variable(c.type) ? 13 : rows * fixed_size(c.type));
    const batch_storage s(batch_storage::compact_tag(), columns, data_bytes, rows);
    check_arrays(s, data_bytes);
    for (std::size_t i = 0; i < columns->size(); ++i) CHECK((s.slot(i).stride == 0) == is_variable((*columns)[i].type));
}

TEST_CASE("a row's bytes are its strides and its lengths") {
    CHECK(batch_storage::row_bytes({}) == 0);
    CHECK(batch_storage::row_bytes({1, 8, 100}) == 109 + 3 * 8);
}

TEST_CASE("sizes that no memory has are refused") {
    const auto columns = std::make_shared<const schema>(std::vector<column>{column_of("a", column_type::text)});
    const auto huge = std::numeric_limits<std::size_t>::max();
    CHECK_THROWS_AS(batch_storage(columns, {huge / 2}, 3), std::bad_alloc);
    CHECK_THROWS_AS(batch_storage(columns, {huge / 8}, 100), std::bad_alloc);
    CHECK_THROWS_AS(batch_storage(columns, {1}, huge / 8), std::bad_alloc);
}

TEST_CASE("booleans that nobody wrote are false") {
    const auto columns = std::make_shared<const schema>(std::vector<column>{column_of("a", column_type::boolean)});
    for (int i = 0; i < 50; ++i) {
        const batch_storage s(columns, {1}, 1000);
        CHECK(std::all_of(s.data(0), s.data(0) + 1000, [](std::byte b) { return b == std::byte(0); }));
    }
}

TEST_CASE("a cell longer than its stride lies outside and is counted") {
    batch_builder built({column_of("a", column_type::text), column_of("b", column_type::binary)}, 3, 4);
    const std::size_t before = built.storage().bytes();
    const std::string large(10'000, 'L');
    built.put(0, {test::of("abcd"), test::of("")}).put(1, {test::of("abcde"), test::of(large)});
    built.put(2, {test::null(), test::of("12345")});
    const auto s = built.make().storage();
    CHECK(s->cell(0, 0) == "abcd");
    CHECK(s->cell(0, 1).empty());
    CHECK(s->cell(1, 0) == "abcde");
    CHECK(s->cell(1, 1) == large);
    CHECK(s->cell(2, 1) == "12345");
    CHECK(s->lengths(1)[1] == 10'000);
    CHECK(s->outside(0, 0).empty());
    CHECK(s->outside(2, 0).empty());
    CHECK(s->bytes() >= before + large.size());
}

TEST_CASE("a cleared batch is as new and keeps its memory") {
    batch_builder built({column_of("a", column_type::text)}, 2, 4);
    built.put(0, 0, test::of("outside")).put(1, 0, test::of(std::string(5000, 'x')));
    const std::byte* memory = built.storage().data(0);
    built.storage().clear();
    CHECK(built.storage().rows() == 0);
    CHECK(built.storage().outside(0, 0).empty());
    CHECK(built.storage().bytes() < 5000);
    CHECK(built.storage().data(0) == memory);
    built.put(0, 0, test::of("once more"));
    CHECK(built.storage().cell(0, 0) == "once more");
}

TEST_CASE("what was written is read and a compact copy holds the same") {
    std::mt19937_64 random(GENERATE(1u, 2u, 3u));
    for (int i = 0; i < 200; ++i) {
        const table wanted = random_table(random);
        batch_builder built(wanted.columns, wanted.rows.size(), wanted.strides);
        for (std::size_t row = 0; row < wanted.rows.size(); ++row) built.put(row, wanted.rows[row]);
        const auto copy = compact(built.storage());
        CHECK(differences(built.storage(), wanted) == 0);
        CHECK(differences(*copy, wanted) == 0);
        CHECK(differences(*compact(*copy), wanted) == 0);
        CHECK(copy->columns() == built.storage().columns());
    }
}

TEST_CASE("a compact copy holds no byte more than its cells need") {
    const std::size_t rows = 100;
    batch_builder built({column_of("a", column_type::text), column_of("b", column_type::int64)}, rows, 4096);
    for (std::size_t row = 0; row < rows; ++row) built.put(row, {test::of("12345678"), test::of(row)});
    const auto copy = compact(built.storage());
    const std::size_t cells = rows * (8 + 8 + 8 + 8 + 8);  // two lengths, an offset, 8 bytes of text, a number
    CHECK(copy->bytes() >= cells);
    CHECK(copy->bytes() <= cells + 512);
    CHECK(built.storage().bytes() > rows * 4096);
}

TEST_CASE("a compact copy does not carry what a NULL's cell held") {
    batch_builder built({column_of("a", column_type::int64)}, 1);
    built.put(0, 0, test::of(42));
    built.put(0, 0, test::null());
    const auto copy = compact(built.storage());
    CHECK(reinterpret_cast<const std::int64_t*>(copy->data(0))[0] == 0);
}

TEST_CASE("a batch without rows or columns can be compacted") {
    batch_builder built({column_of("a", column_type::text)}, 3);
    built.storage().rows(0);
    CHECK(compact(built.storage())->rows() == 0);
    batch_builder none({}, 2);
    CHECK(compact(none.storage())->rows() == 2);
}

}  // namespace sluice
