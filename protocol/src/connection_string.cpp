#include "ascii.hpp"
#include "secrets.hpp"

#include <sluice/protocol/connection_string.hpp>
#include <sluice/protocol/limits.hpp>

#include <algorithm>
#include <utility>

namespace sluice {

namespace {

constexpr std::string_view key_forbids{";={}\0", 5};
constexpr std::string_view value_needs_braces = "[]{}(),;?*=!@";
constexpr std::string_view hidden = "***";

std::string too_long() {
    return "it is longer than " + std::to_string(limits::connection_string_bytes_max) + " bytes";
}

error refusal(std::string_view wrong) {
    return error(errc::invalid_argument, "the connection string is not valid: " + std::string(wrong));
}

// What is wrong, each with its place; of very many only the first.
class complaints {
public:
    void add(std::string_view what, std::size_t at) {
        constexpr std::size_t most = 16;
        if (++count_ > most) return;
        if (count_ > 1) text_ += "; ";
        text_.append(what).append(" at byte ").append(std::to_string(at));
    }
    [[nodiscard]] bool any() const noexcept { return count_ != 0; }
    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    std::string text_;
    std::size_t count_ = 0;
};

bool needs_braces(std::string_view value) noexcept {
    return value.find_first_of(value_needs_braces) != std::string_view::npos ||
           ascii::trim(value).size() != value.size();
}

void append_value(std::string& to, std::string_view value) {
    if (!needs_braces(value)) {
        to += value;
        return;
    }
    to += '{';
    for (const char c : value) to.append(c == '}' ? 2 : 1, c);
    to += '}';
}

}  // namespace

class connection_string::reader {
public:
    explicit reader(std::string_view text) noexcept : text_(text) {}

    void read_all(connection_string& to) {
        if (const auto nul = text_.find('\0'); nul != std::string_view::npos) wrong_.add("NUL", nul);
        while (at_ < text_.size()) read_segment(to);
    }
    [[nodiscard]] const complaints& wrong() const noexcept { return wrong_; }

private:
    void read_segment(connection_string& to) {
        skip_blanks();
        const std::size_t begin = at_;
        const std::size_t end = std::min(text_.find_first_of("=;", at_), text_.size());
        const std::string_view key = ascii::trim(text_.substr(begin, end - begin));
        at_ = end;
        if (end == text_.size() || text_[end] == ';') {
            if (!key.empty()) wrong_.add("a part without '='", begin);
            at_ = end + 1;
            return;
        }
        ++at_;
        if (key.empty()) wrong_.add("an empty key", begin);
        if (key.find_first_of("{}") != std::string_view::npos) wrong_.add("a brace in a key", begin);
        std::string value = read_value();
        if (!wrong_.any() && !to.contains(key)) to.entries_.push_back(entry{std::string(key), std::move(value)});
    }

    std::string read_value() {
        skip_blanks();
        if (at_ < text_.size() && text_[at_] == '{') return read_braced();
        return std::string(ascii::trim(take_to_semicolon()));
    }

    std::string read_braced() {
        std::string value;
        const std::size_t begin = at_++;
        for (; at_ < text_.size(); ++at_) {
            if (text_[at_] == '}') {
                if (at_ + 1 >= text_.size() || text_[at_ + 1] != '}') break;
                ++at_;
            }
            value += text_[at_];
        }
        if (at_ >= text_.size()) {
            wrong_.add("a brace that is not closed (a brace within a value is written twice)", begin);
            return value;
        }
        ++at_;
        skip_blanks();
        const std::size_t after = at_;
        if (!take_to_semicolon().empty())
            wrong_.add("text after a closing brace (a brace within a value is written twice)", after);
        return value;
    }

    std::string_view take_to_semicolon() noexcept {
        const std::size_t begin = at_;
        const std::size_t end = std::min(text_.find(';', begin), text_.size());
        at_ = end + 1;
        return text_.substr(std::min(begin, text_.size()), end - std::min(begin, end));
    }

    void skip_blanks() noexcept {
        while (at_ < text_.size() && ascii::is_blank(text_[at_])) ++at_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    complaints wrong_;
};

result<connection_string> connection_string::parse(std::string_view text) {
    if (text.size() > limits::connection_string_bytes_max) return refusal(too_long());
    connection_string made;
    reader from(text);
    from.read_all(made);
    if (from.wrong().any()) return refusal(from.wrong().text());
    if (made.str().size() > limits::connection_string_bytes_max) return refusal(too_long());
    return made;
}

const connection_string::entry* connection_string::find(std::string_view key) const noexcept {
    for (const entry& e : entries_)
        if (ascii::same_letters(e.key, key)) return &e;
    return nullptr;
}

std::optional<std::string> connection_string::get(std::string_view key) const {
    const entry* found = find(key);
    if (found == nullptr) return std::nullopt;
    return found->value;
}

bool connection_string::contains(std::string_view key) const noexcept {
    return find(key) != nullptr;
}

std::vector<std::string> connection_string::keys() const {
    std::vector<std::string> names;
    names.reserve(entries_.size());
    for (const entry& e : entries_) names.push_back(e.key);
    return names;
}

connection_string& connection_string::set(std::string_view key, std::string_view value) & {
    if (key.empty() || key.find_first_of(key_forbids) != std::string_view::npos ||
        ascii::trim(key).size() != key.size())
        throw database_error(refusal("a key is empty, holds one of ; = { } or NUL, or begins or ends with a blank"));
    if (value.find('\0') != std::string_view::npos) throw database_error(refusal("a value holds a NUL"));
    std::vector<entry> changed = entries_;
    const entry* found = find(key);
    if (found != nullptr)
        changed[static_cast<std::size_t>(found - entries_.data())].value = value;
    else
        changed.push_back(entry{std::string(key), std::string(value)});
    if (encode(changed, false).size() > limits::connection_string_bytes_max) throw database_error(refusal(too_long()));
    entries_ = std::move(changed);
    return *this;
}

connection_string connection_string::set(std::string_view key, std::string_view value) && {
    set(key, value);
    return std::move(*this);
}

bool connection_string::erase(std::string_view key) noexcept {
    return std::erase_if(entries_, [key](const entry& e) { return ascii::same_letters(e.key, key); }) != 0;
}

std::string connection_string::encode(const std::vector<entry>& entries, bool hide) {
    std::string text;
    for (const entry& e : entries) {
        if (!text.empty()) text += ';';
        text.append(e.key).append("=");
        if (hide && (detail::is_secret_key(e.key) || detail::holds_secret(e.value)))
            text += hidden;
        else
            append_value(text, e.value);
    }
    return text;
}

std::string connection_string::str() const {
    return encode(entries_, false);
}
std::string connection_string::redacted() const {
    return encode(entries_, true);
}

bool operator==(const connection_string& a, const connection_string& b) noexcept {
    return std::equal(
        a.entries_.begin(), a.entries_.end(), b.entries_.begin(), b.entries_.end(),
        [](const auto& x, const auto& y) { return ascii::same_letters(x.key, y.key) && x.value == y.value; });
}

}  // namespace sluice
