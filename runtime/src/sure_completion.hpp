#pragma once
// A completion that is a function object and is called in any case: where nobody answers because the engine is gone,
// with shutting_down.
//
// Threads: as detail::completion.

#include "failure.hpp"

#include <sluice/runtime/completion.hpp>

#include <utility>

namespace sluice::runtime {

// F: void(result<T>) noexcept.
template <class T, class F>
class sure_completion final : public detail::completion_node<T> {
public:
    explicit sure_completion(F f) : call_(std::move(f)) {}
    void complete(result<T> r) noexcept override {
        F call = std::move(call_);
        delete this;
        call(std::move(r));
    }
    void destroy() noexcept override { complete(engine_gone()); }

private:
    F call_;
};

template <class T, class F>
[[nodiscard]] detail::completion<T> surely(F f) {
    return detail::completion<T>(new sure_completion<T, F>(std::move(f)));
}

}  // namespace sluice::runtime
