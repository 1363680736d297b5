#include <sluice/protocol/bulk.hpp>

#include <algorithm>
#include <string_view>

namespace sluice {

namespace {

class complaints {
public:
    void add(std::string text) {
        if (!all_.empty()) all_ += "; ";
        all_ += text;
    }
    void name(std::string_view what, const std::string& name, bool needed) {
        if (needed && name.empty()) add(std::string(what) + " has no name");
        if (name.size() > limits::catalog_name_bytes_max)
            add(std::string(what) + " has a name of " + std::to_string(name.size()) + " bytes, the limit is " +
                std::to_string(limits::catalog_name_bytes_max));
        if (name.find('\0') != std::string::npos) add(std::string(what) + " has a NUL in its name");
    }
    [[nodiscard]] std::optional<error> as_error() const {
        if (all_.empty()) return std::nullopt;
        return error(errc::invalid_argument, "bulk_rows: " + all_);
    }

private:
    std::string all_;
};

void check_names(const std::vector<std::string>& names, complaints& wrong) {
    std::vector<std::string> sorted = names;
    std::sort(sorted.begin(), sorted.end());
    for (auto at = std::adjacent_find(sorted.begin(), sorted.end()); at != sorted.end();
         at = std::adjacent_find(std::upper_bound(at, sorted.end(), *at), sorted.end()))
        wrong.add("column \"" + *at + "\" is there twice");
    for (std::size_t i = 0; i < names.size(); ++i) wrong.name("column " + std::to_string(i), names[i], true);
}

}  // namespace

std::size_t bulk_rows::bytes_of_row(std::size_t row) const noexcept {
    std::size_t all = 0;
    for (const auto& cells : cells_) all += cells->bytes_at(first_ + row);
    return all;
}

bulk_rows bulk_rows::part(std::size_t first, std::size_t count) const {
    bulk_rows made(*this);
    made.first_ = first_ + first;
    made.count_ = count;
    made.number_ = number_ + first;
    return made;
}

std::optional<error> bulk_rows::problems() const {
    complaints wrong;
    wrong.name("the table", table_, true);
    wrong.name("the schema", schema_, false);
    if (names_.empty()) wrong.add("there is no column");
    if (names_.size() > limits::columns_max)
        wrong.add(std::to_string(names_.size()) + " columns, the limit is " + std::to_string(limits::columns_max));
    check_names(names_, wrong);
    for (std::size_t i = 0; i < cells_.size(); ++i)
        if (cells_[i]->size() != cells_.front()->size())
            wrong.add("column \"" + names_[i] + "\" has " + std::to_string(cells_[i]->size()) +
                      " cells, the first one has " + std::to_string(cells_.front()->size()));
    if (refused_max_ == 0 || refused_max_ > limits::bulk_refused_max)
        wrong.add("refused_max is " + std::to_string(refused_max_) + ", possible are 1 to " +
                  std::to_string(limits::bulk_refused_max));
    if (auto what = wrong.as_error()) return what;
    if (rows() > limits::bulk_rows_max)
        return error(errc::too_large, std::to_string(rows()) + " rows, the limit of one bulk_insert is " +
                                          std::to_string(limits::bulk_rows_max) + ": insert them in parts");
    std::size_t in_all = 0;
    for (const auto& cells : cells_) in_all += cells->bytes_of(first_, rows());
    if (in_all > limits::bulk_bytes_max)
        return error(errc::too_large, "more than limits::bulk_bytes_max (" + std::to_string(limits::bulk_bytes_max) +
                                          ") bytes: insert the rows in parts");
    return std::nullopt;
}

}  // namespace sluice
