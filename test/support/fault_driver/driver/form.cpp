#include "form.hpp"

#include "limits.hpp"
#include "words.hpp"

#include <sluice/testing/cells.hpp>

#include <algorithm>
#include <array>

namespace sluice::fault_driver {
namespace {

struct type_name {
    std::string_view name;
    column::kind type;
    std::uint64_t described_bytes;  // where the column says none; 0: the type has no size
};
constexpr std::array type_names = {
    type_name{"id", column::kind::id, 0},
    type_name{"bigint", column::kind::bigint, 0},
    type_name{"integer", column::kind::integer, 0},
    type_name{"double", column::kind::real, 0},
    type_name{"varchar", column::kind::varchar, testing::described_bytes_default},
    type_name{"text", column::kind::text, testing::described_bytes_text},
    type_name{"varbinary", column::kind::varbinary, testing::described_bytes_default},
    type_name{"timestamp", column::kind::timestamp, 0},
};

// [name :] type [( size )]
column read_column(word_reader& words) {
    column read;
    if (words.peek().what != word::kind::plain) words.fail("a column type");
    read.name = words.take().text;
    std::string type = read.name;
    if (words.accept(":")) type = words.take().text;
    const auto* const known = std::find_if(type_names.begin(), type_names.end(),
                                           [&type](const type_name& each) { return same_word(each.name, type); });
    if (known == type_names.end()) words.fail("a column type instead of '" + type + "' before what stands");
    read.type = known->type;
    read.described_bytes = known->described_bytes;
    if (known->described_bytes != 0 && words.accept("(")) {
        read.described_bytes = words.expect_number("a described size", limits::cell_bytes_max);
        words.expect(")");
    }
    return read;
}

void read_columns(word_reader& words, form& into) {
    into.columns.clear();
    do {
        if (into.columns.size() == limits::columns_max) words.fail("no more columns");
        into.columns.push_back(read_column(words));
    } while (words.accept(","));
}

std::uint64_t read_row(word_reader& words) {
    return words.expect_number("a count of rows", limits::row_count_max);
}

std::uint64_t read_length(word_reader& words) {
    return words.expect_number("a length in bytes", limits::cell_bytes_max);
}

// The clauses that only `rows` has. `error R` and `lost R` are those of fault.hpp with a count of rows first.
bool read_rows_clause(word_reader& words, form& into) {
    if (words.accept("columns")) {
        read_columns(words, into);
    } else if (words.accept("seed")) {
        into.seed = words.expect_number("a seed", ~std::uint64_t{0});
    } else if (words.accept("null")) {
        into.null_every = words.expect_number("how many cells there are for one NULL", limits::row_count_max);
    } else if (words.accept("length")) {
        into.length = read_length(words);
    } else if (words.accept("long")) {
        const std::uint64_t row = read_row(words);
        into.long_row = {row, read_length(words)};
    } else if (words.accept("error")) {
        const std::uint64_t rows = read_row(words);
        into.failure_after = {rows, read_failure(words)};
    } else if (words.accept("lost")) {
        into.failure_after = {read_row(words), lost_connection()};
    } else {
        return false;
    }
    return true;
}

void read_count(word_reader& words, form& into) {
    into.count_is_parameter = words.accept("?");
    if (!into.count_is_parameter) into.count = read_row(words);
}

void read_verb(word_reader& words, form& into) {
    if (words.accept("rows")) {
        into.what = form::verb::rows;
        into.seed = testing::default_seed;
        into.columns = {{"id", column::kind::id, 0},
                        {"hash", column::kind::bigint, 0},
                        {"text", column::kind::varchar, testing::described_bytes_default},
                        {"value", column::kind::real, 0}};
        read_count(words, into);
    } else if (words.accept("select")) {
        into.what = form::verb::rows;  // `select 1`, by which many ask whether a connection is alive
        into.columns = {{"id", column::kind::id, 0}};
        into.count = words.expect_number("the number 1", 1);
    } else if (words.accept("affect")) {
        into.what = form::verb::affect;
        read_count(words, into);
    } else if (words.accept("ok")) {
        into.what = form::verb::ok;
    } else if (words.accept("echo")) {
        into.what = form::verb::echo;
        while (words.accept("?") || words.accept(",")) {
        }
    } else if (words.peek().is("error") || words.peek().is("lost")) {
        into.what = form::verb::fail;
        static_cast<void>(read_fault(words, into.on_execute));
    } else {
        words.fail("rows, affect, ok, echo, select 1, error or lost");
    }
}

}  // namespace

namespace {

// Up to the next `then`.
form read_result(word_reader& words) {
    form read;
    read_verb(words, read);
    while (!words.at_end() && !words.peek().is(";") && !words.peek().is("then")) {
        if (words.accept("nodata")) {
            read.no_data = true;
        } else if (!(read.what == form::verb::rows && read_rows_clause(words, read)) &&
                   !read_fault(words, read.on_execute)) {
            words.fail("a clause");
        }
    }
    return read;
}

}  // namespace

form read_form(word_reader& words) {
    form first = read_result(words);
    while (words.accept("then")) {
        if (first.then.size() == limits::results_max) words.fail("no more results");
        first.then.push_back(read_result(words));
    }
    return first;
}

form parse_form(std::string_view sql) {
    word_reader words(sql);
    form read = read_form(words);
    if (words.accept(";") && !words.at_end()) words.fail("nothing more");
    read.parameters = count_parameters(sql);
    return read;
}

}  // namespace sluice::fault_driver
