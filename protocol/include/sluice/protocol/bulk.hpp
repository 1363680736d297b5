#pragma once
// Rows to insert into a table, by columns, and what became of them.
//
//   sluice::bulk_rows rows("item");
//   rows.column("id", std::move(ids)).column("name", std::move(names));   // std::vector<int>, std::vector<std::string>
//   auto done = db.bulk_insert(std::move(rows)).get();                    // all of them, or none
//
// A column is a std::vector of anything that an argument can be (sluice::args), std::optional for one with NULLs.
//
// Threads: values; any thread. What is borrowed must not change, nor go away, until the insert is answered.

#include <sluice/protocol/error.hpp>
#include <sluice/protocol/limits.hpp>
#include <sluice/protocol/timings.hpp>
#include <sluice/protocol/value.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

// What becomes of the others where a row is refused.
enum class bulk_mode : std::uint8_t {
    all_or_nothing,  // none is inserted, and the error names the row
    skip_bad_rows,   // all of them are inserted, and the answer names the rows that were refused
};

// Takes cells one after the other, as a value would hold them. What it is given is there for the time of the call.
class cell_sink {
public:
    virtual void null(column_type) = 0;
    virtual void boolean(bool) = 0;
    virtual void integer(std::int64_t) = 0;
    virtual void natural(std::uint64_t) = 0;
    virtual void real(double) = 0;  // float too
    virtual void number(const decimal&) = 0;
    virtual void text(std::string_view) = 0;
    virtual void binary(std::span<const std::byte>) = 0;
    virtual void day(const date&) = 0;
    virtual void clock_time(const time&) = 0;
    virtual void moment(const timestamp&) = 0;

protected:
    ~cell_sink() = default;
};

namespace detail {

// The same as make_value would make of it, without making it.
template <class T>
void give_cell(cell_sink& to, const T& cell) {
    if constexpr (is_optional<T>) {
        if (cell)
            give_cell(to, *cell);
        else
            to.null(null_of<typename T::value_type>().type);
    } else if constexpr (std::is_same_v<T, value>) {
        std::visit([&](const auto& of) { give_cell(to, of); }, cell);
    } else if constexpr (std::is_same_v<T, null_value>) {
        to.null(cell.type);
    } else if constexpr (std::is_same_v<T, bool>) {
        to.boolean(cell);
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        to.text(cell);
    } else if constexpr (std::is_integral_v<T>) {
        if constexpr (column_type_of<T>() == column_type::uint64)
            to.natural(cell);
        else
            to.integer(static_cast<std::int64_t>(cell));
    } else if constexpr (std::is_floating_point_v<T>) {
        to.real(static_cast<double>(cell));
    } else if constexpr (std::is_same_v<T, decimal>) {
        to.number(cell);
    } else if constexpr (std::is_same_v<T, date>) {
        to.day(cell);
    } else if constexpr (std::is_same_v<T, time>) {
        to.clock_time(cell);
    } else if constexpr (std::is_same_v<T, timestamp>) {
        to.moment(cell);
    } else {
        to.binary(std::span<const std::byte>(cell));
    }
}

class bulk_cells {
public:
    virtual ~bulk_cells() = default;
    [[nodiscard]] virtual std::size_t size() const noexcept = 0;
    // REQUIRES, here and below: row < size(), first + count <= size().
    [[nodiscard]] virtual value at(std::size_t row) const = 0;
    virtual void give(cell_sink& to, std::size_t first, std::size_t count) const = 0;
    [[nodiscard]] virtual std::size_t bytes_at(std::size_t row) const noexcept = 0;
    // Of these cells together, and of the longest.
    [[nodiscard]] virtual std::size_t bytes_of(std::size_t first, std::size_t count) const noexcept = 0;
    [[nodiscard]] virtual std::size_t longest_of(std::size_t first, std::size_t count) const noexcept = 0;
    // Is one of these cells binary?
    [[nodiscard]] virtual bool has_binary(std::size_t first, std::size_t count) const = 0;
    // May each cell have another type?
    [[nodiscard]] virtual bool is_mixed() const noexcept = 0;
};

[[nodiscard]] inline bool is_binary(const value& cell) noexcept {
    const auto* null = std::get_if<null_value>(&cell);
    return null ? null->type == column_type::binary : std::holds_alternative<bytes>(cell);
}

// What a cell takes beside its place in the range.
template <class T>
[[nodiscard]] std::size_t bytes_of_cell(const T& cell) noexcept {
    if constexpr (is_optional<T>)
        return cell ? bytes_of_cell(*cell) : sizeof(T);
    else if constexpr (requires { cell.str(); })
        return cell.str().size();
    else if constexpr (requires { cell.size(); })
        return cell.size();
    else if constexpr (std::is_convertible_v<const T&, std::string_view>)
        return std::string_view(cell).size();
    else
        return sizeof(T);
}
[[nodiscard]] inline std::size_t bytes_of_cell(const value& cell) noexcept {
    return std::visit([](const auto& of) { return bytes_of_cell(of); }, cell);
}

template <class Range>
class bulk_cells_of final : public bulk_cells {
public:
    explicit bulk_cells_of(Range cells) : cells_(std::move(cells)) {}
    [[nodiscard]] std::size_t size() const noexcept override { return cells_.size(); }
    [[nodiscard]] value at(std::size_t row) const override { return make_value(cells_[row]); }
    [[nodiscard]] std::size_t bytes_at(std::size_t row) const noexcept override { return bytes_of_cell(cells_[row]); }
    void give(cell_sink& to, std::size_t first, std::size_t count) const override {
        for (std::size_t row = first; row < first + count; ++row) give_cell(to, cells_[row]);
    }
    [[nodiscard]] std::size_t bytes_of(std::size_t first, std::size_t count) const noexcept override {
        std::size_t all = 0;
        for (std::size_t row = first; row < first + count; ++row) all += bytes_of_cell(cells_[row]);
        return all;
    }
    [[nodiscard]] std::size_t longest_of(std::size_t first, std::size_t count) const noexcept override {
        std::size_t longest = 0;
        for (std::size_t row = first; row < first + count; ++row)
            longest = std::max(longest, bytes_of_cell(cells_[row]));
        return longest;
    }
    [[nodiscard]] bool is_mixed() const noexcept override {
        return requires {
            std::holds_alternative<bytes>(cells_[0]);
        };
    }
    // Cells of one C++ type are of one kind.
    [[nodiscard]] bool has_binary(std::size_t first, std::size_t count) const override {
        if constexpr (requires { std::holds_alternative<bytes>(cells_[0]); })
            return std::any_of(cells_.begin() + static_cast<std::ptrdiff_t>(first),
                               cells_.begin() + static_cast<std::ptrdiff_t>(first + count),
                               [](const value& cell) { return is_binary(cell); });
        else
            return count != 0 && is_binary(at(first));
    }

private:
    Range cells_;
};

}  // namespace detail

class bulk_rows {
public:
    // The names are those of the catalog, letter by letter; they are quoted by the rules of the server.
    explicit bulk_rows(std::string table) : table_(std::move(table)) {}
    bulk_rows& schema(std::string name) {
        schema_ = std::move(name);
        return *this;
    }

    template <class T>
    bulk_rows& column(std::string name, std::vector<T> cells) {
        static_assert(!std::is_same_v<T, bool>,
                      "sluice: std::vector<bool> has no cells: use std::vector<std::uint8_t>, "
                      "std::vector<sluice::value> or std::vector<std::optional<bool>>");
        return add(std::move(name), std::make_shared<detail::bulk_cells_of<std::vector<T>>>(std::move(cells)));
    }
    // Not copied: read when the rows are sent.
    template <class T, std::size_t Extent>
    bulk_rows& borrow(std::string name, std::span<const T, Extent> cells) {
        return add(std::move(name), std::make_shared<detail::bulk_cells_of<std::span<const T>>>(cells));
    }

    bulk_rows& mode(bulk_mode how) {
        mode_ = how;
        return *this;
    }
    // With skip_bad_rows: where more are refused none is inserted, and the error says so. 1 to
    // limits::bulk_refused_max.
    bulk_rows& refused_max(std::size_t rows) {
        refused_max_ = rows;
        return *this;
    }

    // The number that the first row has in what is told of them. 0, if not said.
    bulk_rows& numbered_from(std::uint64_t first) {
        number_ = first;
        return *this;
    }

    // Some of the rows, which keep their numbers; the cells are shared. REQUIRES: first + count <= rows().
    [[nodiscard]] SLUICE_EXPORT bulk_rows part(std::size_t first, std::size_t count) const;

    [[nodiscard]] const std::string& table() const noexcept { return table_; }
    [[nodiscard]] const std::string& schema() const noexcept { return schema_; }
    [[nodiscard]] bulk_mode mode() const noexcept { return mode_; }
    [[nodiscard]] std::size_t refused_max() const noexcept { return refused_max_; }
    [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
    [[nodiscard]] std::size_t rows() const noexcept {
        return cells_.empty() ? 0 : std::min(count_, cells_.front()->size() - first_);
    }
    [[nodiscard]] std::uint64_t first_number() const noexcept { return number_; }
    // REQUIRES: column < names().size(), row < rows().
    [[nodiscard]] value at(std::size_t column, std::size_t row) const { return cells_[column]->at(first_ + row); }
    [[nodiscard]] std::size_t bytes_at(std::size_t column, std::size_t row) const noexcept {
        return cells_[column]->bytes_at(first_ + row);
    }
    // Are its cells sluice::value, each of which may have another type?
    [[nodiscard]] bool is_mixed(std::size_t column) const noexcept { return cells_[column]->is_mixed(); }
    [[nodiscard]] bool has_binary(std::size_t column) const { return cells_[column]->has_binary(first_, rows()); }
    // Some cells of a column, in their order. REQUIRES, here and below: first + count <= rows().
    void give(std::size_t column, std::size_t first, std::size_t count, cell_sink& to) const {
        cells_[column]->give(to, first_ + first, count);
    }
    // The bytes of the longest of them.
    [[nodiscard]] std::size_t longest_of(std::size_t column, std::size_t first, std::size_t count) const noexcept {
        return cells_[column]->longest_of(first_ + first, count);
    }
    [[nodiscard]] SLUICE_EXPORT std::size_t bytes_of_row(std::size_t row) const noexcept;

    // Everything that is wrong, or nothing: names that are missing, empty, too long or there twice, columns that are
    // not of one length, more than limits::bulk_rows_max rows or limits::bulk_bytes_max bytes.
    [[nodiscard]] SLUICE_EXPORT std::optional<error> problems() const;

private:
    bulk_rows& add(std::string name, std::shared_ptr<const detail::bulk_cells> cells) {
        names_.push_back(std::move(name));
        cells_.push_back(std::move(cells));
        return *this;
    }

    std::string table_;
    std::string schema_;
    std::vector<std::string> names_;
    std::vector<std::shared_ptr<const detail::bulk_cells>> cells_;
    bulk_mode mode_ = bulk_mode::all_or_nothing;
    std::size_t refused_max_ = limits::bulk_refused_default;
    std::size_t first_ = 0;  // of the cells
    std::size_t count_ = SIZE_MAX;
    std::uint64_t number_ = 0;
};

static_assert(!std::is_aggregate_v<bulk_rows>);

// A row that the server, or its driver, would not take.
struct refused_row {
    std::uint64_t row = 0;  // its number, from bulk_rows::first_number() on
    error why;
};

struct bulk_inserted {
    std::uint64_t rows = 0;            // that are in the table now
    std::vector<refused_row> refused;  // by their number; with skip_bad_rows only
    bool one_writer = false;           // the DBMS lets one connection write at a time (SQLite)
    sluice::timings timings;
};

}  // namespace sluice
