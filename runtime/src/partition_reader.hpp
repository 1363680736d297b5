#pragma once
// A reading in partitions behind its handle: a stream for each partition, on sessions of the pool. What is to be done
// next says the course, this does it: of those who bring an event at the same time one acts for all.
//
// Threads: any. The course is stepped under one small mutex; streams, completions and user code are called outside of
// it. Never calls ODBC.

#include "control.hpp"
#include "owners.hpp"
#include "partition_survey.hpp"
#include "policy/partition_course.hpp"

#include <sluice/runtime/partitioned_stream.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace sluice::runtime {

class pool_owner;

class partition_reader final : public detail::cancel_target,
                               public deadline_source,
                               public std::enable_shared_from_this<partition_reader> {
public:
    using start_completion = detail::completion<partitioned_stream>;
    using next_completion = detail::completion<std::optional<partition_batch>>;
    using close_completion = detail::completion<protocol::done>;

    // The options have no problems(). at_once: no more than the pool has sessions.
    partition_reader(std::shared_ptr<pool_owner>, const partition_options&, std::size_t at_once);
    void start(std::string sql, args with, start_completion);

    void next(next_completion);
    void close(close_completion);
    // Nobody reads any more.
    void abandon() noexcept;
    // REQUIRES: the start was answered.
    [[nodiscard]] const schema& columns() const noexcept { return *columns_; }
    [[nodiscard]] partition_progress progress() const noexcept;
    [[nodiscard]] engine_executor executor() const noexcept;
    [[nodiscard]] bool is_foreign() const noexcept;

    void cancel(std::uint64_t key, cancel_strength) noexcept override;
    [[nodiscard]] clock::time_point next_deadline() const noexcept override;
    void expire(clock::time_point now) noexcept override;

private:
    using lock_type = std::unique_lock<std::mutex>;
    using stream_ptr = std::shared_ptr<stream_owner>;
    struct part {
        stream_ptr stream;
        std::optional<batch> held;
    };
    struct reader {
        next_completion done;
        clock::time_point deadline;
        std::uint64_t number = 0;
    };

    // What has come of something.
    void surveyed(result<partition_plan>) noexcept;
    void opened(std::size_t partition, result<row_stream>) noexcept;
    void brought(std::size_t partition, result<std::optional<batch>>) noexcept;
    void closed(std::size_t partition, const result<protocol::done>&) noexcept;
    void give_up(error) noexcept;

    // Does what there is to do. Each of the others does one thing, outside of the lock, or nothing: false.
    void act() noexcept;
    [[nodiscard]] bool interrupt(lock_type&);
    [[nodiscard]] bool drop_retired(lock_type&);
    [[nodiscard]] bool hand_out(lock_type&);
    [[nodiscard]] bool tell_end(lock_type&);
    [[nodiscard]] bool tell_start(lock_type&);
    [[nodiscard]] bool close_one(lock_type&);
    [[nodiscard]] bool ask_one(lock_type&);
    [[nodiscard]] bool begin_one(lock_type&);

    // REQUIRES: mutex_ held.
    void stop_course();
    void fail(std::size_t partition, const error&);
    void retire(std::size_t partition);
    [[nodiscard]] bool is_over() const noexcept { return unplanned_ || (course_ && course_->is_over()); }
    [[nodiscard]] std::vector<stream_ptr> awaited() const;

    [[nodiscard]] partitioned_stream handle();

    const std::shared_ptr<pool_owner> pool_;
    const partition_options options_;
    const std::size_t at_once_;
    std::optional<std::stop_callback<detail::cancel_handle>> stopped_;  // set by start()
    clock::time_point first_deadline_;                                  // set by start()
    std::stop_source streams_stop_;
    mutable std::mutex mutex_;
    std::optional<partition_plan> plan_;      // guarded by mutex_, not changed once it is there
    std::optional<partition_course> course_;  // guarded by mutex_
    bool unplanned_ = false;                  // guarded by mutex_: there is no plan, and never will be
    std::map<std::size_t, part> parts_;       // guarded by mutex_: those that are open
    std::vector<part> retired_;               // guarded by mutex_: to be dropped
    std::shared_ptr<const schema> columns_;   // guarded by mutex_, not changed once it is there
    std::optional<error> error_;              // guarded by mutex_: why it ends before the end
    start_completion start_;                  // guarded by mutex_
    reader reader_;                           // guarded by mutex_
    close_completion closer_;                 // guarded by mutex_
    std::optional<error> close_error_;        // guarded by mutex_
    partition_progress progress_;             // guarded by mutex_
    std::uint64_t readers_ = 0;               // guarded by mutex_
    bool first_ = true;                       // guarded by mutex_: no next was asked for
    bool closed_ = false;                     // guarded by mutex_
    bool interrupted_ = false;                // guarded by mutex_
    bool late_ = false;                       // guarded by mutex_: a reader has given up waiting
    bool busy_ = false;                       // guarded by mutex_
    bool again_ = false;                      // guarded by mutex_
};

}  // namespace sluice::runtime
