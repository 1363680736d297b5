#include "batch_free_list.hpp"

#include "threads.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

namespace sluice::runtime {

namespace {

using protocol::batch_storage;
using storage_ptr = std::shared_ptr<batch_storage>;

// How many storages there are is seen by what they share.
std::shared_ptr<const schema> one_column() {
    column number;
    number.name = "number";
    number.type = column_type::int64;
    return std::make_shared<const schema>(std::vector<column>{number});
}

const std::vector<std::size_t> strides{sizeof(std::int64_t)};

std::vector<storage_ptr> acquire(batch_free_list& list, const std::shared_ptr<const schema>& columns, std::size_t count,
                                 std::size_t rows = 4) {
    std::vector<storage_ptr> made;
    for (std::size_t i = 0; i < count; ++i) made.push_back(list.acquire(columns, strides, rows));
    return made;
}

}  // namespace

TEST_CASE("memory that was dropped is given out again empty") {
    const auto columns = one_column();
    batch_free_list list(2);
    auto first = list.acquire(columns, strides, 4);
    CHECK(first->capacity() == 4);
    first->rows(3);
    const auto* memory = first.get();
    first.reset();
    const auto second = list.acquire(columns, strides, 4);
    CHECK(second.get() == memory);
    CHECK(second->rows() == 0);
    CHECK(list.acquire(columns, strides, 4).get() != memory);
}

TEST_CASE("no more memory waits than the bound says") {
    const auto columns = one_column();
    for (const std::size_t kept : {0U, 1U, 3U}) {
        batch_free_list list(kept);
        auto all = acquire(list, columns, 10);
        CHECK(columns.use_count() == 11);
        all.clear();
        CHECK(columns.use_count() == static_cast<long>(1 + kept));
    }
}

TEST_CASE("memory of another shape is not given out") {
    const auto columns = one_column();
    const auto others = one_column();
    batch_free_list list(8);
    const auto* memory = list.acquire(columns, strides, 4).get();
    CHECK(list.acquire(columns, strides, 5)->capacity() == 5);
    CHECK(list.acquire(others, strides, 4)->columns() == others);
    CHECK(memory != nullptr);
}

TEST_CASE("blocks that grow push out the memory of the smaller ones") {
    const auto columns = one_column();
    batch_free_list list(1);
    list.acquire(columns, strides, 4).reset();
    auto large = list.acquire(columns, strides, 64);
    const auto* memory = large.get();
    large.reset();
    CHECK(columns.use_count() == 2);
    CHECK(list.acquire(columns, strides, 64).get() == memory);
}

TEST_CASE("batches outlive their list") {
    const auto columns = one_column();
    std::vector<storage_ptr> alive;
    {
        batch_free_list list(4);
        alive = acquire(list, columns, 3);
        alive.pop_back();
        CHECK(columns.use_count() == 4);
    }
    CHECK(columns.use_count() == 3);
    alive.front()->rows(4);
    alive.clear();
    CHECK(columns.use_count() == 1);
}

TEST_CASE("batches are dropped by any thread while their list is used and when it is gone") {
    test::watchdog dog("batches handed to other threads");
    const auto columns = one_column();
    constexpr std::size_t kept = 4;
    std::mutex mutex;
    std::vector<storage_ptr> handed;  // guarded by mutex
    bool over = false;                // guarded by mutex
    std::size_t shared = 0;
    {
        test::crew crew;
        crew.add([&] {
            auto list = std::make_optional<batch_free_list>(kept);
            for (std::uint32_t i = 0; i < 20000; ++i) {
                auto made = list->acquire(columns, strides, 4);
                if (made->rows() != 0 || made.use_count() != 1) ++shared;
                made->rows(1 + i % 4);
                const std::lock_guard lock(mutex);
                if (handed.size() < 16) handed.push_back(std::move(made));
                if (i % 5000 == 4999) list.emplace(kept);
            }
            list.reset();
            const std::lock_guard lock(mutex);
            over = true;
        });
        for (int i = 0; i < 3; ++i) {
            crew.add([&] {
                while (true) {
                    std::vector<storage_ptr> mine;
                    {
                        const std::lock_guard lock(mutex);
                        mine.swap(handed);
                        if (mine.empty() && over) return;
                    }
                    if (mine.empty()) std::this_thread::yield();
                }
            });
        }
    }
    CHECK(shared == 0);
    CHECK(columns.use_count() == 1);
}

}  // namespace sluice::runtime
