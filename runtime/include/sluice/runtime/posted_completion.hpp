#pragma once
// A completion that calls a function of ours on the engine's executor. Not for users.
//
// Threads: as a completion; the function runs on the executor.

#include <sluice/runtime/completion.hpp>
#include <sluice/runtime/executor.hpp>

#include <memory>
#include <utility>

namespace sluice::detail {

// F: void(result<T>).
template <class T, class F>
class posted_completion final : public completion_node<T> {
public:
    posted_completion(engine_executor where, F f) : where_(std::move(where)), call_(std::move(f)) {}
    void complete(result<T> r) noexcept override {
        const engine_executor where = where_;
        where.execute(shot(std::unique_ptr<posted_completion>(this), std::move(r)));
    }
    void destroy() noexcept override { delete this; }

private:
    struct shot {
        shot(std::unique_ptr<posted_completion> of, result<T> r) : self(std::move(of)), value(std::move(r)) {}
        std::unique_ptr<posted_completion> self;
        result<T> value;
        void operator()() { self->call_(std::move(value)); }
    };
    engine_executor where_;
    F call_;
};

template <class T, class F>
[[nodiscard]] completion<T> post_completion(const engine_executor& where, F f) {
    return completion<T>(new posted_completion<T, F>(where, std::move(f)));
}

}  // namespace sluice::detail
