#include <sluice/protocol/bulk_load.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

bulk_source chunks_of(bulk_rows rows, std::size_t chunk_rows) {
    return [all = std::move(rows), most = std::max<std::size_t>(chunk_rows, 1),
            next = std::size_t{0}]() mutable -> std::optional<bulk_rows> {
        if (next >= all.rows()) return std::nullopt;
        const std::size_t first = next;
        next += std::min(most, all.rows() - first);
        return all.part(first, next - first);
    };
}

}  // namespace sluice
