#include <sluice/protocol/capabilities.hpp>
#include <sluice/protocol/catalog_rows.hpp>

#include <catch2/catch.hpp>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace sluice::protocol {

namespace {

using cells = std::vector<std::optional<std::string>>;

// Five texts and a number for each row, with room for `stride` bytes in place.
std::shared_ptr<batch_storage> made_of(const std::vector<cells>& rows, std::size_t stride) {
    std::vector<column> all(6);
    all[5].type = column_type::int64;
    auto made = std::make_shared<batch_storage>(std::make_shared<const schema>(all),
                                                std::vector<std::size_t>{stride, stride, stride, stride, stride, 8},
                                                rows.size());
    for (std::size_t r = 0; r < rows.size(); ++r) {
        for (std::size_t c = 0; c < 5; ++c) {
            const auto& text = rows[r][c];
            if (!text)
                made->lengths(c)[r] = null_length;
            else if (text->size() > stride)
                made->put_outside(r, c, *text);
            else {
                std::memcpy(made->data(c) + r * stride, text->data(), text->size());
                made->lengths(c)[r] = static_cast<std::int64_t>(text->size());
            }
        }
        const auto number = static_cast<std::int64_t>(r);
        std::memcpy(made->data(5) + r * 8, &number, 8);
        made->lengths(5)[r] = 8;
    }
    made->rows(rows.size());
    return made;
}

std::vector<std::int64_t> kept(const row_set& rows, const catalog_query& asked) {
    std::vector<std::int64_t> numbers;
    for (const auto row : exact_rows(rows, asked)) numbers.push_back(row.get<std::int64_t>(5));
    return numbers;
}

using numbers = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("catalog rows are those whose names are the exact ones") {
    const std::string longer(300, 'x');
    const std::vector<cells> rows = {{"c", "s_1", "t_1", "a", "r"},        {"c", "s_1", "tX1", "a", "r"},
                                     {"c", "sX1", "t_1", "b", "r"},        {"d", "s_1", "t_1", longer, "r"},
                                     {"c", std::nullopt, "t_1", "a", "r"}, {"", "", longer, "a", std::nullopt}};
    for (const std::size_t stride : {16U, 512U}) {
        row_set all;
        all.append(batch(made_of(rows, stride)));
        CHECK(kept(all, tables()) == numbers{0, 1, 2, 3, 4, 5});
        CHECK(kept(all, tables().name("t_1")) == numbers{0, 2, 3, 4});
        CHECK(kept(all, tables().name("t_1").schema("s_1")) == numbers{0, 3});
        CHECK(kept(all, tables().name("t_1").schema("s_1").catalog("d")) == numbers{3});
        CHECK(kept(all, tables().name_like("t_1")) == numbers{0, 1, 2, 3, 4, 5});
        CHECK(kept(all, tables().schema("T_1")).empty());
        CHECK(kept(all, columns().column("a")) == numbers{0, 1, 4, 5});
        CHECK(kept(all, columns().column(longer)) == numbers{3});
        CHECK(kept(all, tables().name(longer)) == numbers{5});
        CHECK(kept(all, procedures().catalog("nosuch").name("tX1")) == numbers{1});
        CHECK(kept(all, data_types().name("x")) == numbers{0, 1, 2, 3, 4, 5});
        CHECK(kept(all, foreign_keys().references("t_1").references_catalog("d")) == numbers{3});
        const auto one = exact_rows(all, columns().column(longer));
        CHECK(one[0].get<std::string>(3) == longer);
        CHECK(one[0].get<std::string>(1) == "s_1");
        CHECK(one.columns() == all.columns());
        const auto null = exact_rows(all, tables().name(longer));
        CHECK(null[0].is_null(4));
    }
}

TEST_CASE("catalog rows of several batches are numbered on and keep what stands beside them") {
    row_set all;
    all.append(batch(made_of({{"c", "s", "a", "", ""}, {"c", "s", "b", "", ""}}, 8)));
    all.append(batch(made_of({{"c", "s", "b", "", ""}}, 8)));
    all.append(batch(made_of({{"c", "s", "c", "", ""}}, 8)));
    all.warnings({diagnostic()});
    const auto some = exact_rows(all, tables().name("b"));
    REQUIRE(some.size() == 2);
    CHECK(some[1].get<std::int64_t>(5) == 0);
    CHECK(some.batches()[1].first_row() == 1);
    CHECK(some.warnings().size() == 1);
    CHECK(exact_rows(all, tables().name("none")).columns().size() == 6);
    CHECK(exact_rows(row_set(), tables().name("b")).empty());
}

TEST_CASE("catalog queries tell everything that is wrong with them") {
    CHECK_FALSE(tables().problems());
    CHECK_FALSE(tables().catalog("a").schema_like("b%").name_like("c%").kind("VIEW").problems());
    CHECK_FALSE(columns().name("a").column_like("b%").problems());
    CHECK_FALSE(primary_keys().name("a").schema("b").problems());
    CHECK_FALSE(foreign_keys().references("a").references_schema("b").problems());
    CHECK_FALSE(indexes().name("a").unique().problems());
    CHECK_FALSE(procedures().problems());
    CHECK_FALSE(data_types().sql_type(4).problems());
    const auto wrong = primary_keys().column("c").unique().kind("x").sql_type(4).references("r").problems();
    REQUIRE(wrong);
    for (const char* part : {"column()", "unique()", "kind()", "sql_type()", "references()", "name()"})
        CHECK_THAT(wrong->message(), Catch::Contains(part));
    CHECK(foreign_keys().name("a").references_schema("b").problems());
    CHECK(foreign_keys().references("a").schema("b").problems());
    CHECK(indexes().name_like("a%").problems());
    CHECK(tables().kind("").problems());
    CHECK(tables().kind("a,b").problems());
    CHECK(to_string(catalog_subject::foreign_keys) == "foreign_keys");
    CHECK(to_string(identifier_case::mixed) == "mixed");
    CHECK(to_string(transaction_support::ddl_commits) == "ddl_commits");
}

}  // namespace sluice::protocol
