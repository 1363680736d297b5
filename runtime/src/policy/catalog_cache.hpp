#pragma once
// Answers about the catalog that are kept: of those that were asked for longest ago the first to go where there are too
// many or too many bytes, none older than its time.
//
// Threads: a value; one at a time. Times are nanoseconds of the caller's clock; knows none itself.

#include <sluice/protocol/catalog.hpp>
#include <sluice/protocol/row_set.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice::runtime {

class catalog_cache {
public:
    struct bounds {
        std::size_t entries = 0;
        std::size_t bytes = 0;
        std::int64_t ttl_ns = 0;
    };
    explicit catalog_cache(bounds most) : most_(most) {}

    // The kept answer, or nothing.
    [[nodiscard]] std::optional<row_set> find(const catalog_query&, std::int64_t now_ns);
    // Answers that were asked for before the last clear() are not kept: they may be of before what it was called for.
    [[nodiscard]] std::uint64_t epoch() const noexcept { return epoch_; }
    void put(const catalog_query&, const row_set&, std::uint64_t asked_in, std::int64_t now_ns);
    void clear() noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return order_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

private:
    struct entry {
        std::string key;
        row_set rows;
        std::size_t bytes = 0;
        std::int64_t until_ns = 0;
    };
    using place = std::list<entry>::iterator;
    void drop(place) noexcept;

    bounds most_;
    std::uint64_t epoch_ = 0;
    std::size_t bytes_ = 0;
    std::list<entry> order_;                             // the one that was used last stands first
    std::unordered_map<std::string_view, place> known_;  // by the keys in order_
};

// The same for the same questions, and for no others.
[[nodiscard]] std::string key_of(const catalog_query&);

}  // namespace sluice::runtime
