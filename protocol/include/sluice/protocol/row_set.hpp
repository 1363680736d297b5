#pragma once
// A whole result: its rows compacted in batches, the count of rows that the statement changed, the server's warnings.
//
//   for (auto row : rows) use(row.get<int>(0), row.get<std::string_view>(1));
//
// Threads: immutable once delivered; any thread may copy and read it.

#include <sluice/protocol/batch.hpp>
#include <sluice/protocol/row.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace sluice {

class SLUICE_EXPORT row_set {
public:
    class iterator {
    public:
        using value_type = row_view;
        using difference_type = std::ptrdiff_t;
        iterator() = default;
        iterator(const row_set* rows, std::size_t batch, std::size_t row) noexcept
            : rows_(rows), batch_(batch), row_(row) {}
        [[nodiscard]] row_view operator*() const noexcept { return rows_->batches_[batch_][row_]; }
        iterator& operator++() noexcept {
            if (++row_ == rows_->batches_[batch_].rows()) {
                ++batch_;
                row_ = 0;
            }
            return *this;
        }
        iterator operator++(int) noexcept {
            auto old = *this;
            ++*this;
            return old;
        }
        friend bool operator==(const iterator& a, const iterator& b) noexcept {
            return a.batch_ == b.batch_ && a.row_ == b.row_;
        }

    private:
        const row_set* rows_ = nullptr;
        std::size_t batch_ = 0;
        std::size_t row_ = 0;
    };

    row_set() = default;
    explicit row_set(std::shared_ptr<const schema> columns) : columns_(std::move(columns)) {}

    [[nodiscard]] const schema& columns() const noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] iterator begin() const noexcept { return {this, 0, 0}; }
    [[nodiscard]] iterator end() const noexcept { return {this, batches_.size(), 0}; }
    // REQUIRES: row < size().
    [[nodiscard]] row_view operator[](std::size_t row) const noexcept;
    [[nodiscard]] std::span<const batch> batches() const noexcept { return batches_; }

    // What the statement brought back in those of its parameters that are out() or in_out(), in their order. Only the
    // first result of a statement has it; nullopt where no parameter brings a value back.
    [[nodiscard]] const std::optional<row_view>& outputs() const noexcept { return outputs_; }

    // Rows changed by INSERT, UPDATE, DELETE; nullopt where the driver does not know, and for statements with a result.
    [[nodiscard]] std::optional<std::int64_t> affected_rows() const noexcept { return affected_rows_; }
    // What the server said beside its success (01xxx, NOTICE), at most limits::warnings_max.
    [[nodiscard]] std::span<const diagnostic> warnings() const noexcept { return warnings_; }
    [[nodiscard]] const sluice::timings& timings() const noexcept { return timings_; }

    // For the reader of a result. Batches without rows are not kept; those kept are numbered on (first_row).
    void append(const batch& more);
    void outputs(row_view values) noexcept { outputs_ = std::move(values); }
    void affected_rows(std::optional<std::int64_t> count) noexcept { affected_rows_ = count; }
    void warnings(std::vector<diagnostic> w) noexcept { warnings_ = std::move(w); }
    void timings(const sluice::timings& t) noexcept { timings_ = t; }

private:
    std::shared_ptr<const schema> columns_;
    std::vector<batch> batches_;
    std::size_t size_ = 0;
    std::size_t bytes_ = 0;
    std::optional<row_view> outputs_;
    std::optional<std::int64_t> affected_rows_;
    std::vector<diagnostic> warnings_;
    sluice::timings timings_;
};

}  // namespace sluice
