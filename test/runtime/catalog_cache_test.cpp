// The cache of answers about the catalog, one rule of its header after the other.

#include "policy/catalog_cache.hpp"

#include <catch2/catch.hpp>

#include <cstring>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace sluice::runtime {

namespace {

row_set answer_of(std::int64_t number, std::size_t rows = 1) {
    column c;
    c.type = column_type::int64;
    auto made = std::make_shared<protocol::batch_storage>(std::make_shared<const schema>(std::vector<column>{c}),
                                                          std::vector<std::size_t>{8}, rows);
    for (std::size_t i = 0; i < rows; ++i) {
        std::memcpy(made->data(0) + i * 8, &number, 8);
        made->lengths(0)[i] = 8;
    }
    made->rows(rows);
    row_set set;
    set.append(batch(std::move(made)));
    return set;
}

catalog_query about(int n) {
    return tables().name("t" + std::to_string(n));
}

constexpr std::size_t plenty = 1U << 20U;

std::int64_t found(catalog_cache& cache, int n, std::int64_t now) {
    const auto rows = cache.find(about(n), now);
    return rows ? (*rows)[0].get<std::int64_t>(0) : -1;
}
void put(catalog_cache& cache, int n, std::int64_t now) {
    cache.put(about(n), answer_of(n), cache.epoch(), now);
}

}  // namespace

TEST_CASE("catalog cache: an answer is given until its time is over") {
    catalog_cache cache({10, plenty, 100});
    CHECK(found(cache, 1, 0) == -1);
    put(cache, 1, 50);
    CHECK(found(cache, 1, 50) == 1);
    CHECK(found(cache, 1, 149) == 1);
    CHECK(found(cache, 1, 150) == -1);
    CHECK(cache.size() == 0);
    CHECK(cache.bytes() == 0);
    put(cache, 1, 200);
    cache.put(about(1), answer_of(7), cache.epoch(), 290);
    CHECK(found(cache, 1, 380) == 7);
    CHECK(cache.size() == 1);
}

TEST_CASE("catalog cache: of too many the one that was not asked for the longest goes") {
    catalog_cache cache({3, plenty, 1'000});
    for (int n : {1, 2, 3}) put(cache, n, 0);
    CHECK(found(cache, 1, 1) == 1);
    put(cache, 4, 2);
    CHECK(found(cache, 2, 3) == -1);
    CHECK(found(cache, 1, 3) == 1);
    CHECK(found(cache, 3, 3) == 3);
    CHECK(found(cache, 4, 3) == 4);
    CHECK(cache.size() == 3);
}

TEST_CASE("catalog cache: bytes are bounded and what is larger alone is not kept") {
    catalog_cache cache({100, 20'000, 1'000});
    cache.put(about(1), answer_of(1, 10'000), cache.epoch(), 0);
    CHECK(cache.size() == 0);
    for (int n = 0; n < 50; ++n) {
        cache.put(about(n), answer_of(n, 200), cache.epoch(), 0);
        CHECK(cache.bytes() <= 20'000);
    }
    CHECK(cache.size() > 1);
    CHECK(cache.size() < 10);
    CHECK(found(cache, 49, 1) == 49);
    CHECK(found(cache, 0, 1) == -1);
}

TEST_CASE("catalog cache: none is kept where none is wanted") {
    catalog_cache cache({0, plenty, 1'000});
    put(cache, 1, 0);
    CHECK(cache.size() == 0);
}

TEST_CASE("catalog cache: what was asked for before it was cleared is not kept") {
    catalog_cache cache({10, plenty, 1'000});
    put(cache, 1, 0);
    const auto before = cache.epoch();
    cache.clear();
    CHECK(found(cache, 1, 1) == -1);
    cache.put(about(2), answer_of(2), before, 1);
    CHECK(found(cache, 2, 1) == -1);
    put(cache, 2, 1);
    CHECK(found(cache, 2, 1) == 2);
}

TEST_CASE("catalog cache: each question has a key of its own") {
    const std::vector<catalog_query> all = {
        tables(),
        columns(),
        tables().name("a"),
        tables().name_like("a"),
        tables().schema("a"),
        tables().catalog("a"),
        tables().kind("a"),
        tables().kind("a").kind("b"),
        tables().kind("a1:b"),
        tables().name("a1:-"),
        columns().column("a"),
        foreign_keys().references("a"),
        foreign_keys().name("a").references_schema("b"),
        foreign_keys().name("a").references_catalog("b"),
        foreign_keys().name("a").schema("b"),
        indexes().name("a"),
        indexes().name("a").unique(),
        data_types(),
        data_types().sql_type(1),
        data_types().sql_type(11),
    };
    std::set<std::string> keys;
    for (const auto& q : all) {
        keys.insert(key_of(q));
        CHECK(key_of(q) == key_of(catalog_query(q)));
    }
    CHECK(keys.size() == all.size());
}

TEST_CASE("catalog cache: it is what a list without tricks is") {
    const auto seed = std::random_device()();
    INFO("seed " << seed);
    std::mt19937 random(seed);
    catalog_cache cache({5, plenty, 40});
    struct kept {
        int n;
        std::int64_t until;
    };
    std::vector<kept> model;  // the one used last stands last
    std::int64_t now = 0;
    for (int step = 0; step < 20'000; ++step) {
        now += std::uniform_int_distribution<int>(0, 6)(random);
        const int n = std::uniform_int_distribution<int>(0, 9)(random);
        const auto at = std::find_if(model.begin(), model.end(), [n](const kept& k) { return k.n == n; });
        if (random() % 200 == 0) {
            cache.clear();
            model.clear();
        } else if (random() % 2 == 0) {
            std::int64_t expected = -1;
            if (at != model.end()) {
                const kept k = *at;
                model.erase(at);
                if (now < k.until) {
                    expected = n;
                    model.push_back(k);
                }
            }
            REQUIRE(found(cache, n, now) == expected);
        } else {
            put(cache, n, now);
            if (at != model.end()) model.erase(at);
            if (model.size() == 5) model.erase(model.begin());
            model.push_back({n, now + 40});
        }
        REQUIRE(cache.size() == model.size());
    }
}

}  // namespace sluice::runtime
