"""Runs the subjects of one scenario in turns and sums up what they say."""
import json
import re
import statistics
import subprocess
import sys
from collections import namedtuple

import interval
import subjects

RUN_SECONDS_MAX = 1800
Said = namedtuple("Said", "seconds checksum p50 p95 first peak p99")
# One object. `values`: of each round; `ratio_low` and `ratio_high`: see interval; `count`: of rows or of queries;
# `scale`: how far it has grown, of `growth_`; `error`: what there is in place of a value.
Row = namedtuple("Row", "scenario driver subject value unit ratio_to_raw rounds spread ratio_low ratio_high count "
                        "values scale error")


def to_json(row):
    known = {key: of for key, of in row._asdict().items() if of is not None or key not in ("scale", "error")}
    return json.dumps(known, separators=(",", ":"))


def from_json(line):
    known = dict.fromkeys(Row._fields)
    known.update(json.loads(line))
    return Row(**known)


def say(text):
    print(text, file=sys.stderr, flush=True)


def attempt(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=RUN_SECONDS_MAX)


def why(done):
    """Of one that has failed: the end of what it said, or the signal that has ended it."""
    said = done.stderr.strip().removeprefix(f"{done.args[0]}: ")
    return said if done.returncode >= 0 else f"signal {-done.returncode} {said}"


def run(command):
    done = attempt(command)
    if done.returncode != 0:
        raise SystemExit(f"scripts/bench: {command[0]} {command[1]} failed: {why(done)}")
    return done


class Checksums:
    """All subjects of a scenario on one driver have to agree, for each count."""

    def __init__(self, where):
        self.where = where
        self.of_count = {}

    def add(self, subject, count, checksum):
        first, expected = self.of_count.setdefault(count, (subject, checksum))
        if checksum != expected:
            raise SystemExit(f"scripts/bench: {self.where}: {subject} has read other values than {first}")


def run_subject(driver, subject, scenario, count, before=(), more=()):
    """What it has said, and the checksum of what it has read or of what is in its table afterwards."""
    if subjects.has_bulk_table(scenario):
        run(subjects.bulk_table(driver))
    done = run([*before, *subjects.command(driver, subject, scenario, count, *more)])
    said = run(subjects.bulk_sum(driver)) if subjects.has_bulk_table(scenario) else done
    return done, said.stdout.split()[1]


def instructions(driver, scenario):
    """Of one row or query: the difference between two counts, so that start and end have no part in it."""
    few, many = subjects.SCENARIOS[scenario].count
    unit = "instructions/query" if scenario.startswith("point") else "instructions/row"
    sums = Checksums(f"{scenario} on {driver}")
    found = {}
    part = ["--instr-atstart=no"] if subjects.has_bulk_table(scenario) else []
    for subject in subjects.SCENARIOS[scenario].subjects:
        total = []
        for count in (few, many):
            done, checksum = run_subject(driver, subject, scenario, count, [
                "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *part])
            total.append(int(re.search(r"Collected : (\d+)", done.stderr)[1]))
            sums.add(subject, count, checksum)
        found[subject] = [(total[1] - total[0]) / (many - few)]
        say(f"{scenario} {driver} {subject}: {found[subject][0]:.0f} {unit}")
    return [summed_up(scenario, driver, subject, unit, found, 0, many) for subject in found]


def times(driver, scenario, rounds, count, more=(), scale=None):
    """In each round every subject once, another one first each time."""
    figures, _, known = subjects.SCENARIOS[scenario]
    names = list(known)
    sums = Checksums(f"{scenario} on {driver}")
    found = {figure: {subject: [] for subject in names} for figure in figures}
    for number in range(rounds):
        first = number % len(names)
        for subject in names[first:] + names[:first]:
            done, checksum = run_subject(driver, subject, scenario, count, more=more)
            said = Said(*(float(word) for word in done.stdout.split()))
            sums.add(subject, count, checksum)
            for figure in figures:
                found[figure][subject].append(figure.of(said, count))
        say(f"{scenario}{'' if scale is None else f' {scale}'} {driver} round {number + 1} of {rounds}: "
            + ", ".join(f"{subject} {found[figures[0]][subject][-1]:.1f}" for subject in names)
            + f" {figures[0].unit}")
    return [summed_up(scenario + figure.suffix, driver, subject, figure.unit, found[figure], figure.digits, count,
                      scale)
            for figure in figures for subject in names if any(found[figure][subject])]


def ratios(values, to):
    """Of each round."""
    return [mine / other for mine, other in zip(values, to) if other > 0]


def summed_up(scenario, driver, subject, unit, found, digits, count, scale=None):
    values = found[subject]
    base = next(iter(found))
    of_rounds = ratios(values, found[base]) if len(found) > 1 else []
    between = interval.of_median(of_rounds)
    low, high = (round(one, 3) for one in between) if between else (None, None)
    return Row(scenario, driver, subject, round(statistics.median(values), digits), unit,
               round(statistics.median(of_rounds), 3) if of_rounds else None, len(values),
               round(max(values) - min(values), digits), low, high, count,
               [round(one, digits + 2) for one in values], scale, None)
