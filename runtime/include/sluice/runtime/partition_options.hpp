#pragma once
// Options of a reading in partitions. Values out of range are refused with invalid_argument, all of them in one error,
// before anything is started.
//
// Threads: values; any thread. Not an aggregate: g++ 12 miscompiles aggregate temporaries in a co_await expression.

#include <sluice/protocol/limits.hpp>
#include <sluice/protocol/value.hpp>
#include <sluice/runtime/options.hpp>

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice {

class partition_options {
public:
    partition_options() {}
    // The column of the result whose ranges are the partitions. Has to be said.
    partition_options& by(std::string column) {
        key_ = std::move(column);
        return *this;
    }
    // Ranges of about the same length from the least key to the greatest, for whole numbers, decimals, dates and
    // timestamps; 1 to limits::partitions_max. Fewer where there are fewer keys. Default: 8.
    partition_options& partitions(std::size_t ranges) {
        partitions_ = ranges;
        return *this;
    }
    // Where one range ends and the next begins, which has it: for keys of any type that the database can order, and for
    // those that are distributed badly. In the order of the database, fewer than limits::partitions_max, of the type of
    // the column. There is one range more than boundaries; `partitions` says nothing then.
    partition_options& boundaries(std::vector<value> between) {
        boundaries_ = std::move(between);
        by_hand_ = true;
        return *this;
    }
    // Partitions read at the same time, each on a session of its own; 1 to limits::partitions_at_once_max, and no more
    // than the pool has sessions. Default: 2.
    partition_options& at_once(std::size_t sessions) {
        at_once_ = sessions;
        return *this;
    }
    // The rows come in the order of the key, those without one last. Default: as they come.
    partition_options& in_order(bool ordered = true) {
        in_order_ = ordered;
        return *this;
    }
    // No two rows have the same key: where the driver would hold the rows of a whole partition, they are read in pages,
    // as of stream_options::by_key. Default: that is not known.
    partition_options& unique(bool keys_are = true) {
        unique_ = keys_are;
        return *this;
    }

    // As of stream_options. The timeout is that of the start, of each next while somebody waits for it, and of the
    // start of each partition.
    template <class Deadline>
    partition_options& timeout(Deadline d) {
        each_.timeout(d);
        return *this;
    }
    // Of all of it.
    partition_options& deadline(clock::time_point at) {
        each_.deadline(at);
        return *this;
    }
    // Ends it with cancelled, whether somebody waits or not.
    partition_options& stop(std::stop_token token) {
        stop_ = std::move(token);
        return *this;
    }
    partition_options& batch_rows(std::size_t rows) {
        each_.batch_rows(rows);
        return *this;
    }
    partition_options& batch_bytes(std::size_t most) {
        each_.batch_bytes(most);
        return *this;
    }
    // Of each partition that is being read.
    partition_options& prefetch(std::size_t batches) {
        each_.prefetch(batches);
        return *this;
    }
    partition_options& page_rows(std::size_t rows) {
        each_.page_rows(rows);
        return *this;
    }

    [[nodiscard]] const std::string& key() const noexcept { return key_; }
    [[nodiscard]] std::size_t partitions() const noexcept { return partitions_; }
    [[nodiscard]] const std::vector<value>& boundaries() const noexcept { return boundaries_; }
    [[nodiscard]] bool has_boundaries() const noexcept { return by_hand_; }
    [[nodiscard]] std::size_t at_once() const noexcept { return at_once_; }
    [[nodiscard]] bool is_in_order() const noexcept { return in_order_; }
    [[nodiscard]] bool is_unique() const noexcept { return unique_; }
    // What each partition is streamed with, its stop_token and its key apart.
    [[nodiscard]] const stream_options& each() const noexcept { return each_; }
    [[nodiscard]] const std::stop_token& stop() const noexcept { return stop_; }
    // What is out of range, or nothing.
    [[nodiscard]] SLUICE_EXPORT std::optional<error> problems() const;

private:
    std::string key_;
    std::size_t partitions_ = limits::partitions_default;
    std::vector<value> boundaries_;
    std::size_t at_once_ = limits::partitions_at_once_default;
    bool by_hand_ = false;
    bool in_order_ = false;
    bool unique_ = false;
    stream_options each_;
    std::stop_token stop_;
};

static_assert(!std::is_aggregate_v<partition_options>);

}  // namespace sluice
