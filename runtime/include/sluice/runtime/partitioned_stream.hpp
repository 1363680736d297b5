#pragma once
// A result that several sessions of a pool read at once, each a range of its rows by a key:
//
//   auto stream = db.stream_partitioned("select * from item", sluice::partition_options().by("id").at_once(4)).get();
//   while (auto batch = stream.next().get()) use(*batch);                           // futures
//   while (auto batch = co_await stream.async_next(sluice::use_awaitable))          // coroutines
//
// Every row comes once; docs/partitioned.md says what that means while others change them. nullopt is the end and
// repeats. The first error of a partition ends it: the others are closed, then the error is given, and by every later
// next.
//
// Threads: a handle is used by one thread at a time; batches go anywhere. A second next before the first is complete is
// answered with operation_in_progress. Dropping the handle closes all streams, without blocking; their sessions go back
// to the pool. It holds the pool: who drops that one reads on.

#include <sluice/protocol/batch.hpp>
#include <sluice/protocol/request.hpp>
#include <sluice/runtime/completion.hpp>
#include <sluice/runtime/executor.hpp>
#include <sluice/runtime/partition_options.hpp>

#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <utility>

namespace boost::asio {
class deferred_t;
}

namespace sluice {

namespace runtime {
class partition_reader;
}

// A batch, and which partition its rows are from: 0, 1, ... in the order of their keys, the last one has the rows
// without a key. first_row() counts within the partition.
class partition_batch : public batch {
public:
    partition_batch() = default;
    partition_batch(batch rows, std::size_t from) noexcept : batch(std::move(rows)), partition_(from) {}
    [[nodiscard]] std::size_t partition() const noexcept { return partition_; }

private:
    std::size_t partition_ = 0;
};

// How far it is.
class partition_progress {
public:
    partition_progress() {}
    std::uint64_t rows = 0;      // handed out
    std::size_t done = 0;        // partitions whose rows were all handed out
    std::size_t partitions = 0;  // in all
};

class SLUICE_EXPORT partitioned_stream {
public:
    partitioned_stream() noexcept;  // empty: next answers closed
    explicit partitioned_stream(std::shared_ptr<runtime::partition_reader>) noexcept;
    partitioned_stream(partitioned_stream&&) noexcept;
    partitioned_stream& operator=(partitioned_stream&&) noexcept;
    ~partitioned_stream();

    [[nodiscard]] explicit operator bool() const noexcept { return owner_ != nullptr; }
    // Those of each partition; one that has others ends it with type_mismatch.
    [[nodiscard]] const schema& columns() const noexcept;
    [[nodiscard]] partition_progress progress() const noexcept;

    [[nodiscard]] std::future<std::optional<partition_batch>> next();
    // Done when the streams of all partitions are closed. Batches not taken are gone; next answers closed.
    [[nodiscard]] std::future<void> close();

    template <class Token = boost::asio::deferred_t>
    [[nodiscard]] auto async_next(Token&& token = Token());
    // Completes with result<protocol::done>.
    template <class Token = boost::asio::deferred_t>
    [[nodiscard]] auto async_close(Token&& token = Token());

private:
    std::shared_ptr<runtime::partition_reader> owner_;
};

namespace detail {
SLUICE_EXPORT void start_next(const std::shared_ptr<runtime::partition_reader>&,
                              completion<std::optional<partition_batch>>);
SLUICE_EXPORT void start_close(const std::shared_ptr<runtime::partition_reader>&, completion<protocol::done>);
[[nodiscard]] SLUICE_EXPORT engine_executor executor_of(const std::shared_ptr<runtime::partition_reader>&) noexcept;
}  // namespace detail

static_assert(!std::is_aggregate_v<partition_batch> && !std::is_aggregate_v<partition_progress>);

}  // namespace sluice
