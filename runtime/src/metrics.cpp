// What an engine has counted, put together.

#include "engine_core.hpp"
#include "memory_budget.hpp"

#include <sluice/protocol/pool_metrics.hpp>
#include <sluice/runtime/engine.hpp>

#include <nlohmann/json.hpp>

namespace sluice {

std::string to_json(const metrics_snapshot& m) {
    nlohmann::ordered_json completed = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < m.completed.size(); ++i)
        if (m.completed[i] != 0) completed[std::string(to_string(static_cast<errc>(i)))] = m.completed[i];
    const nlohmann::ordered_json all{{"accepted", m.accepted},
                                     {"refused", m.refused},
                                     {"completed", completed},
                                     {"in_flight", m.in_flight},
                                     {"queued", m.queued},
                                     {"given_up", m.given_up},
                                     {"cancels_sent", m.cancels_sent},
                                     {"cancels_missed", m.cancels_missed},
                                     {"cancels_refused", m.cancels_refused},
                                     {"cancels_postponed", m.cancels_postponed},
                                     {"cancels_stuck", m.cancels_stuck},
                                     {"statement_hits", m.statement_hits},
                                     {"statement_misses", m.statement_misses},
                                     {"statement_evictions", m.statement_evictions},
                                     {"statement_prepares", m.statement_prepares},
                                     {"statements_cached", m.statements_cached},
                                     {"sessions", m.sessions},
                                     {"workers_ready", m.workers_ready},
                                     {"workers_busy", m.workers_busy},
                                     {"workers_suspect", m.workers_suspect},
                                     {"workers_connecting", m.workers_connecting},
                                     {"workers_leaving", m.workers_leaving},
                                     {"quarantined", m.quarantined},
                                     {"quarantined_ever", m.quarantined_ever},
                                     {"returned_from_quarantine", m.returned_from_quarantine},
                                     {"recoveries", m.recoveries},
                                     {"collapsed_triggers", m.collapsed_triggers},
                                     {"stale_dropped", m.stale_dropped},
                                     {"events_dropped", m.events_dropped},
                                     {"memory_bytes", m.memory_bytes},
                                     {"catalog_hits", m.catalog_hits},
                                     {"catalog_misses", m.catalog_misses}};
    return all.dump();
}

std::string to_json(const pool_metrics& m) {
    const nlohmann::ordered_json all{{"max_size", m.max_size},
                                     {"sessions", m.sessions},
                                     {"idle", m.idle},
                                     {"lent", m.lent},
                                     {"connecting", m.connecting},
                                     {"tested", m.tested},
                                     {"waiting", m.waiting},
                                     {"asked", m.asked},
                                     {"granted", m.granted},
                                     {"granted_at_once", m.granted_at_once},
                                     {"exhausted", m.exhausted},
                                     {"cancelled", m.cancelled},
                                     {"refused_full", m.refused_full},
                                     {"refused_down", m.refused_down},
                                     {"turned_away", m.turned_away},
                                     {"connected", m.connected},
                                     {"connect_failed", m.connect_failed},
                                     {"left", m.left},
                                     {"overdue", m.overdue}};
    return all.dump();
}

}  // namespace sluice

namespace sluice::runtime {

namespace {

void count_worker(metrics_snapshot& to, session_count::standing worker) noexcept {
    using standing = session_count::standing;
    to.workers_ready += worker == standing::ready ? 1 : 0;
    to.workers_busy += worker == standing::busy ? 1 : 0;
    to.workers_suspect += worker == standing::suspect ? 1 : 0;
    to.workers_connecting += worker == standing::connecting ? 1 : 0;
}

}  // namespace

metrics_source::metrics_source(std::shared_ptr<worker_registry> workers, std::weak_ptr<canceller> cancels,
                               std::shared_ptr<event_sink> events, std::shared_ptr<memory_budget> memory)
    : workers_(std::move(workers)),
      cancels_(std::move(cancels)),
      events_(std::move(events)),
      memory_(std::move(memory)),
      catalog_(std::make_shared<catalog_counts>()) {}

metrics_snapshot metrics_source::now() const {
    metrics_snapshot made;
    // Sessions that are over are counted with those that are there: none is missed and none is there twice.
    session_count all;
    for (const auto& session : workers_->sessions(all)) {
        const session_count one = session->counted();
        all.add(one);
        count_worker(made, one.worker);
    }
    made.accepted = all.accepted;
    made.refused = all.refused;
    made.completed = all.completed;
    made.statement_hits = all.statements.hits;
    made.statement_misses = all.statements.misses;
    made.statement_evictions = all.statements.evictions;
    made.statement_prepares = all.statements.prepares;
    made.statements_cached = all.statements.cached;
    made.in_flight = all.in_flight;
    made.queued = all.queued;
    made.given_up = all.given_up;
    made.recoveries = all.recoveries;
    made.collapsed_triggers = all.collapsed_triggers;
    made.stale_dropped = all.stale_dropped;
    const auto threads = workers_->counted();
    made.sessions = threads.sessions;
    made.workers_leaving = threads.leaving;
    made.quarantined = threads.quarantined;
    made.quarantined_ever = threads.quarantined_ever;
    made.returned_from_quarantine = threads.returned;
    if (const auto cancels = cancels_.lock()) {
        const auto sent = cancels->counted();
        made.cancels_sent = sent.sent;
        made.cancels_missed = sent.missed;
        made.cancels_refused = sent.refused;
        made.cancels_postponed = sent.postponed;
        made.cancels_stuck = sent.stuck;
    }
    made.events_dropped = events_->dropped();
    made.memory_bytes = memory_->used();
    made.catalog_hits = catalog_->hits.load();
    made.catalog_misses = catalog_->misses.load();
    return made;
}

}  // namespace sluice::runtime
