// A session of one's own, with the settings that its lease brings along.

#include "failure.hpp"
#include "pooled.hpp"

#include <vector>

namespace sluice::runtime {

namespace {

class one_session final : public pooled<session> {
public:
    one_session(std::shared_ptr<pool_core> pool, std::vector<session_setting> settings, call_site from,
                detail::completion<session> done)
        : pooled(std::move(pool), std::move(done)), settings_(std::move(settings)) {
        held_as = "a session";
        where = from;
    }
    void grant(std::unique_ptr<waiter>, std::shared_ptr<session_owner>) noexcept override;

private:
    std::vector<session_setting> settings_;
};

// The answer to the settings of a lease; the cancellation of its caller goes to them.
class settings_completion final : public detail::completion_node<protocol::done> {
public:
    settings_completion(std::unique_ptr<one_session> of, std::shared_ptr<session_owner> lease)
        : of_(std::move(of)), lease_(std::move(lease)) {}
    void accepted(const detail::cancel_handle& handle) noexcept override { of_->accepted(handle); }
    // A lease that is not given out is dropped before its caller hears of it, as after any other request.
    void complete(result<protocol::done> r) noexcept override {
        const std::unique_ptr<settings_completion> self(this);
        one_session& of = *of_.release();
        if (r) return of.complete(session(std::move(lease_)));
        lease_.reset();
        of.complete(r.error());
    }
    void destroy() noexcept override {
        of_.release()->destroy();
        delete this;
    }

private:
    std::unique_ptr<one_session> of_;
    std::shared_ptr<session_owner> lease_;
};

void one_session::grant(std::unique_ptr<waiter> self, std::shared_ptr<session_owner> lease) noexcept {
    (void)self.release();
    std::unique_ptr<one_session> mine(this);
    if (settings_.empty()) return mine.release()->complete(session(std::move(lease)));
    const auto core = lease->shared_core();
    auto asked = protocol::apply_settings(std::move(settings_));
    const auto submitted = running();
    core->submit(std::move(asked), submitted,
                 detail::completion<protocol::done>(new settings_completion(std::move(mine), std::move(lease))));
}

}  // namespace

void pool_owner::acquire(lease_options options, call_site from, detail::completion<session> done) {
    if (core_->is_foreign()) return done(of_another_process());
    if (auto wrong = options.problems()) return done(*wrong);
    enter(*core_, std::make_unique<one_session>(core_, options.settings(), from, std::move(done)), options);
}

}  // namespace sluice::runtime
