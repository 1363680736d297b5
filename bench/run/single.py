"""Scenarios that are not one count in rounds: with something to find out before, or with a range of counts."""
import statistics

import measure
import subjects

CALIBRATION_STEPS = 1_000
LARGEST_ROWS = 10_000_000
SESSIONS_SERVER = (1, 10, 50, 150)  # scripts/servers: 200 connections


def seconds_of(command):
    return float(measure.run(command).stdout.split()[0])


def overlap(driver, rounds, rows):
    """The consumer is given as many steps for a row as take the time in which ODBC alone fetches it."""
    fetched = [seconds_of(subjects.program(driver, "raw", "stream", rows)) for _ in range(3)]
    spent = seconds_of(subjects.program(driver, "raw", "consume_alone", rows, CALIBRATION_STEPS))
    steps = max(1, round(CALIBRATION_STEPS * statistics.median(fetched) / spent))
    measure.say(f"stream_overlap {driver}: {steps} steps for each row take as long as to fetch it")
    return measure.times(driver, "stream_overlap", rounds, rows, more=(steps,))


def wide(driver):
    """Whether it works, and else the error."""
    rows = []
    for subject, width in subjects.WIDTHS.items():
        done = measure.attempt(subjects.command(driver, subject, "wide", width))
        works = done.returncode == 0
        value = round(float(done.stdout.split()[0]) * 1000, 1) if works else None
        error = None if works else measure.why(done)
        measure.say(f"wide {driver} {subject} {width}: {f'{value} ms' if works else error}")
        rows.append(measure.Row("wide", driver, subject, value, "ms", None, 1, 0, None, None, width, [value], None,
                                error))
    return rows


def scales(driver, scenario, largest):
    if scenario == "growth_rows":
        return (100, 1_000, 10_000, 100_000, 1_000_000) + ((LARGEST_ROWS,) if largest else ())
    if scenario == "growth_columns":
        return 1, 10, 100, 1_000
    if scenario == "growth_sessions":
        return (1, 10, 100, 500) if driver == "sqlite" else SESSIONS_SERVER
    return 1, 10, 100, 1_000, 10_000


def growth(driver, scenario, rounds, largest):
    """Microseconds for each row, column, session, or query; and the memory of all."""
    if scenario == "growth_columns":
        measure.run(subjects.wide_table(driver))
    return [row for scale in scales(driver, scenario, largest)
            for row in measure.times(driver, scenario, rounds, scale, scale=scale)]
