#pragma once
// Batches made by hand, cell by cell, for tests.

#include <sluice/protocol/batch.hpp>
#include <sluice/protocol/value.hpp>

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::test {

inline column column_of(std::string name, column_type type, bool dynamic = false) {
    column made;
    made.name = std::move(name);
    made.type = type;
    made.dynamic = dynamic;
    return made;
}

inline value null() {
    return value(null_value());
}
template <class T>
value of(T&& from) {
    return detail::make_value(std::forward<T>(from));
}

// Writes as a driver does: a cell longer than its stride goes outside. Cells come in order of (row, column).
class batch_builder {
public:
    batch_builder(const std::vector<column>& columns, std::size_t rows, std::size_t stride = 8)
        : batch_builder(columns, rows, std::vector<std::size_t>(columns.size(), stride)) {}
    // The strides of text, binary and decimal columns; those of others do not count.
    batch_builder(std::vector<column> columns, std::size_t rows, std::vector<std::size_t> strides)
        : columns_(std::make_shared<const schema>(std::move(columns))) {
        for (std::size_t i = 0; i < strides.size(); ++i)
            if (!is_variable((*columns_)[i].type)) strides[i] = fixed_size((*columns_)[i].type);
        storage_ = std::make_shared<protocol::batch_storage>(columns_, strides, rows);
        storage_->rows(rows);
    }

    batch_builder& put(std::size_t row, std::size_t column, const value& cell) {
        if (std::holds_alternative<null_value>(cell))
            storage_->lengths(column)[row] = protocol::null_length;
        else if (const auto* text = std::get_if<std::string>(&cell))
            put_variable(row, column, *text);
        else if (const auto* number = std::get_if<decimal>(&cell))
            put_variable(row, column, number->str());
        else if (const auto* binary = std::get_if<bytes>(&cell))
            put_variable(row, column, std::string(reinterpret_cast<const char*>(binary->data()), binary->size()));
        else
            std::visit([&](const auto& fixed) { put_fixed(row, column, fixed); }, cell);
        return *this;
    }
    batch_builder& put(std::size_t row, const std::vector<value>& cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) put(row, i, cells[i]);
        return *this;
    }

    [[nodiscard]] protocol::batch_storage& storage() noexcept { return *storage_; }
    [[nodiscard]] batch make(std::uint64_t first_row = 0) const { return batch(storage_, first_row); }

private:
    void put_variable(std::size_t row, std::size_t column, const std::string& cell) {
        const std::size_t stride = storage_->slot(column).stride;
        if (cell.size() > stride) return storage_->put_outside(row, column, cell);
        std::memcpy(storage_->data(column) + row * stride, cell.data(), cell.size());
        storage_->lengths(column)[row] = static_cast<std::int64_t>(cell.size());
    }
    template <class T>
    void put_fixed(std::size_t row, std::size_t column, const T& cell) {
        if constexpr (std::is_trivially_copyable_v<T>) {
            std::memcpy(storage_->data(column) + row * sizeof(T), &cell, sizeof(T));
            storage_->lengths(column)[row] = sizeof(T);
        }
    }

    std::shared_ptr<const schema> columns_;
    std::shared_ptr<protocol::batch_storage> storage_;
};

}  // namespace sluice::test
