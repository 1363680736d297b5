#pragma once
// An ODBC connection string as a value: keys in order, each with its plain value.
//
//   auto text = sluice::connection_string().set("Driver", "SQLite3").set("Database", path).str();
//
// The grammar: key=value, separated by semicolons. A value in braces, {a;b}, is taken as it stands, with }} for a
// brace; without them it ends at the semicolon, and blanks around it do not count. Keys are compared without regard to
// the case of ASCII letters; of a key that comes twice the first value counts and the others are dropped.
//
// Threads: a value; any thread may read. No error text holds any part of the string: what is a value there is not sure.

#include <sluice/protocol/config.hpp>
#include <sluice/protocol/error.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class SLUICE_EXPORT connection_string {
public:
    connection_string() = default;  // no keys

    // invalid_argument names everything that is wrong and the byte where, from 0: no '=', an empty key, a brace in a
    // key, a brace that is never closed, text after a closing brace, a NUL. A string longer than
    // limits::connection_string_bytes_max, also by the braces that its values need, is not read further. For any x:
    // parse(x.str()).value() == x.
    [[nodiscard]] static result<connection_string> parse(std::string_view text);

    [[nodiscard]] std::optional<std::string> get(std::string_view key) const;
    [[nodiscard]] bool contains(std::string_view key) const noexcept;
    [[nodiscard]] std::vector<std::string> keys() const;  // as written, in order
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

    // Replaces the value in its place, or adds the key at the end. Throws database_error(invalid_argument), changing
    // nothing, for a key that is empty, holds ; = { } or NUL, or begins or ends with a blank; for a value with a NUL;
    // for a string that would be too long.
    connection_string& set(std::string_view key, std::string_view value) &;
    [[nodiscard]] connection_string set(std::string_view key, std::string_view value) &&;
    // True if it was there.
    bool erase(std::string_view key) noexcept;

    // For the driver manager. Braces are around the values that need them, and only those.
    [[nodiscard]] std::string str() const;
    // For a log: *** stands for each value whose key is that of a secret, and for each that seems to hold a secret
    // within.
    [[nodiscard]] std::string redacted() const;

    // The same keys in the same order, their case apart, with the same values.
    SLUICE_EXPORT friend bool operator==(const connection_string&, const connection_string&) noexcept;

private:
    struct entry {
        std::string key;
        std::string value;
    };
    [[nodiscard]] static std::string encode(const std::vector<entry>&, bool hide);
    [[nodiscard]] const entry* find(std::string_view key) const noexcept;
    class reader;

    std::vector<entry> entries_;
};

}  // namespace sluice
