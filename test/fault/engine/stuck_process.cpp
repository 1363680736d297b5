// A program that ends while drivers hang: in connect, execute, fetch, SQLCancel and disconnect, for ever. Prints how
// many milliseconds the end of its engine took.
#include <sluice/runtime/engine.hpp>
#include <sluice/testing/fault_script.hpp>

#include <chrono>
#include <iostream>
#include <vector>

using namespace std::chrono_literals;

int main() {
    // Never freed: its end would release what hangs.
    auto& faults = *new sluice::testing::fault_script("stuck process");
    sluice::clock::time_point ended;
    std::vector<sluice::session> sessions;
    bool stuck = false;
    {
        sluice::engine engine(sluice::engine_options().shutdown_grace(100ms));
        for (int n = 0; n < 3; ++n) sessions.push_back(engine.connect(faults.connection_string()).get());
        faults.add(
            "at connect hang stubborn; at execute sql 'stuck' hang stubborn; at fetch hang stubborn;"
            "at SQLCancel hang stubborn; at disconnect hang stubborn");
        auto connecting = engine.connect(faults.connection_string());
        auto executing = sessions[0].query("affect 1 /* stuck */");
        auto fetching = sessions[1].query("rows 10");
        auto closing = sessions[2].close();
        stuck = faults.wait_until_hanging(4);
        sessions[0].cancel(sluice::cancel_strength::partial);
        stuck = faults.wait_until_hanging(5) && stuck;
        ended = sluice::clock::now();
    }
    std::cout << std::chrono::duration_cast<std::chrono::milliseconds>(sluice::clock::now() - ended).count()
              << std::endl;
    return stuck ? 0 : 1;
}
