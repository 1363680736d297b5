#include "ascii.hpp"

#include <sluice/protocol/date_time.hpp>
#include <sluice/protocol/schema.hpp>

#include <array>
#include <utility>

namespace sluice {

namespace {

struct type_facts {
    std::string_view name;
    std::size_t size;
};

// In the order of column_type.
constexpr std::array<type_facts, 11> facts{{
    {"boolean", 1},
    {"int64", sizeof(std::int64_t)},
    {"uint64", sizeof(std::uint64_t)},
    {"float32", sizeof(float)},
    {"float64", sizeof(double)},
    {"decimal", 0},
    {"text", 0},
    {"binary", 0},
    {"date", sizeof(date)},
    {"time", sizeof(time)},
    {"timestamp", sizeof(timestamp)},
}};
static_assert(facts.size() == static_cast<std::size_t>(column_type::timestamp) + 1);
static_assert(sizeof(bool) == 1 && sizeof(date) == 6 && sizeof(timestamp) == 16);

constexpr type_facts unknown_facts{"?", 0};

const type_facts& facts_of(column_type t) noexcept {
    const auto i = static_cast<std::size_t>(t);
    return i < facts.size() ? facts[i] : unknown_facts;
}

}  // namespace

std::string_view to_string(column_type t) noexcept {
    return facts_of(t).name;
}

std::size_t fixed_size(column_type t) noexcept {
    return facts_of(t).size;
}

schema::schema(std::vector<column> columns) : columns_(std::move(columns)) {}

std::optional<std::size_t> schema::find(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < columns_.size(); ++i)
        if (ascii::same_letters(columns_[i].name, name)) return i;
    return std::nullopt;
}

}  // namespace sluice
