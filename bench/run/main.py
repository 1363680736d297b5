"""scripts/bench, after it has built and started what is needed. See there for the arguments."""
import argparse
import contextlib
import sys

import awake
import baseline
import bounds
import measure
import single
import subjects
import tables

BULK_UNIT = 1_000
GROWTH_ROUNDS_MAX = 5
# Of each count that scenarios name: in full, and with --quick.
COUNTS = {"rows": (100_000, 20_000), "rows_first": (1_000_000, 100_000), "rows_held": (5_000_000, 200_000),
          "rows_loaded": (10_000_000, 200_000), "queries": (5_000, 1_000), "checkouts": (2_000, 1_000)}


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
    known.add_argument("--awake", action="store_true")
    known.add_argument("--largest", action="store_true")
    known.add_argument("--json")
    known.add_argument("--from", dest="known", action="append")
    known.add_argument("--plots")
    known.add_argument("--tables", action="store_true")
    known.add_argument("--check", action="store_true")
    known.add_argument("--bounds", action="store_true")
    known.add_argument("--baseline", action="store_true")
    known.add_argument("--arguments-only", action="store_true", help=argparse.SUPPRESS)
    asked = known.parse_args()
    if asked.known and (asked.check or asked.baseline or asked.json):
        known.error("--from measures nothing: it goes with --bounds, --plots and --tables")
    asked.rounds = asked.rounds or (3 if asked.quick else 15)
    asked.scenario = asked.scenario or list(subjects.SCENARIOS)
    if asked.check or asked.baseline:
        asked.scenario = [name for name in asked.scenario if subjects.is_ir(name)]
        if not asked.scenario:
            known.error("--check and --baseline are for the scenarios in instructions")
    asked.driver = asked.driver or list(subjects.DRIVERS)
    return asked


def count_of(asked, scenario):
    name = subjects.SCENARIOS[scenario].count
    if asked.rows and name.startswith("rows"):
        count = asked.rows
    else:
        count = COUNTS[name][1 if asked.quick else 0]
    in_thousands = subjects.has_bulk_table(scenario) or scenario == "whole_medium"
    return max(count // BULK_UNIT, 1) * BULK_UNIT if in_thousands else count


def rows_needed(asked, driver, scenario):
    """Of the table that streams read."""
    if scenario == "growth_rows":
        return single.scales(driver, scenario, asked.largest)[-1]
    if scenario == "whole_large" or subjects.is_stream(scenario) and not subjects.is_ir(scenario):
        return max(count_of(asked, scenario), subjects.STREAM_IR_ROWS[1])
    return subjects.STREAM_IR_ROWS[1]


def measured(asked, driver, scenario):
    if subjects.is_ir(scenario):
        return measure.instructions(driver, scenario)
    if scenario == "wide":
        return single.wide(driver)
    if subjects.is_growth(scenario):
        return single.growth(driver, scenario, min(asked.rounds, GROWTH_ROUNDS_MAX), asked.largest)
    count = count_of(asked, scenario)
    if scenario == "stream_overlap":
        return single.overlap(driver, asked.rounds, count)
    return measure.times(driver, scenario, 1 if scenario in subjects.ONE_ROUND else asked.rounds, count)


def measure_all(asked):
    rows = []
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(open(asked.json, "w")) if asked.json else sys.stdout
        if asked.awake:
            stack.enter_context(awake.processors())
        for driver in asked.driver:
            stored = 0
            for scenario in asked.scenario:
                needed = rows_needed(asked, driver, scenario)
                if needed > stored or stored > 10 * needed:
                    stored = needed
                    measure.say(f"{driver}: makes a table of {stored:,} rows")
                    measure.run(subjects.fill(driver, stored))
                for row in measured(asked, driver, scenario):
                    rows.append(row)
                    print(measure.to_json(row), file=out, flush=True)
    return rows


def read_all(files):
    rows = []
    for name in files:
        with open(name) as lines:
            rows += [measure.from_json(line) for line in lines if line.strip()]
    return rows


def main():
    asked = arguments()
    if asked.arguments_only:
        return 0
    rows = read_all(asked.known) if asked.known else measure_all(asked)
    if asked.baseline:
        baseline.write(rows)
    if asked.plots:
        import plots  # needs matplotlib
        plots.draw(rows, asked.plots)
    tell = sys.stdout if asked.json or asked.known else sys.stderr  # stdout is for the objects, if they are there
    if asked.tables:
        print(*tables.written(rows), sep="\n", file=tell)
    good = True
    if asked.check:
        good = told(baseline.compared(rows), tell)
    if asked.bounds:
        good = told(bounds.compared(rows, asked.driver), tell) and good
    return 0 if good else 1


def told(compared, tell):
    lines, good = compared
    print(*lines, sep="\n", file=tell, flush=True)
    return good


sys.exit(main())
