#include "failure.hpp"
#include "json_fields.hpp"

#include <sluice/runtime/options_json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <ratio>

namespace sluice {
namespace runtime {

std::optional<clock::duration> duration_of(std::string_view text) noexcept {
    constexpr std::array<std::pair<std::string_view, clock::duration>, 7> units{{
        {"ns", std::chrono::nanoseconds(1)},
        {"us", std::chrono::microseconds(1)},
        {"ms", std::chrono::milliseconds(1)},
        {"s", std::chrono::seconds(1)},
        {"min", std::chrono::minutes(1)},
        {"h", std::chrono::hours(1)},
        {"d", std::chrono::hours(24)},
    }};
    std::uint32_t count = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (status != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    for (const auto& [name, length] : units) {
        if (text != name) continue;
        if (length > clock::duration::max() / std::max(count, std::uint32_t{1})) return std::nullopt;
        return length * count;
    }
    return std::nullopt;
}

void json_fields::refuse_others() {
    for (const auto& [name, value] : object_.items()) {
        if (known_.count(name) != 0) continue;
        std::string names;
        for (const auto& one : known_) names += (names.empty() ? "" : ", ") + one;
        problems_.push_back("'" + within_ + name.substr(0, 100) + "' is no option; there are " + names);
    }
}

namespace {

void read(json_fields& from, connect_options& into) {
    from.duration("timeout", [&](clock::duration d) { into.timeout(d); });
    from.duration("login_timeout",
                  [&](clock::duration d) { into.login_timeout(std::chrono::ceil<std::chrono::seconds>(d)); });
    from.number("mailbox_slots", [&](std::size_t n) { into.mailbox_slots(n); });
    from.flag("reconnect", [&](bool b) { into.reconnect(b); });
    from.number("statement_cache", [&](std::size_t n) { into.statement_cache(n); });
    from.flag("transaction_pooler", [&](bool b) { into.transaction_pooler(b); });
    from.texts("on_connect", [&](std::vector<std::string> all) { into.on_connect(std::move(all)); });
    from.refuse_others();
}

void read_catalog_cache(json_fields& from, pool_options& into) {
    std::size_t entries = limits::catalog_cache_entries_default;
    clock::duration ttl = limits::catalog_cache_ttl_default;
    std::size_t bytes = limits::catalog_cache_bytes_default;
    from.number("entries", [&](std::size_t n) { entries = n; });
    from.duration("ttl", [&](clock::duration d) { ttl = d; });
    from.number("bytes_max", [&](std::size_t n) { bytes = n; });
    from.refuse_others();
    into.catalog_cache(entries, ttl, bytes);
}

void read(json_fields& from, pool_options& into, std::vector<std::string>& problems) {
    from.number("max_size", [&](std::size_t n) { into.max_size(n); });
    from.number("min_idle", [&](std::size_t n) { into.min_idle(n); });
    from.number("max_connecting", [&](std::size_t n) { into.max_connecting(n); });
    from.number("waiters_max", [&](std::size_t n) { into.waiters_max(n); });
    from.duration("max_lifetime", [&](clock::duration d) { into.max_lifetime(d); });
    from.duration("idle_timeout", [&](clock::duration d) { into.idle_timeout(d); });
    from.choice<idle_order>("order", {{"lifo", idle_order::lifo}, {"fifo", idle_order::fifo}},
                            [&](idle_order o) { into.order(o); });
    from.flag("eager", [&](bool b) { into.eager(b); });
    from.choice<checkout_test>(
        "test_on_checkout",
        {{"never", checkout_test::never}, {"when_idle", checkout_test::when_idle}, {"always", checkout_test::always}},
        [&](checkout_test t) { into.test_on_checkout(t); });
    from.duration("test_if_idle_for", [&](clock::duration d) { into.test_if_idle_for(d); });
    from.duration("test_within", [&](clock::duration d) { into.test_within(d); });
    from.duration("keepalive", [&](clock::duration d) { into.keepalive(d); });
    from.text("health_check_query", [&](std::string sql) { into.health_check_query(std::move(sql)); });
    from.texts("on_return", [&](std::vector<std::string> all) { into.on_return(std::move(all)); });
    from.flag("fail_fast_when_down", [&](bool b) { into.fail_fast_when_down(b); });
    from.duration("leak_threshold", [&](clock::duration d) { into.leak_threshold(d); });
    from.object("catalog_cache", [&](const nlohmann::json& object, std::string name) {
        json_fields fields(object, std::move(name), problems);
        read_catalog_cache(fields, into);
    });
    from.object("connect", [&](const nlohmann::json& object, std::string name) {
        connect_options connect;
        json_fields fields(object, std::move(name), problems);
        read(fields, connect);
        into.connect(std::move(connect));
    });
    from.refuse_others();
}

void read(json_fields& from, engine_options& into) {
    from.number("sessions_max", [&](std::size_t n) { into.sessions_max(n); });
    from.number("quarantined_max", [&](std::size_t n) { into.quarantined_max(n); });
    from.number("cancels_per_second", [&](std::size_t n) {
        into.cancels_per_second(static_cast<std::uint32_t>(std::min<std::size_t>(n, ~std::uint32_t{0})));
    });
    from.number("memory_max", [&](std::size_t n) { into.memory_max(n); });
    from.number("worker_stack_bytes", [&](std::size_t n) { into.worker_stack_bytes(n); });
    from.duration("shutdown_grace", [&](clock::duration d) { into.shutdown_grace(d); });
    from.refuse_others();
}

error all_wrong(const std::vector<std::string>& problems) {
    std::string text;
    for (const auto& one : problems) text += (text.empty() ? "" : "; ") + one;
    return failure(errc::invalid_argument, text, outcome::none, session_state::none);
}

// Read: void(json_fields&, Options&, std::vector<std::string>& problems).
template <class Options, class Read>
result<Options> options_of(std::string_view text, Read read_all) {
    if (text.size() > options_json_bytes_max) return all_wrong({"the JSON text is longer than 8 MiB"});
    nlohmann::json parsed;
    try {
        parsed = nlohmann::json::parse(text);
    } catch (const nlohmann::json::parse_error& e) {
        return all_wrong({"this is no JSON: byte " + std::to_string(e.byte) + " cannot stand there"});
    }
    if (!parsed.is_object()) return all_wrong({"the JSON text is no object: {...}"});
    std::vector<std::string> problems;
    Options made;
    json_fields fields(parsed, "", problems);
    read_all(fields, made, problems);
    if (const auto wrong = made.problems()) problems.push_back(wrong->message());
    if (!problems.empty()) return all_wrong(problems);
    return made;
}

}  // namespace

}  // namespace runtime

result<engine_options> engine_options_from_json(std::string_view text) {
    return runtime::options_of<engine_options>(
        text, [](auto& fields, engine_options& made, auto&) { runtime::read(fields, made); });
}

result<pool_options> pool_options_from_json(std::string_view text) {
    return runtime::options_of<pool_options>(
        text, [](auto& fields, pool_options& made, auto& problems) { runtime::read(fields, made, problems); });
}

result<connect_options> connect_options_from_json(std::string_view text) {
    return runtime::options_of<connect_options>(
        text, [](auto& fields, connect_options& made, auto&) { runtime::read(fields, made); });
}

}  // namespace sluice
