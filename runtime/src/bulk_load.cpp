// A load of many chunks: takes them from the source, hands them on, hears what became of them. What is to be done next
// says the course.

#include "failure.hpp"
#include "operation.hpp"
#include "policy/load_course.hpp"

#include <sluice/runtime/query_face.hpp>

#include <algorithm>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

namespace sluice::runtime {

namespace {

// What a function of the user's has thrown.
[[nodiscard]] error thrown_by(const char* whom) {
    const std::string text = std::string(whom) + " has thrown: ";
    try {
        throw;
    } catch (const database_error& e) {
        return e.error();
    } catch (const std::exception& e) {
        return failure(errc::cancelled, text + e.what(), outcome::none, session_state::none);
    } catch (...) {
        return failure(errc::cancelled, text + "no std::exception", outcome::none, session_state::none);
    }
}

// Lives as long as something of it is on its way: a step on the executor, or a chunk. Whoever drops the last of them
// unrun, because the engine has ended, ends the load.
class load final : public detail::cancel_target, public std::enable_shared_from_this<load> {
public:
    load(detail::target_ptr at, bulk_source source, const bulk_load_options& options, std::size_t parallelism,
         detail::completion<bulk_loaded> done)
        : at_(std::move(at)),
          where_(at_->executor().tracked()),
          source_(std::move(source)),
          options_(options),
          done_(std::move(done)),
          course_(parallelism, options.refused_max()) {}
    load(const load&) = delete;
    load& operator=(const load&) = delete;
    ~load() {
        if (!done_) return;
        course_.abandon(engine_gone());
        done_(course_.take());
    }

    void start() {
        done_.accepted(detail::cancel_handle{weak_from_this(), 0});
        if (options_.stop().stop_possible())
            stopped_.emplace(options_.stop(), detail::cancel_handle{weak_from_this(), 0});
        {
            const std::lock_guard lock(mutex_);
            started_ = true;
        }
        go_on_later();
    }
    void cancel(std::uint64_t, cancel_strength) noexcept override {
        {
            const std::lock_guard lock(mutex_);
            course_.give_up(failure(errc::cancelled, "the load was cancelled", outcome::none, session_state::none));
        }
        chunks_stop_.request_stop();
        go_on_later();
    }

private:
    using lock_type = std::unique_lock<std::mutex>;

    void go_on_later() {
        where_.execute([self = shared_from_this()] { self->go_on(); });
    }
    // Does what there is to do. Of those that come at the same time one does it for all.
    void go_on() {
        lock_type lock(mutex_);
        again_ = true;
        if (busy_ || !started_) return;
        busy_ = true;
        while (std::exchange(again_, false)) {
            while (report_one(lock) || begin_one(lock) || ask_source(lock)) {
            }
        }
        busy_ = false;
        if (!course_.is_over() || !done_) return;
        auto done = std::move(done_);
        auto made = course_.take();
        lock.unlock();
        stopped_.reset();
        done(std::move(made));
    }
    bool report_one(lock_type& lock) {
        if (untold_.empty()) return false;
        const bulk_progress told = std::move(untold_.front());
        untold_.pop_front();
        if (!options_.progress()) return true;
        std::optional<error> thrown;
        lock.unlock();
        try {
            options_.progress()(told);
        } catch (...) {
            thrown = thrown_by("the progress function");
        }
        lock.lock();
        if (thrown) course_.give_up(std::move(*thrown));
        return true;
    }
    bool ask_source(lock_type& lock) {
        if (!course_.wants_rows()) return false;
        std::optional<bulk_rows> rows;
        std::optional<error> thrown;
        lock.unlock();
        try {
            rows = source_();
        } catch (...) {
            thrown = thrown_by("the source of the rows");
        }
        lock.lock();
        if (thrown) {
            course_.give_up(std::move(*thrown));
        } else if (!rows) {
            course_.ended();
        } else {
            rows->numbered_from(course_.offered(rows->rows()));
            next_ = std::move(rows);
        }
        return true;
    }
    bool begin_one(lock_type& lock) {
        if (!course_.may_begin()) return false;
        bulk_rows rows = std::move(*std::exchange(next_, std::nullopt));
        rows.refused_max(std::min(rows.refused_max(), course_.refusable()));
        const std::uint64_t number = course_.begin();
        lock.unlock();
        request_options how = options_.each();
        how.stop(chunks_stop_.get_token());
        detail::start(at_, protocol::bulk_insert(std::move(rows)), std::move(how),
                      make_completion<bulk_inserted>(
                          [self = shared_from_this(), number](result<bulk_inserted> r) mutable noexcept {
                              chunk_done(std::move(self), number, std::move(r));
                          }));
        lock.lock();
        return true;
    }
    // On the worker, so that what came of it is known whatever becomes of the executor; what is the user's goes on
    // there.
    static void chunk_done(std::shared_ptr<load> self, std::uint64_t number, result<bulk_inserted> r) {
        {
            const std::lock_guard lock(self->mutex_);
            self->untold_.push_back(self->course_.done(number, std::move(r)));
        }
        const engine_executor where = self->where_;
        where.execute([of = std::move(self)] { of->go_on(); });
    }

    const detail::target_ptr at_;
    const engine_executor where_;
    const bulk_source source_;
    const bulk_load_options options_;
    std::stop_source chunks_stop_;
    std::optional<std::stop_callback<detail::cancel_handle>> stopped_;
    std::mutex mutex_;
    detail::completion<bulk_loaded> done_;  // guarded by mutex_ once it is started
    load_course course_;                    // guarded by mutex_
    std::optional<bulk_rows> next_;         // guarded by mutex_: the chunk that was offered
    std::deque<bulk_progress> untold_;      // guarded by mutex_
    bool started_ = false;                  // guarded by mutex_
    bool busy_ = false;                     // guarded by mutex_
    bool again_ = false;                    // guarded by mutex_
};

}  // namespace

}  // namespace sluice::runtime

namespace sluice::detail {

void start_load(const target_ptr& target, bulk_source source, const bulk_load_options& options, std::size_t parallelism,
                completion<bulk_loaded> done) {
    if (!target) return done(runtime::closed_handle());
    if (auto wrong = options.problems()) return done(*wrong);
    if (!source)
        return done(runtime::failure(errc::invalid_argument, "the source of the rows is empty", outcome::none,
                                     session_state::none));
    std::make_shared<runtime::load>(target, std::move(source), options, parallelism, std::move(done))->start();
}

}  // namespace sluice::detail
