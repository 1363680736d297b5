#pragma once
// What a script says: which calls meet which fault, and what an SQL text of the test's own stands for. Statements end
// with ; :
//
//     at FUNCTIONS [N] [sql 'PART'] FAULT...      every matching call, or the N-th since the rule was added
//     answer 'SQL' with FORM                      SQL, character for character, does what FORM says
//     down, up                                    connects fail with 08001, or no longer
//
// Threads: no lock of its own; guarded by the gate.

#include "fault.hpp"
#include "form.hpp"
#include "functions.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::fault_driver {

class rule_book {
public:
    // All of the text or nothing. Throws text_error.
    void add(std::string_view text);
    void clear() noexcept;

    // What happens to this call: the faults of all rules that match it. Counts the call for them.
    [[nodiscard]] fault match(function called, std::string_view sql);
    [[nodiscard]] std::optional<form> answer(const std::string& sql) const;
    [[nodiscard]] bool server_is_down() const noexcept { return server_is_down_; }

private:
    struct rule {
        function_set functions = 0;
        std::optional<std::uint64_t> nth;  // from 1
        std::string sql_part;              // empty: any
        fault what;
        std::uint64_t seen = 0;
    };
    static rule read_rule(word_reader&);

    std::vector<rule> rules_;
    std::unordered_map<std::string, form> answers_;
    bool server_is_down_ = false;
};

}  // namespace sluice::fault_driver
