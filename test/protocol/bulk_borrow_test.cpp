// What is borrowed is not copied: what is allocated for it does not grow with the rows, and no cell of a fixed type is
// allocated for when it is given out.

#include <sluice/protocol/bulk_load.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> allocations{0};
std::atomic<std::uint64_t> bytes_allocated{0};

void* counted(std::size_t size) {
    ++allocations;
    bytes_allocated += size;
    if (void* const made = std::malloc(size)) return made;
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) {
    return counted(size);
}
void operator delete(void* made) noexcept {
    std::free(made);
}
void operator delete(void* made, std::size_t) noexcept {
    std::free(made);
}

namespace sluice {

namespace {

struct spent {
    std::uint64_t allocations = 0;
    std::uint64_t bytes = 0;
    friend bool operator==(const spent&, const spent&) = default;
};

template <class F>
spent of(F&& work) {
    const spent before{allocations, bytes_allocated};
    work();
    return {allocations - before.allocations, bytes_allocated - before.bytes};
}

class sum final : public cell_sink {
public:
    std::uint64_t cells = 0;
    double all = 0;

private:
    void null(column_type) override { ++cells; }
    void boolean(bool of) override { add(of ? 1 : 0); }
    void integer(std::int64_t of) override { add(static_cast<double>(of)); }
    void natural(std::uint64_t of) override { add(static_cast<double>(of)); }
    void real(double of) override { add(of); }
    void number(const decimal&) override { ++cells; }
    void text(std::string_view of) override { add(static_cast<double>(of.size())); }
    void binary(std::span<const std::byte> of) override { add(static_cast<double>(of.size())); }
    void day(const date& of) override { add(of.day); }
    void clock_time(const time& of) override { add(of.hour); }
    void moment(const timestamp& of) override { add(of.day); }
    void add(double of) {
        ++cells;
        all += of;
    }
};

struct table_columns {
    explicit table_columns(std::size_t rows)
        : ids(rows, 1), prices(rows, 0.5), days(rows, date{2026, 11, 28}), texts(rows, std::string(40, 'x')) {}
    std::vector<std::int64_t> ids;
    std::vector<double> prices;
    std::vector<date> days;
    std::vector<std::string> texts;
};

bulk_rows borrowed(const table_columns& from) {
    bulk_rows rows("t");
    rows.borrow("id", std::span(from.ids)).borrow("price", std::span(from.prices));
    rows.borrow("day", std::span(from.days)).borrow("text", std::span(from.texts));
    return rows;
}

}  // namespace

TEST_CASE("borrowed rows allocate the same for ten rows and for a million") {
    const table_columns few(10);
    const table_columns many(1'000'000);
    const auto make = [](const table_columns& from) {
        return of([&] {
            auto rows = borrowed(from);
            const auto half = rows.part(rows.rows() / 2, rows.rows() / 2);
            const auto moved = std::move(rows);
            CHECK(half.rows() == moved.rows() / 2);
        });
    };
    const spent ten = make(few);
    CHECK(ten.allocations > 0);
    CHECK(ten == make(many));
    CHECK(ten.bytes < 4'096);
}

TEST_CASE("borrowed cells are given out where they are") {
    const table_columns from(1'000);
    const auto rows = borrowed(from);
    sum seen;
    const spent giving = of([&] {
        for (std::size_t column = 0; column < rows.names().size(); ++column) rows.give(column, 0, rows.rows(), seen);
    });
    CHECK(giving == spent());
    CHECK(seen.cells == 4'000);
    CHECK(seen.all == 1'000 * (1 + 0.5 + 28 + 40));
}

TEST_CASE("a chunk of borrowed rows is a part of them and no copy") {
    const table_columns from(100'000);
    auto source = chunks_of(borrowed(from), 1'000);
    std::size_t chunks = 0;
    (void)source();
    const spent first = of([&] { CHECK(source()->rows() == 1'000); });
    const spent rest = of([&] {
        while (source()) ++chunks;
    });
    CHECK(chunks == 98);
    CHECK(rest.bytes <= 99 * first.bytes);
    CHECK(first.bytes < 4'096);
}

}  // namespace sluice
