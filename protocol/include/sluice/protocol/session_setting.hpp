#pragma once
// One thing that a session has of its own, and that can be another one for a time.
//
// Threads: a value. Not an aggregate: g++ 12 miscompiles aggregate temporaries in a co_await expression.

#include <sluice/protocol/config.hpp>
#include <sluice/protocol/error.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace sluice {

class session_setting {
public:
    enum class kind : std::uint8_t {
        time_zone,  // "UTC", "+02:00", "Europe/Berlin"
        schema,     // where names without one are looked for: PostgreSQL's search_path
        role,       // whose rights count
        named,      // any variable of the session, by its name
    };

    session_setting(kind k, std::string text) : kind_(k), value_(std::move(text)) {}
    session_setting(std::string name, std::string text)
        : kind_(kind::named), name_(std::move(name)), value_(std::move(text)) {}

    [[nodiscard]] kind what() const noexcept { return kind_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& value() const noexcept { return value_; }
    // "time_zone", or the name.
    [[nodiscard]] SLUICE_EXPORT std::string text() const;

private:
    kind kind_;
    std::string name_;  // where it is named
    std::string value_;
};

// What no DBMS can take: too many, too long, a NUL, a name that is none. Everything wrong in one error, or nothing.
[[nodiscard]] SLUICE_EXPORT std::optional<error> problems_of(std::span<const session_setting>);

}  // namespace sluice
