#include "watched_call.hpp"

#include "statement.hpp"

#include <utility>

namespace sluice::odbc {
namespace {

class nobody_watches final : public call_watch {
public:
    void entering(const interruption&, outcome) noexcept override {}
    [[nodiscard]] bool left() noexcept override { return false; }
    void answered(outcome) noexcept override {}
    [[nodiscard]] bool stop_asked() const noexcept override { return false; }
};

interruption by_cancel(const stmt_handle& statement) noexcept {
    if (!statement) return {};
    return {.how = interruption::way::statement, .statement = statement.get()};
}

interruption way_of(const connection_state& c, cancelling how, const stmt_handle& running) noexcept {
    switch (how) {
        case cancelling::running:
            return by_cancel(running);
        case cancelling::interrupter:
            return by_cancel(c.interrupter);
        case cancelling::side_session:
            if (c.backend <= 0) return {};
            return {.how = interruption::way::side_session, .backend = c.backend};
        case cancelling::none:
            break;
    }
    return {};
}

// What is told of a request with several statements, from what is known of one.
outcome of_request(const connection_state& c, outcome effect) noexcept {
    return c.several && (c.several_begun || effect != outcome::none) ? outcome::unknown : effect;
}

}  // namespace

call_watch& nobody() noexcept {
    static nobody_watches one;
    return one;
}

watched_call::watched_call(connection_state& c, const interruption& how, outcome effect) noexcept {
    if (c.inside) return;
    c.inside = true;
    effect = of_request(c, effect);
    c.effect = effect;
    told_ = &c;
    c.watch->entering(how, effect);
}

watched_call::watched_call(connection_state& c) noexcept : watched_call(c, {}, c.effect) {}

bool watched_call::leave() noexcept {
    if (told_ == nullptr) return false;
    connection_state& c = *std::exchange(told_, nullptr);
    c.inside = false;
    return c.watch->left();
}

void tell_outcome(connection_state& c, outcome effect) noexcept {
    if (c.provisional) effect = outcome::none;
    effect = of_request(c, effect);
    c.effect = effect;
    c.watch->answered(effect);
}

void free_statement(connection_state& c, stmt_handle& statement) noexcept {
    if (!statement) return;
    const watched_call call(c);
    statement.free();
}

interruption way_in_execute(const connection_state& c, const stmt_handle& running) noexcept {
    return way_of(c, c.profile->cancel_in_execute, running);
}

interruption way_in_fetch(const executed_statement& statement) noexcept {
    if (statement.mode != stream_mode::incremental) return {};
    const connection_state& c = *statement.connection;
    return way_of(c, c.profile->cancel_in_fetch, statement.handle);
}

}  // namespace sluice::odbc
