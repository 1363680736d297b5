"""Runs the subjects of one scenario in turns and sums up what they say."""
import re
import statistics
import subprocess
import sys
from collections import namedtuple

import subjects

RUN_SECONDS_MAX = 600
Row = namedtuple("Row", "scenario driver subject value unit ratio_to_raw rounds spread")


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=RUN_SECONDS_MAX)
    if done.returncode != 0:
        raise SystemExit(f"scripts/bench: {command[0]} {command[1]} failed:\n{done.stderr.strip()}")
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


def run_subject(driver, subject, scenario, count, before=()):
    """What it has said, and the checksum of what it has read or of what is in its table afterwards."""
    if subjects.is_bulk(scenario):
        run(subjects.bulk_table(driver))
    done = run([*before, *subjects.command(driver, subject, scenario, count)])
    said = run(subjects.bulk_sum(driver)) if subjects.is_bulk(scenario) else done
    return done, said.stdout.split()[1]


def instructions(driver, scenario, rounds, counts):
    """Of one row or query: the difference between two counts, so that start and end have no part in it."""
    unit, names = subjects.SCENARIOS[scenario]
    sums = Checksums(f"{scenario} on {driver}")
    found = {}
    for subject in names:
        for _ in range(rounds):
            total = []
            for count in counts:
                part = ["--instr-atstart=no"] if subjects.is_bulk(scenario) else []
                done, checksum = run_subject(driver, subject, scenario, count, [
                    "valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *part])
                total.append(int(re.search(r"Collected : (\d+)", done.stderr)[1]))
                sums.add(subject, count, checksum)
            found.setdefault(subject, []).append((total[1] - total[0]) / (counts[1] - counts[0]))
        say(f"{scenario} {driver} {subject}: {statistics.median(found[subject]):.0f} {unit}")
    return [summed_up(scenario, driver, subject, unit, found, 0) for subject in found]


def times(driver, scenario, rounds, count):
    unit, names = subjects.SCENARIOS[scenario]
    sums = Checksums(f"{scenario} on {driver}")
    rates, halves, tails, firsts, peaks = {}, {}, {}, {}, {}
    for number in range(rounds):
        order = list(names)[number % len(names):] + list(names)[:number % len(names)]
        for subject in order:
            done, checksum = run_subject(driver, subject, scenario, count)
            seconds, _, p50, p95, first, peak = done.stdout.split()
            sums.add(subject, count, checksum)
            rates.setdefault(subject, []).append(count / float(seconds) / 1000)
            halves.setdefault(subject, []).append(float(p50))
            tails.setdefault(subject, []).append(float(p95))
            firsts.setdefault(subject, []).append(float(first) / float(seconds) / 10_000)
            peaks.setdefault(subject, []).append(int(peak))
        say(f"{scenario} {driver} round {number + 1} of {rounds}: "
            + ", ".join(f"{subject} {rates[subject][-1]:.1f}" for subject in names) + f" {unit}")
    rows = [summed_up(scenario, driver, subject, unit, rates, 2) for subject in names]
    rows += [summed_up(scenario + "_peak", driver, subject, "KiB", peaks, 0) for subject in names]
    if subjects.is_stream(scenario):
        timed = [subject for subject in names if any(firsts[subject])]
        rows += [summed_up(scenario + "_first", driver, subject, "% of the time", firsts, 2) for subject in timed]
    if subjects.is_query(scenario):
        rows += [summed_up(scenario + "_p50", driver, subject, "us", halves, 1) for subject in names]
        rows += [summed_up(scenario + "_p95", driver, subject, "us", tails, 1) for subject in names]
    return rows


def summed_up(scenario, driver, subject, unit, found, digits):
    values = found[subject]
    ratios = [mine / raw for mine, raw in zip(values, found["raw"]) if raw > 0]
    ratio = round(statistics.median(ratios), 3) if ratios else None
    return Row(scenario, driver, subject, round(statistics.median(values), digits), unit, ratio, len(values),
               round(max(values) - min(values), digits))
