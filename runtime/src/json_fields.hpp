#pragma once
// The fields of one JSON object, read by name; what is wrong with them is collected.
//
// Threads: a value.

#include <sluice/runtime/options.hpp>

#include <nlohmann/json.hpp>

#include <initializer_list>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::runtime {

// "500 ms", "2 s", "5 min", "1 h", "30 d".
[[nodiscard]] std::optional<clock::duration> duration_of(std::string_view text) noexcept;

class json_fields {
public:
    // `within`: what stands before the names in a problem.
    json_fields(const nlohmann::json& object, std::string within, std::vector<std::string>& problems)
        : object_(object), within_(std::move(within)), problems_(problems) {}

    template <class Set>
    void number(const char* name, Set set) {
        const auto* found = find(name);
        if (found == nullptr) return;
        if (found->is_number_unsigned() && found->get<std::uint64_t>() <= std::uint64_t{1} << 53)
            set(found->get<std::size_t>());
        else
            wrong(name, "a whole number, not negative");
    }
    template <class Set>
    void flag(const char* name, Set set) {
        const auto* found = find(name);
        if (found == nullptr) return;
        if (found->is_boolean())
            set(found->get<bool>());
        else
            wrong(name, "true or false");
    }
    template <class Set>
    void text(const char* name, Set set) {
        const auto* found = find(name);
        if (found == nullptr) return;
        if (found->is_string())
            set(found->get<std::string>());
        else
            wrong(name, "a text");
    }
    template <class Set>
    void texts(const char* name, Set set) {
        const auto* found = find(name);
        if (found == nullptr) return;
        std::vector<std::string> all;
        bool good = found->is_array();
        if (good)
            for (const auto& one : *found) {
                good = good && one.is_string();
                if (good) all.push_back(one.get<std::string>());
            }
        if (good)
            set(std::move(all));
        else
            wrong(name, "a list of texts");
    }
    template <class Set>
    void duration(const char* name, Set set) {
        const auto* found = find(name);
        if (found == nullptr) return;
        std::optional<clock::duration> length;
        if (found->is_string()) length = duration_of(found->get_ref<const std::string&>());
        if (found->is_number_integer() && *found == 0) length = clock::duration::zero();
        if (length)
            set(*length);
        else
            wrong(name, "a length of time with its unit, as \"500 ms\", \"2 s\", \"5 min\", \"1 h\" or \"30 d\"");
    }
    template <class Value, class Set>
    void choice(const char* name, std::initializer_list<std::pair<const char*, Value>> of, Set set) {
        const auto* found = find(name);
        if (found == nullptr) return;
        std::string names;
        for (const auto& [text, value] : of) {
            if (found->is_string() && found->get_ref<const std::string&>() == text) return set(value);
            names += (names.empty() ? "\"" : ", \"") + std::string(text) + "\"";
        }
        wrong(name, "one of " + names);
    }
    template <class Read>
    void object(const char* name, Read read) {
        const auto* found = find(name);
        if (found == nullptr) return;
        if (found->is_object())
            read(*found, within_ + name + ".");
        else
            wrong(name, "an object");
    }
    // After all that is known was asked for: the rest is no option.
    void refuse_others();

private:
    [[nodiscard]] const nlohmann::json* find(const char* name) {
        known_.insert(name);
        const auto it = object_.find(name);
        return it == object_.end() ? nullptr : &*it;
    }
    void wrong(const char* name, const std::string& wanted) {
        problems_.push_back(within_ + name + " is not " + wanted);
    }

    const nlohmann::json& object_;
    const std::string within_;
    std::vector<std::string>& problems_;
    std::set<std::string, std::less<>> known_;
};

}  // namespace sluice::runtime
