// What a worker does to have a connection as the session wants it.

#include "endpoint.hpp"
#include "failure.hpp"
#include "incarnation.hpp"
#include "session_core.hpp"
#include "worker_answers.hpp"

#include <sluice/protocol/connection_string.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace sluice::runtime {

namespace {

// Other names of the same keys: what the provider says replaces them too.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> synonyms{{
    {"UID", "User"},
    {"UID", "Username"},
    {"UID", "User ID"},
    {"PWD", "Password"},
    {"PWD", "Pass"},
}};

error provider_failed(std::string_view why) {
    return failure(errc::unreachable, "the credential provider gave none: " + std::string(why), outcome::none,
                   session_state::none);
}

// The string with the keys that the provider gives.
result<std::string> with_credentials(const std::string& text, const credential_provider& provider) {
    try {
        auto made = connection_string::parse(text);
        if (!made) return made.error();
        const credentials given = provider();
        for (const auto& [key, value] : given.keys()) {
            for (const auto& [name, synonym] : synonyms)
                if (key == name && !made->contains(name)) made->erase(synonym);
            made->set(key, value);
        }
        return made->str();
    } catch (const std::exception& e) {
        return provider_failed(e.what());
    } catch (...) {
        return provider_failed("it threw something that is no std::exception");
    }
}

error of_statement(const error& e, const char* option, std::size_t number, std::size_t count) {
    error_record record = e.record();
    record.message = "statement " + std::to_string(number) + " of " + std::to_string(count) + " of " + option +
                     " failed: " + record.message;
    return error(std::move(record));
}

// Runs it; its rows, if it has any, are not read.
result<void> run(odbc::connection& on, const std::string& sql, std::vector<diagnostic>& warnings) {
    auto executed = on.execute(sql, {}, {});
    if (!executed) return executed.error();
    auto closed = executed->rows.close();
    if (!closed) return closed.error();
    for (auto& one : executed->warnings) warnings.push_back(std::move(one));
    return {};
}

}  // namespace

result<void> run_all(odbc::connection& on, const std::vector<std::string>& statements, const char* option,
                     std::vector<diagnostic>& warnings) {
    for (std::size_t i = 0; i < statements.size(); ++i)
        if (auto done = run(on, statements[i], warnings); !done)
            return of_statement(done.error(), option, i + 1, statements.size());
    return {};
}

result<odbc::connection> worker::open(protocol::connect& request, std::vector<diagnostic>& warnings) {
    request.transaction_pooler = request.transaction_pooler || core_.where()->behind_pooler();
    if (const auto& provider = core_.credentials()) {
        auto text = with_credentials(request.connection_string, provider);
        if (!text) return text.error();
        request.connection_string = std::move(*text);
    }
    auto made = odbc::connection::open(request, warnings, &life_.gate);
    if (!made) return made;
    if (auto done = run_all(*made, request.on_connect, "on_connect", warnings); !done) {
        error_record record = done.error().record();
        record.session = session_state::none;
        return error(std::move(record));
    }
    // Of a lease that goes on: this connection stands in for one that was lost.
    if (const auto settings = core_.leased_with(); !settings.empty())
        if (auto done = made->apply_settings(settings); !done) return done.error();
    return made;
}

std::optional<error> worker::reconnect(protocol::connect request) {
    std::vector<diagnostic> warnings;
    auto opened = [&]() -> result<odbc::connection> {
        try {
            return open(request, warnings);
        } catch (...) {
            return threw();
        }
    }();
    if (!opened) {
        core_.attempt_failed(life_, opened.error());
        return opened.error();
    }
    connection_ = std::move(*opened);
    core_.connected(life_, connection_.facts());
    talk_.connected();
    talk_.streams_before(core_.last_stream());
    if (core_.transaction_lost()) talk_.transaction_lost();
    talk_.transaction_lost_as(core_.last_lost_transaction());
    publish();
    return std::nullopt;
}

result<protocol::connect::reply> worker::handle(protocol::connect& request) {
    if (auto no = refuse(request)) return *no;
    const auto started = clock::now();
    protocol::connect::reply reply;
    auto opened = open(request, reply.warnings);
    if (!opened) {
        core_.attempt_failed(life_, opened.error());
        return opened.error();
    }
    connection_ = std::move(*opened);
    reply.facts = connection_.facts();
    reply.timings.executing = clock::now() - started;
    core_.connected(life_, reply.facts);
    talk_.connected();
    publish();
    return reply;
}

result<protocol::done> worker::handle(protocol::apply_settings& request) {
    if (auto no = refuse(request)) return *no;
    const auto started = clock::now();
    if (auto applied = connection_.apply_settings(request.settings); !applied) return note(applied.error());
    core_.leased_with(life_, std::move(request.settings));
    return done_with({}, started);
}

}  // namespace sluice::runtime
