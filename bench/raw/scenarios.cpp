#include "scenarios.hpp"

const std::vector<bench::scenario>& bench::scenarios() {
    static const std::vector<scenario> all{{"stream", stream},
                                           {"stream_ordered", stream_ordered},
                                           {"stream_on_thread", stream_on_thread},
                                           {"stream_overlap", stream_overlap},
                                           {"consume_alone", consume_alone},
                                           {"whole_medium", whole_medium},
                                           {"whole_large", whole_large},
                                           {"point", point},
                                           {"point_hop", point_hop},
                                           {"point_beside_stream", point_beside_stream},
                                           {"plain", plain},
                                           {"bulk", bulk},
                                           {"bulk_values", bulk_values}};
    return all;
}
