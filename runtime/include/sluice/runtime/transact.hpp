#pragma once
// A whole transaction for callbacks: begins, calls the body, commits what it answers with, and does all of it again
// where it met a conflict (tx_retry).
//
//   struct move_money {
//       void operator()(sluice::transaction& tx, sluice::transact_done<std::int64_t> done) const;   // answers done,
//       once
//   };
//   db.async_transact<std::int64_t>(move_money(), [](sluice::result<std::int64_t> r) { ... });
//
// In a coroutine write the loop with tx_retry instead: g++ 12 miscompiles lambdas with captures inside of a co_await
// expression.
//
// Threads: the body runs on the engine's executor, once for each attempt and never twice at the same time; `done` may
// be called on any thread. The transaction lives until the run has ended it.

#include <sluice/runtime/posted_completion.hpp>
#include <sluice/runtime/transaction.hpp>
#include <sluice/runtime/tx_retry.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace sluice {

namespace detail {

template <class T>
class attempt_listener {
public:
    virtual ~attempt_listener() = default;
    virtual void body_done(result<T>) noexcept = 0;
};

}  // namespace detail

// What a body answers with, once. Dropped without an answer the transaction is rolled back and ends with cancelled.
template <class T>
class transact_done {
public:
    explicit transact_done(std::shared_ptr<detail::attempt_listener<T>> to) noexcept : to_(std::move(to)) {}
    transact_done(transact_done&&) noexcept = default;
    transact_done& operator=(transact_done&& other) noexcept {
        if (this != &other) {
            drop();
            to_ = std::move(other.to_);
        }
        return *this;
    }
    ~transact_done() { drop(); }

    // A value is committed, an error rolls back. REQUIRES: not called before, not moved from.
    void operator()(result<T> r) noexcept { std::exchange(to_, nullptr)->body_done(std::move(r)); }

private:
    void drop() noexcept {
        if (to_)
            std::exchange(to_, nullptr)
                ->body_done(error(errc::cancelled, "the body of the transaction ended without an answer"));
    }
    std::shared_ptr<detail::attempt_listener<T>> to_;
};

namespace detail {

// One run. Its steps follow one another, each on the executor.
template <class T, class Body>
class transaction_run final : public attempt_listener<T>,
                              public std::enable_shared_from_this<transaction_run<T, Body>> {
public:
    static void start(target_ptr at, const engine_executor& where, Body body, tx_retry retry, transaction_options how,
                      completion<T> done) {
        std::make_shared<transaction_run>(std::move(at), where, std::move(body), retry, std::move(how), std::move(done))
            ->attempt();
    }
    transaction_run(target_ptr at, const engine_executor& where, Body body, tx_retry retry, transaction_options how,
                    completion<T> done)
        : at_(std::move(at)),
          where_(where),
          body_(std::move(body)),
          retry_(retry),
          how_(std::move(how)),
          done_(std::move(done)) {}

    void body_done(result<T> r) noexcept override {
        {
            const std::lock_guard lock(mutex_);
            answer_.emplace(std::move(r));
        }
        half_done();
    }

private:
    // The body has returned, and it has answered: in any order, on any threads.
    void half_done() {
        if (open_halves_.fetch_sub(1) == 1) where_.execute([self = this->shared_from_this()] { self->commit(); });
    }
    struct returning {
        explicit returning(transaction_run& of) : run(of) {}
        returning(const returning&) = delete;
        returning& operator=(const returning&) = delete;
        ~returning() { run.half_done(); }
        transaction_run& run;
    };

    void attempt() {
        start_begin(at_, how_, request_options(),
                    post_completion<transaction>(where_, [self = this->shared_from_this()](result<transaction> r) {
                        self->begun(std::move(r));
                    }));
    }
    void begun(result<transaction> r) {
        if (!r) return failed(r.error());
        tx_ = std::move(*r);
        open_halves_.store(2);
        const returning body_returns(*this);
        transact_done<T> done(this->shared_from_this());
        try {
            body_(tx_, std::move(done));
        } catch (const database_error& e) {
            thrown_ = e.error();
        }
    }
    void commit() {
        std::optional<result<T>> answer;
        {
            const std::lock_guard lock(mutex_);
            answer.swap(answer_);
        }
        if (thrown_) return failed(*std::exchange(thrown_, std::nullopt));
        if (!*answer) return failed(answer->error());
        value_.emplace(std::move(**answer));
        submit(tx_.owner_, protocol::commit(), request_options(),
               post_completion<protocol::done>(where_, [self = this->shared_from_this()](result<protocol::done> r) {
                   self->committed(std::move(r));
               }));
    }
    void committed(result<protocol::done> r) {
        if (!r) return failed(r.error());
        tx_ = transaction();
        done_(std::move(*value_));
    }
    void failed(const error& why) {
        tx_ = transaction();  // rolled back, before the next one begins
        value_.reset();
        const auto rest = retry_.next(why);
        if (!rest) return done_(why);
        start_pause(at_, rest, post_completion<bool>(where_, [self = this->shared_from_this(), why](result<bool> r) {
                        if (r)
                            self->attempt();
                        else
                            self->done_(why);
                    }));
    }

    const target_ptr at_;
    const engine_executor where_;
    Body body_;
    tx_retry retry_;
    const transaction_options how_;
    completion<T> done_;
    transaction tx_;
    std::optional<T> value_;
    std::optional<error> thrown_;  // by the body
    std::atomic<int> open_halves_{0};
    std::mutex mutex_;
    std::optional<result<T>> answer_;  // guarded by mutex_
};

}  // namespace detail

}  // namespace sluice
