// A stream is the whole result in pieces, cell by cell, whatever the size of its batches and however far it reads
// ahead.
#include "here.hpp"

#include <sluice/protocol/record.hpp>

#include <cmath>
#include <cstring>
#include <random>

using namespace sluice;
using namespace sluice::testing;
namespace ask = sluice::protocol;

namespace {

constexpr std::size_t rows_in_all = 800;
constexpr int rounds = 18;

std::uint64_t seed_of_run() {
    static const std::uint64_t seed = [] {
        const char* const given = std::getenv("SLUICE_TEST_SEED");
        return given != nullptr ? std::stoull(given) : std::uint64_t{std::random_device()()};
    }();
    return seed;
}

// What was put in, to be compared with what comes out.
struct record {
    std::int64_t id = 0;
    std::optional<std::int64_t> whole;
    std::optional<double> real;
    std::optional<std::string> body;
};

class filled_table {
public:
    filled_table(session& on, std::string name, std::mt19937_64& dice) : name_(std::move(name)) {
        const char* const columns = here::pick(
            "id bigint primary key, w bigint, r double precision, e numeric(20, 6), b text, x bytea, d date, t "
            "timestamp(6), "
            "f boolean, s varchar(40)",
            "id bigint primary key, w bigint, r double, e decimal(20, 6), b longtext, x longblob, d date, t "
            "datetime(6), "
            "f tinyint(1), s varchar(40)",
            "id integer primary key, w bigint, r double, e varchar(30), b text, x blob, d date, t timestamp, f "
            "boolean, "
            "s varchar(40)");
        answer(on.query("drop table if exists " + name_));
        answer(on.query("create table " + name_ + " (" + columns + ")"));
        answer(on.submit(ask::begin()));
        for (std::size_t n = 0; n < rows_in_all; ++n) insert(on, static_cast<std::int64_t>(n + 1), dice);
        answer(on.submit(ask::commit()));
    }
    [[nodiscard]] std::string select(const char* where = "") const {
        return "select id, w, r, e, b, x, d, t, f, s from " + name_ + where + " order by id";
    }
    [[nodiscard]] const std::vector<record>& records() const noexcept { return records_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

private:
    // Mostly short, some empty, some longer than any column is bound.
    static std::string text(std::mt19937_64& dice) {
        const auto kind = dice() % 40;
        const std::size_t length = kind == 0 ? dice() % 30'000 : kind < 4 ? dice() % 5'000 : dice() % 60;
        std::string made;
        while (made.size() < length)
            made += dice() % 20 == 0 ? "\xf0\x9f\x9a\xb0" : std::string(1, static_cast<char>('a' + dice() % 26));
        return made;
    }
    template <class T>
    static std::optional<T> maybe(T value, std::mt19937_64& dice) {
        return dice() % 5 == 0 ? std::nullopt : std::optional<T>(std::move(value));
    }
    void insert(session& on, std::int64_t id, std::mt19937_64& dice) {
        record made;
        made.id = id;
        made.whole = maybe(static_cast<std::int64_t>(dice()), dice);
        made.real = maybe(static_cast<double>(static_cast<std::int64_t>(dice()) >> 40) / 64.0, dice);
        made.body = maybe(text(dice), dice);
        const auto raw = maybe(bytes(dice() % 300, static_cast<std::byte>(dice())), dice);
        const auto exact = maybe(decimal(std::to_string(dice() % 1'000'000'000) + ".125"), dice);
        const date day{static_cast<std::int16_t>(1 + dice() % 9'999), 2, static_cast<std::uint16_t>(1 + dice() % 28)};
        const timestamp moment{static_cast<std::int16_t>(1 + dice() % 9'999),         12, 31, 23, 59, 58,
                               static_cast<std::uint32_t>(dice() % 1'000'000) * 1'000};
        answer(on.query("insert into " + name_ + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        args(id, made.whole, made.real, exact, made.body, raw, maybe(day, dice), maybe(moment, dice),
                             maybe(dice() % 2 == 0, dice), maybe(std::string(dice() % 41, 's'), dice))));
        records_.push_back(std::move(made));
    }

    std::string name_;
    std::vector<record> records_;
};

bool same_cell(const batch& a, std::size_t row_a, const batch& b, std::size_t row_b, std::size_t column) {
    if (a.is_null(row_a, column) || b.is_null(row_b, column))
        return a.is_null(row_a, column) == b.is_null(row_b, column);
    const auto& one = *a.storage();
    const auto& other = *b.storage();
    const column_type type = a.columns()[column].type;
    if (is_variable(type)) return one.cell(row_a, column) == other.cell(row_b, column);
    const std::size_t size = fixed_size(type);
    return std::memcmp(one.data(column) + row_a * size, other.data(column) + row_b * size, size) == 0;
}

void check_stream_is(const row_set& whole, row_stream from, std::size_t batch_rows) {
    if (from.columns() != whole.columns()) FAIL("the columns of the stream are others");
    std::size_t row = 0;
    while (const auto part = answer(from.next())) {
        if (part->first_row() != row) FAIL("a batch begins with row " << part->first_row() << " instead of " << row);
        if (part->rows() == 0 || part->rows() > batch_rows) FAIL("a batch of " << part->rows() << " rows");
        for (std::size_t r = 0; r < part->rows(); ++r, ++row) {
            if (row >= whole.size()) FAIL("more rows than the whole result has");
            std::size_t before = 0;
            std::size_t in = 0;
            while (row - before >= whole.batches()[in].rows()) before += whole.batches()[in++].rows();
            for (std::size_t c = 0; c < whole.columns().size(); ++c) {
                if (!same_cell(*part, r, whole.batches()[in], row - before, c))
                    FAIL("row " << row << " column " << whole.columns()[c].name << " differs");
            }
        }
    }
    CHECK(row == whole.size());
    CHECK_FALSE(answer(from.next()));
}

// Small as likely as large.
std::size_t spread(std::mt19937_64& dice, std::size_t most) {
    const double power = std::uniform_real_distribution(0.0, std::log(static_cast<double>(most)))(dice);
    return std::min(most, static_cast<std::size_t>(std::exp(power)));
}

}  // namespace

TEST_CASE("a stream with batches of any size is the whole result") {
    INFO("SLUICE_TEST_SEED=" << seed_of_run());
    std::mt19937_64 dice(seed_of_run());
    engine engine;
    auto session = here::connect(engine, "stream_equality");
    const filled_table table(session, "stream_equality", dice);

    const auto whole = answer(session.query(table.select()));
    REQUIRE(whole.size() == rows_in_all);
    for (std::size_t n = 0; n < rows_in_all; ++n) {
        const auto row = whole[n];
        const record& put = table.records()[n];
        const bool right =
            row.get<std::int64_t>("id") == put.id && row.get<std::optional<std::int64_t>>("w") == put.whole &&
            row.get<std::optional<double>>("r") == put.real && row.get<std::optional<std::string>>("b") == put.body;
        if (!right) FAIL("row " << n << " is not what was put in");
    }
    for (int round = 0; round < rounds; ++round) {
        const std::size_t batch_rows = spread(dice, 3'000);
        const std::size_t batch_bytes = spread(dice, 1U << 21U);
        const std::size_t prefetch = 1 + dice() % 8;
        const auto how = stream_options().batch_rows(batch_rows).batch_bytes(batch_bytes).prefetch(prefetch);
        INFO("round " << round << ": batch_rows " << batch_rows << " batch_bytes " << batch_bytes << " prefetch "
                      << prefetch);
        if (round % 3 == 0) {
            check_stream_is(whole, answer(session.stream(table.select(" where id > ?"), args(0), how)), batch_rows);
        } else if (round % 3 == 1) {
            answer(session.submit(ask::begin()));
            check_stream_is(whole, answer(session.stream(table.select(), how)), batch_rows);
            answer(session.submit(ask::rollback()));
        } else {
            check_stream_is(whole, answer(session.stream(table.select(), how)), batch_rows);
        }
    }
    answer(session.query("drop table " + table.name()));
}
