#include <sluice/protocol/value.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice {

namespace {

template <class T>
bool is(const value& v, const T& wanted) {
    return std::holds_alternative<T>(v) && std::get<T>(v) == wanted;
}

}  // namespace

TEST_CASE("each argument keeps its type and its value") {
    const std::string text = "text";
    const bytes binary{std::byte(1), std::byte(2)};
    const args a(true, 42, -7ll, 42u, std::uint64_t{42}, static_cast<signed char>(-128), 0.5f, 0.1, decimal("1.50"),
                 "literal", text, std::string_view("view"), binary, std::span<const std::byte>(binary),
                 date{2024, 2, 29}, time{1, 2, 3, 4}, timestamp{2024, 2, 29, 1, 2, 3, 4});
    REQUIRE(a.size() == 17);
    CHECK(is(a[0], true));
    CHECK(is(a[1], std::int64_t{42}));
    CHECK(is(a[2], std::int64_t{-7}));
    CHECK(is(a[3], std::int64_t{42}));
    CHECK(is(a[4], std::uint64_t{42}));
    CHECK(is(a[5], std::int64_t{-128}));
    CHECK(is(a[6], 0.5f));
    CHECK(is(a[7], 0.1));
    CHECK(is(a[8], decimal("1.50")));
    CHECK(is(a[9], std::string("literal")));
    CHECK(is(a[10], text));
    CHECK(is(a[11], std::string("view")));
    CHECK(is(a[12], binary));
    CHECK(is(a[13], binary));
    CHECK(is(a[14], date{2024, 2, 29}));
    CHECK(is(a[15], time{1, 2, 3, 4}));
    CHECK(is(a[16], timestamp{2024, 2, 29, 1, 2, 3, 4}));
}

TEST_CASE("text of an argument may hold a NUL and its own bytes") {
    const args a(std::string("a\0b", 3), std::string_view("\xff\0", 2));
    CHECK(is(a[0], std::string("a\0b", 3)));
    CHECK(is(a[1], std::string("\xff\0", 2)));
}

TEST_CASE("an empty optional is a NULL of its type") {
    const args a(std::optional<int>(), std::optional<std::string>(), std::optional<timestamp>(), std::optional<int>(7),
                 null_of<bytes>(), null_of<std::uint64_t>());
    CHECK(is(a[0], null_value{column_type::int64}));
    CHECK(is(a[1], null_value{column_type::text}));
    CHECK(is(a[2], null_value{column_type::timestamp}));
    CHECK(is(a[3], std::int64_t{7}));
    CHECK(is(a[4], null_value{column_type::binary}));
    CHECK(is(a[5], null_value{column_type::uint64}));
}

TEST_CASE("arguments own what they were made from") {
    std::optional<args> kept;
    {
        std::string text(100, 'x');
        bytes binary(100, std::byte(9));
        kept = args(std::string_view(text), std::span<const std::byte>(binary));
        text.assign(100, 'y');
        binary.assign(100, std::byte(0));
    }
    CHECK(is((*kept)[0], std::string(100, 'x')));
    CHECK(is((*kept)[1], bytes(100, std::byte(9))));
}

TEST_CASE("arguments are made from a list known only at run time") {
    std::vector<value> list;
    list.reserve(3);
    for (int i = 0; i < 3; ++i) list.push_back(value(std::int64_t{i}));
    CHECK(args::from(list) == args(0, 1, 2));
    CHECK_FALSE(args::from(list) == args(0, 1));
    CHECK(args(value(std::string("a"))) == args("a"));
    args first(1, "two");  // not const: its copy must not become an argument of another list
    args second(first);
    first = args();
    CHECK(second == args(1, "two"));
    CHECK(first.empty());
    CHECK(second.values().size() == 2);
}

TEST_CASE("an argument says whether it brings a value back") {
    const args plain(1, "a");
    CHECK(plain.outputs() == 0);
    CHECK(plain.direction_of(0) == direction::in);
    args mixed(1, in_out(2), "b", out<double>(), null_of<int>());
    CHECK(mixed.size() == 5);
    CHECK(mixed.outputs() == 2);
    CHECK(mixed.direction_of(0) == direction::in);
    CHECK(mixed.direction_of(1) == direction::in_out);
    CHECK(mixed.direction_of(2) == direction::in);
    CHECK(mixed.direction_of(3) == direction::out);
    CHECK(mixed.direction_of(4) == direction::in);
    CHECK(mixed[1] == value(std::int64_t{2}));
    CHECK(mixed[3] == value(null_of<double>()));
    CHECK_FALSE(mixed == args(1, 2, "b", null_of<double>(), null_of<int>()));
    mixed.direct(1, direction::in);
    mixed.direct(4, direction::out);
    CHECK(mixed.outputs() == 2);
    CHECK(mixed.direction_of(4) == direction::out);
    CHECK_THROWS_AS(mixed.direct(5, direction::out), std::out_of_range);

    const auto named = named_args("x", 1, "y", out<int>(), "z", in_out("text"));
    CHECK(named.is_named());
    CHECK(named.names()[1] == "y");
    CHECK(named.direction_of(1) == direction::out);
    CHECK(named.direction_of(2) == direction::in_out);
    CHECK(named_args().is_named());
}

TEST_CASE("whole numbers are widened and never changed") {
    CHECK(is(args(std::numeric_limits<std::int64_t>::min())[0], std::numeric_limits<std::int64_t>::min()));
    CHECK(is(args(std::numeric_limits<std::uint64_t>::max())[0], std::numeric_limits<std::uint64_t>::max()));
    CHECK(is(args(std::numeric_limits<std::uint32_t>::max())[0], std::int64_t{4294967295}));
    CHECK(column_type_of<unsigned int>() == column_type::int64);
    CHECK(column_type_of<unsigned long>() == column_type::uint64);
    CHECK(column_type_of<time>() == column_type::time);
}

}  // namespace sluice
