// Whole results by hand: blocks, as of a stream, of which everything is kept in columns of its own, texts one after the
// other.

#include "block.hpp"
#include "scenarios.hpp"

#include <algorithm>
#include <memory>
#include <string_view>

namespace {

class texts {
public:
    template <std::size_t Size>
    void add(const bench::text_column<Size>& from, SQLULEN rows) {
        for (SQLULEN i = 0; i < rows; ++i) {
            const SQLLEN length = from.lengths[i];
            if (length > 0) bytes_.append(from.cells[i].data(), static_cast<std::size_t>(length));
            ends_.push_back(bytes_.size());
            nulls_.push_back(length == SQL_NULL_DATA);
        }
    }
    [[nodiscard]] bool is_null(std::size_t row) const { return nulls_[row] != 0; }
    [[nodiscard]] std::string_view operator[](std::size_t row) const {
        const std::size_t begin = row == 0 ? 0 : ends_[row - 1];
        return std::string_view(bytes_).substr(begin, ends_[row] - begin);
    }

private:
    std::string bytes_;
    std::vector<std::size_t> ends_;
    std::vector<std::uint8_t> nulls_;
};

template <class T>
void append(std::vector<T>& to, const bench::fixed_column<T>& from, SQLULEN rows) {
    to.insert(to.end(), from.cells.begin(), from.cells.begin() + static_cast<std::ptrdiff_t>(rows));
}

class kept_rows {
public:
    void add(const bench::block& from, SQLULEN rows) {
        append(ids_, from.ids, rows);
        append(numbers_, from.numbers, rows);
        append(prices_, from.prices, rows);
        append(times_, from.times, rows);
        names_.add(from.names, rows);
        amounts_.add(from.amounts, rows);
        notes_.add(from.notes, rows);
    }
    void add_to(bench::checksum& sum) const {
        for (std::size_t i = 0; i < ids_.size(); ++i) {
            sum.number(static_cast<std::uint64_t>(ids_[i]));
            sum.number(static_cast<std::uint64_t>(numbers_[i]));
            sum.real(prices_[i]);
            sum.text(names_[i].data(), names_[i].size());
            sum.number(times_[i].minute);
            sum.number(amounts_[i].empty() ? 0 : static_cast<unsigned char>(amounts_[i][0]));
            if (!notes_.is_null(i)) sum.text(notes_[i].data(), notes_[i].size());
            sum.end_row();
        }
    }

private:
    std::vector<SQLBIGINT> ids_, numbers_;
    std::vector<double> prices_;
    std::vector<SQL_TIMESTAMP_STRUCT> times_;
    texts names_, amounts_, notes_;
};

// The first rows of the table, so many at once.
bench::measured read(const std::string& string, std::int64_t count, std::int64_t at_once) {
    using namespace bench;
    const connection db(string);
    block_cursor cursor(db);
    const auto rows = std::make_unique<block>();
    cursor.bind(*rows);
    checksum sum;
    measured found;
    const auto begun = clock::now();
    cursor.prepare(select_sql(at_once));
    for (std::int64_t read = 0; read < count; read += at_once) {
        kept_rows all;
        cursor.execute();
        while (const SQLULEN fetched = cursor.fetch()) all.add(*rows, fetched);
        cursor.close();
        all.add_to(sum);
    }
    found.seconds = seconds_since(begun);
    found.checksum = sum.value();
    return found;
}

}  // namespace

bench::measured bench::whole_medium(const std::string& connection, std::int64_t count) {
    return read(connection, count, medium_rows);
}
bench::measured bench::whole_large(const std::string& connection, std::int64_t count) {
    return read(connection, count, count);
}
