#include "column_text.hpp"

#include <sluice/protocol/batch.hpp>

#include <string>

namespace sluice {

void detail::throw_column_mismatch(const schema& columns, std::size_t column, std::string_view wanted,
                                   std::int64_t null_row) {
    if (column >= columns.size()) throw database_error(no_column_number(columns, column, null_row));
    std::string text = describe_column(columns, column);
    if (null_row >= 0) {
        text.append(" is NULL in row ").append(std::to_string(null_row)).append(": read it as std::optional<");
        text.append(wanted).append(">");
    } else {
        const column_type type = columns[column].type;
        text.append(" is not stored as ").append(wanted).append(": read it as ");
        text.append(is_variable(type) ? "std::string_view" : natural_type(type)).append(", or cell by cell from a row");
    }
    throw database_error(mismatch(std::move(text), null_row, static_cast<std::int64_t>(column)));
}

const schema& batch::columns() const noexcept {
    static const schema none;
    return storage_ ? *storage_->columns() : none;
}

batch batch::compact() const {
    if (!storage_) return *this;
    return batch(protocol::compact(*storage_), first_row_, timings_);
}

std::int64_t batch::first_null(std::size_t i) const noexcept {
    const std::int64_t* lengths = storage_->lengths(i);
    for (std::size_t row = 0; row < storage_->rows(); ++row)
        if (lengths[row] < 0) return static_cast<std::int64_t>(row);
    return -1;
}

}  // namespace sluice
