"""scripts/bench, after it has built and started what is needed. See there for the arguments."""
import argparse
import contextlib
import json
import sys

import baseline
import measure
import subjects

STREAM_IR_ROWS = (10_000, 30_000)
POINT_IR_QUERIES = (1_000, 3_000)
BULK_IR_ROWS = (5_000, 15_000)
BULK_UNIT = 1_000
QUERIES = 5_000


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return number


def arguments():
    known = argparse.ArgumentParser(prog="scripts/bench", usage="see scripts/bench --help", add_help=False,
                                    allow_abbrev=False)
    known.add_argument("--scenario", action="append", choices=list(subjects.SCENARIOS))
    known.add_argument("--driver", action="append", choices=subjects.DRIVERS)
    known.add_argument("--rounds", type=positive)
    known.add_argument("--rows", type=positive)
    known.add_argument("--quick", action="store_true")
    known.add_argument("--json")
    known.add_argument("--check", action="store_true")
    known.add_argument("--baseline", action="store_true")
    known.add_argument("--arguments-only", action="store_true", help=argparse.SUPPRESS)
    asked = known.parse_args()
    asked.rounds = asked.rounds or (3 if asked.quick else 15)
    asked.rows = asked.rows or (20_000 if asked.quick else 100_000)
    asked.queries = QUERIES // 5 if asked.quick else QUERIES
    asked.scenario = asked.scenario or list(subjects.SCENARIOS)
    if asked.check or asked.baseline:
        asked.scenario = [name for name in asked.scenario if subjects.is_ir(name)]
        if not asked.scenario:
            known.error("--check and --baseline are for the scenarios in instructions")
    asked.driver = asked.driver or list(subjects.DRIVERS)
    return asked


def measured(asked, driver, scenario):
    if subjects.is_ir(scenario):
        counts = (STREAM_IR_ROWS if subjects.is_stream(scenario) else
                  BULK_IR_ROWS if subjects.is_bulk(scenario) else POINT_IR_QUERIES)
        return measure.instructions(driver, scenario, 1, counts)
    if subjects.is_query(scenario):
        return measure.times(driver, scenario, asked.rounds, asked.queries)
    rows = max(asked.rows // BULK_UNIT, 1) * BULK_UNIT if subjects.is_bulk(scenario) else asked.rows
    return measure.times(driver, scenario, asked.rounds, rows)


def main():
    asked = arguments()
    if asked.arguments_only:
        return 0
    rows = []
    stored = max(asked.rows if "stream" in asked.scenario else 0, STREAM_IR_ROWS[1])
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(open(asked.json, "w")) if asked.json else sys.stdout
        for driver in asked.driver:
            measure.say(f"{driver}: makes its tables")
            measure.run(subjects.fill(driver, stored))
            for scenario in asked.scenario:
                for row in measured(asked, driver, scenario):
                    rows.append(row)
                    print(json.dumps(row._asdict(), separators=(",", ":")), file=out, flush=True)
    if asked.baseline:
        baseline.write(rows)
    if not asked.check:
        return 0
    lines, good = baseline.compared(rows)
    for line in lines:
        measure.say(line)
    return 0 if good else 1


sys.exit(main())
