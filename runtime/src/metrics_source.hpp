#pragma once
// Where the counts of an engine come together.
//
// Threads: any thread; takes the lock of each session for the time of a copy.

#include <sluice/protocol/metrics.hpp>

#include <memory>

namespace sluice::runtime {

class canceller;
class event_sink;
class memory_budget;
struct catalog_counts;
class worker_registry;

class metrics_source {
public:
    metrics_source(std::shared_ptr<worker_registry>, std::weak_ptr<canceller>, std::shared_ptr<event_sink>,
                   std::shared_ptr<memory_budget>);
    [[nodiscard]] metrics_snapshot now() const;
    // Counted by the pools that keep answers about the catalog.
    [[nodiscard]] const std::shared_ptr<catalog_counts>& catalog() const noexcept { return catalog_; }

private:
    const std::shared_ptr<worker_registry> workers_;
    const std::weak_ptr<canceller> cancels_;
    const std::shared_ptr<event_sink> events_;
    const std::shared_ptr<memory_budget> memory_;
    const std::shared_ptr<catalog_counts> catalog_;
};

}  // namespace sluice::runtime
