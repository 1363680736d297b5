#pragma once
// A stream whose rows come in pages: which rows the next one begins behind, and whether there is one.
//
// Threads: that of the worker.

#include <sluice/odbc/connection.hpp>
#include <sluice/protocol/batch.hpp>
#include <sluice/protocol/value.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace sluice::runtime {

class stream_pages {
public:
    // The parameters are those of the statement itself.
    stream_pages(odbc::page_form form, args given, std::string key, std::size_t page_rows)
        : form_(std::move(form)), given_(std::move(given)), key_(std::move(key)), page_rows_(page_rows) {}

    // What is wrong with the key, or nothing: a column of the result that can be compared.
    [[nodiscard]] std::optional<error> described(const schema&);
    // What is wrong with a later page, or nothing: it has to be of the same columns.
    [[nodiscard]] std::optional<error> described_again(const schema&) const;
    // Rows of the page, in their order. What is wrong with their keys, or nothing.
    [[nodiscard]] std::optional<error> seen(const batch&);
    // The page was full: there may be another one.
    [[nodiscard]] bool may_go_on() const noexcept { return form_.pages && in_page_ == page_rows_; }
    // The next page, which begins now.
    [[nodiscard]] args next_page() {
        in_page_ = 0;
        return behind_last();
    }
    [[nodiscard]] const odbc::page_form& form() const noexcept { return form_; }
    // The statement's own parameters, and the last key.
    [[nodiscard]] args behind_last() const;
    // Of the count of rows that have the last key: what is wrong, or nothing.
    [[nodiscard]] std::optional<error> twins(std::int64_t) const;

private:
    [[nodiscard]] error wrong(const std::string& what) const;

    odbc::page_form form_;
    args given_;
    std::string key_;
    std::size_t page_rows_;
    schema columns_;
    std::size_t column_ = 0;
    std::size_t in_page_ = 0;
    bool begun_ = false;
    value last_;
};

}  // namespace sluice::runtime
