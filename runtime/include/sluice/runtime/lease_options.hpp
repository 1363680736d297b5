#pragma once
// Options of a session that a pool lends.
//
// Threads: a value. Not an aggregate: g++ 12 miscompiles aggregate temporaries in a co_await expression.

#include <sluice/protocol/session_setting.hpp>
#include <sluice/runtime/options.hpp>

#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace sluice {

class lease_options {
public:
    lease_options() {}
    lease_options(request_options o) : request_(std::move(o)) {}
    template <class Deadline>
    lease_options& timeout(Deadline d) {
        request_.timeout(d);
        return *this;
    }
    lease_options& deadline(clock::time_point at) {
        request_.deadline(at);
        return *this;
    }
    lease_options& stop(std::stop_token token) {
        request_.stop(std::move(token));
        return *this;
    }

    // What the session has of its own is set before it is lent, in this order, set again on a connection in place of
    // one that was lost, and written back when it is given back; a session where that fails leaves the pool. Where one
    // cannot be set the session is not lent, and nothing is changed. docs/pool.md says what each DBMS has.
    lease_options& time_zone(std::string zone) {
        return set(session_setting(session_setting::kind::time_zone, std::move(zone)));
    }
    lease_options& schema(std::string path) {
        return set(session_setting(session_setting::kind::schema, std::move(path)));
    }
    lease_options& role(std::string name) { return set(session_setting(session_setting::kind::role, std::move(name))); }
    lease_options& variable(std::string name, std::string text) {
        return set(session_setting(std::move(name), std::move(text)));
    }

    [[nodiscard]] const deadline_option& deadline() const noexcept { return request_.deadline(); }
    [[nodiscard]] const std::stop_token& stop() const noexcept { return request_.stop(); }
    [[nodiscard]] const std::vector<session_setting>& settings() const noexcept { return settings_; }
    // What is out of range, or nothing.
    [[nodiscard]] SLUICE_EXPORT std::optional<error> problems() const;

private:
    lease_options& set(session_setting s) {
        settings_.push_back(std::move(s));
        return *this;
    }

    request_options request_;
    std::vector<session_setting> settings_;
};

static_assert(!std::is_aggregate_v<lease_options>);

}  // namespace sluice
