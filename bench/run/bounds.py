"""The bounds of acceptance, and whether what was measured is within them.

A figure in time is the median of at least 15 paired rounds and misses its bound only where its interval of 90 % lies
wholly beyond it. Instructions and memory are judged by the figure alone.
"""
import statistics
from collections import namedtuple

import interval
import measure

ROUNDS_MIN = 15
GROWTH_MAX = 2.0

# `how`: value, or ratio or difference to `against`, which is a subject of the same scenario; at most or at least.
# `count_min`: of rows, where fewer say nothing.
Bound = namedtuple("Bound", "scenario drivers subject how against limit rounds_min count_min")
ALL = ("sqlite", "postgresql", "mariadb")
STREAMING = ("sqlite", "postgresql")


def bound(scenario, drivers, subject, how, against, limit, rounds_min=ROUNDS_MIN, count_min=0):
    drivers = (drivers,) if isinstance(drivers, str) else drivers
    return Bound(scenario, drivers, subject, how, against, limit, rounds_min, count_min)


MOST, LEAST = "ratio at most", "ratio at least"
VALUE_MOST, ABOVE_MOST = "at most", "above it at most"
BOUNDS = [
    bound("stream_ir", STREAMING, "sluice", MOST, "raw", 1.05, 1),
    bound("stream_ir", "mariadb", "sluice", MOST, "raw", 1.10, 1),
    bound("stream", ALL, "sluice", LEAST, "raw", 0.9),
    *(bound("stream", ALL, "sluice", LEAST, peer, 1.0) for peer in ("soci", "poco", "pyodbc")),
    bound("stream_overlap", ALL, "sluice", LEAST, "raw", round(1 / 1.1, 3)),  # 1.1 times its time
    bound("stream_first_batch", STREAMING, "sluice", VALUE_MOST, None, 5, count_min=1_000_000),
    bound("stream_memory", STREAMING, "sluice", VALUE_MOST, None, 64 * 1024, 1, 5_000_000),
    bound("stream_memory", "mariadb", "sluice_key", VALUE_MOST, None, 64 * 1024, 1, 5_000_000),
    bound("stream_memory", "mariadb", "sluice", ABOVE_MOST, "raw", 8 * 1024, 1, 5_000_000),
    bound("bulk_ir", ALL, "sluice", MOST, "raw", 1.10, 1),
    bound("bulk", ALL, "sluice", LEAST, "raw", 0.85),
    *(bound("bulk", driver, "sluice", LEAST, peer, limit)
      for driver, limit in (("postgresql", 3), ("sqlite", 2), ("mariadb", 1.2)) for peer in ("soci", "poco", "pyodbc")),
    bound("bulk_parallel", "postgresql", "sluice_chunks_2", LEAST, "sluice", 1.1, count_min=100_000),
    bound("bulk_memory", ALL, "sluice", VALUE_MOST, None, 64 * 1024, 1, 10_000_000),
    bound("point_query", STREAMING, "sluice_8", LEAST, "raw", 0.9),
    # Its worker spins, and nothing switches that off: of the two bounds, 20 without and 8 with it, only this one.
    bound("point_query_p50", STREAMING, "sluice", ABOVE_MOST, "raw", 8),
    *(bound("point_query_plain", "postgresql", "sluice", LEAST, peer, 3) for peer in ("soci", "poco")),
    bound("point_query_plain", "postgresql", "sluice_8", LEAST, "soci_cached_8", 1.0),
    bound("point_query_plain", "postgresql", "sluice_8_sessions", LEAST, "soci_cached_8_sessions", 1.0),
    bound("point_query_pipeline_p50", ALL, "sluice_10", ABOVE_MOST, "raw", 3),
    bound("point_query_beside_stream_p99", ALL, "sluice", MOST, "raw", 1.3),
]
GROWING = ("growth_rows", "growth_columns", "growth_sessions", "growth_callers")


def figures(one, rows, driver):
    """Of each round; nothing where it was not measured."""
    mine = rows.get((one.scenario, driver, one.subject))
    other = rows.get((one.scenario, driver, one.against))
    if mine is None or (one.against and other is None):
        return None
    if one.how == VALUE_MOST:
        return mine.values
    if one.how == ABOVE_MOST:
        return [value - raw for value, raw in zip(mine.values, other.values)]
    return measure.ratios(mine.values, other.values)


def beyond(one, low, high):
    return high < one.limit if one.how == LEAST else low > one.limit


def judged(one, driver, rows):
    """A line, and whether it is missed."""
    against = f" to {one.against}" if one.against else ""
    where = f"{one.scenario} {driver}: {one.subject}{against}, {one.how} {one.limit}"
    found = figures(one, rows, driver)
    if not found:
        return f"not measured  {where}", False
    between = interval.of_median(found)
    low, high = between or (statistics.median(found),) * 2
    row = rows[(one.scenario, driver, one.subject)]
    unit = row.unit if one.how in (VALUE_MOST, ABOVE_MOST) else "times"
    where += f": {statistics.median(found):.3f}" + (f" [{low:.3f} to {high:.3f}]" if between else "") + f" {unit}"
    if row.rounds < one.rounds_min:
        return f"not measured  {where}, in {row.rounds} of {one.rounds_min} rounds", False
    if row.count < one.count_min:
        return f"not measured  {where}, with {row.count:,} of {one.count_min:,} rows", False
    missed = beyond(one, low, high)
    doubt = not missed and beyond(one, *(statistics.median(found),) * 2)
    return f"{'MISSED' if missed else 'met':12}  {where}{', in doubt' if doubt else ''}", missed


def judged_growth(scenario, driver, rows):
    """Time for each at the top of the range, to that in the middle."""
    grown = sorted((row for row in rows if row.scenario == scenario and row.driver == driver),
                   key=lambda row: row.scale)
    where = f"{scenario} {driver}: sluice, time for each grows at most {GROWTH_MAX}"
    if len(grown) < 3:
        return f"not measured  {where}", False
    middle, top = grown[len(grown) // 2], grown[-1]
    ratio = top.value / middle.value
    missed = ratio > GROWTH_MAX
    return f"{'MISSED' if missed else 'met':12}  {where}: {ratio:.3f}, from {middle.scale:,} to {top.scale:,}", missed


def compared(rows, drivers):
    """Lines for the reader, and whether none is missed."""
    known = {(row.scenario, row.driver, row.subject): row for row in rows if row.scale is None}
    found = [judged(one, driver, known) for one in BOUNDS for driver in one.drivers if driver in drivers]
    found += [judged_growth(scenario, driver, rows) for scenario in GROWING for driver in drivers]
    return [line for line, _ in found], not any(missed for _, missed in found)
