"""What is measured: scenarios, their subjects, and how each connects to each driver."""
import os
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "build/release/bench"
DRIVERS = ("sqlite", "postgresql", "mariadb")

# What is made of one run: `of` gets what the subject has said (measure.Said) and its count. Its objects are named after
# the scenario, with the suffix.
Figure = namedtuple("Figure", "suffix unit digits of")
KROWS = Figure("", "krows/s", 2, lambda said, count: count / said.seconds / 1000)
KOPS = KROWS._replace(unit="kops/s")
EACH = Figure("", "us", 3, lambda said, count: said.seconds / count * 1_000_000)
# Callers share 10,000 queries, or ask once each.
EACH_QUERY = Figure("", "us", 3, lambda said, callers: said.seconds / max(callers, 10_000) * 1_000_000)
PERCENT = Figure("", "% of the time", 2, lambda said, _: said.first / said.seconds / 10_000)
FIRST = PERCENT._replace(suffix="_first")
KIB = Figure("", "KiB", 0, lambda said, _: said.peak)
PEAK = KIB._replace(suffix="_peak")
SECONDS = Figure("_seconds", "s", 2, lambda said, _: said.seconds)
CALLS = tuple(Figure("_" + part, "us", 1, lambda said, _, part=part: getattr(said, part))
              for part in ("p50", "p95", "p99"))

# `subjects`: for each the program and the scenario that it knows; the first is what the others are held against.
# `count`: of rows or of queries, by the name of an option, or counts of its own.
Scenario = namedtuple("Scenario", "figures count subjects")
STREAM = (KROWS, PEAK, FIRST)
BULK = (KROWS, PEAK)
POINT = (KOPS, PEAK, *CALLS)
INSTRUCTIONS = (Figure("", "instructions", 0, None),)
STREAM_IR_ROWS = (10_000, 30_000)
POINT_IR_QUERIES = (1_000, 3_000)
BULK_IR_ROWS = (5_000, 15_000)

SCENARIOS = {
    "stream": Scenario(STREAM, "rows", {
        "raw": ("raw", "stream"), "sluice": ("sluice", "stream"),
        "soci": ("soci", "stream"), "poco": ("poco", "stream"), "pyodbc": ("pyodbc", "stream")}),
    "stream_key": Scenario(STREAM, "rows", {"raw": ("raw", "stream_ordered"), "sluice": ("sluice", "stream_by_key")}),
    "stream_sessions": Scenario(STREAM, "rows", {
        "raw": ("raw", "stream"), "sluice": ("sluice", "stream"), "sluice_free": ("sluice", "stream_free"),
        "sluice_2": ("sluice", "stream_2"), "sluice_2_free": ("sluice", "stream_2_free")}),
    **{name: Scenario((KROWS, PEAK), "rows", {
        subject: (subject, name) for subject in ("raw", "sluice", "soci", "poco", "pyodbc")})
       for name in ("whole_medium", "whole_large")},
    "stream_overlap": Scenario((KROWS, PEAK), "rows", {
        "raw": ("raw", "stream_overlap"), "sluice": ("sluice", "stream_overlap")}),
    "stream_ir": Scenario(INSTRUCTIONS, STREAM_IR_ROWS, {
        "raw": ("raw", "stream"), "raw_thread": ("raw", "stream_on_thread"), "sluice": ("sluice", "stream"),
        "soci": ("soci", "stream"), "poco": ("poco", "stream")}),
    "point_query": Scenario(POINT, "queries", {
        "raw": ("raw", "point"), "raw_hop_8": ("raw", "point_hop"),
        "sluice": ("sluice", "point"), "sluice_8": ("sluice", "point_8"),
        "sluice_64": ("sluice", "point_64"), "soci": ("soci", "point"), "poco": ("poco", "point")}),
    "point_query_plain": Scenario(POINT, "queries", {
        "raw": ("raw", "plain"), "sluice": ("sluice", "plain"), "sluice_8": ("sluice", "plain_8"),
        "sluice_64": ("sluice", "plain_64"), "sluice_8_sessions": ("sluice", "plain_8_sessions"),
        "soci": ("soci", "plain"), "soci_cached_8": ("soci", "point_8"),
        "soci_cached_8_sessions": ("soci", "point_8_sessions"), "poco": ("poco", "plain")}),
    "point_query_pipeline": Scenario(POINT, "queries", {
        "raw": ("raw", "point"), "sluice": ("sluice", "point"), "sluice_10": ("sluice", "pipeline_10")}),
    "point_query_beside_stream": Scenario(POINT, "queries", {
        "raw": ("raw", "point_beside_stream"), "sluice": ("sluice", "point_beside_stream")}),
    "point_query_ir": Scenario(INSTRUCTIONS, POINT_IR_QUERIES, {
        "raw": ("raw", "point"), "sluice": ("sluice", "point")}),
    "checkout": Scenario((EACH, *CALLS), "checkouts", {
        mode: ("sluice", "checkout_" + mode) for mode in ("never", "when_idle", "always")}),
    "bulk": Scenario(BULK, "rows", {
        "raw": ("raw", "bulk"), "raw_values": ("raw", "bulk_values"), "sluice": ("sluice", "bulk"),
        "soci": ("soci", "bulk"), "poco": ("poco", "bulk"), "pyodbc": ("pyodbc", "bulk")}),
    "bulk_parallel": Scenario(BULK, "rows", {
        "raw": ("raw", "bulk"), "sluice": ("sluice", "bulk"), "sluice_chunks": ("sluice", "bulk_chunks"),
        "sluice_chunks_2": ("sluice", "bulk_chunks_2")}),
    "bulk_ir": Scenario(INSTRUCTIONS, BULK_IR_ROWS, {
        "raw": ("raw", "bulk"), "raw_values": ("raw", "bulk_values"), "sluice": ("sluice", "bulk"),
        "soci": ("soci", "bulk"), "poco": ("poco", "bulk")}),
    "bulk_memory": Scenario((KIB, SECONDS), "rows_loaded", {"sluice": ("sluice", "bulk_memory")}),
    "wide": Scenario((), (), {
        "columns": ("sluice", "wide_columns"), "bulk_columns": ("sluice", "wide_bulk"),
        "parameters": ("sluice", "wide_parameters"), "sql_bytes": ("sluice", "wide_sql"),
        "value_bytes": ("sluice", "wide_value")}),
    "growth_rows": Scenario((EACH, PEAK), (), {"sluice": ("sluice", "stream")}),
    "growth_columns": Scenario((EACH, PEAK), (), {"sluice": ("sluice", "growth_columns")}),
    "growth_sessions": Scenario((EACH, PEAK), (), {"sluice": ("sluice", "growth_sessions")}),
    "growth_callers": Scenario((EACH_QUERY, PEAK), (), {"sluice": ("sluice", "growth_callers")}),
    "stream_first_batch": Scenario((PERCENT,), "rows_first", {
        "raw": ("raw", "stream"), "sluice": ("sluice", "stream"), "sluice_key": ("sluice", "stream_by_key")}),
    "stream_memory": Scenario((KIB, SECONDS), "rows_held", {
        "raw": ("raw", "stream"), "sluice": ("sluice", "stream"), "sluice_key": ("sluice", "stream_by_key")}),
}
ONE_ROUND = ("stream_memory", "bulk_memory", "wide")

# How wide, by the subject of `wide`.
WIDTHS = {"columns": 1_000, "bulk_columns": 1_000, "parameters": 2_000, "sql_bytes": 1_000_000,
          "value_bytes": 20_000_000}


def is_ir(scenario):
    return scenario.endswith("_ir")


def is_stream(scenario):
    return scenario.startswith("stream")


def is_growth(scenario):
    return scenario.startswith("growth_")


def has_bulk_table(scenario):
    """Does it insert into the table that bulk_table has made?"""
    return scenario in ("bulk", "bulk_parallel", "bulk_ir")


def connection(driver, program, scenario):
    """Sluice sets what a driver needs by itself; the others are given the same."""
    if driver == "sqlite":
        string = "Driver=SQLite3;Database=" + os.environ["SLUICE_TEST_SQLITE"] + "/bench.db;"
        return string if program == "sluice" else string + "StepAPI=1;BigInt=1;"
    string = os.environ["SLUICE_TEST_POSTGRES" if driver == "postgresql" else "SLUICE_TEST_MARIADB"] + ";"
    if driver == "postgresql" and program != "sluice" and is_stream(scenario):
        string += "UseDeclareFetch=1;Fetch=1024;"
    return string


def program(driver, name, scenario, count, *more, known_as=""):
    """The command of one run. `scenario` is the one that the program knows, `known_as` that of which it is a part."""
    start = [str(PROGRAMS / f"sluice_bench_{name}")]
    if name == "pyodbc":
        start = ["/usr/bin/python3", str(ROOT / "bench/peers/pyodbc_subject.py")]
    return start + [scenario, connection(driver, name, known_as or scenario), str(count), *(str(one) for one in more)]


def command(driver, subject, scenario, count, *more):
    name, known = SCENARIOS[scenario].subjects[subject]
    return program(driver, name, known, count, *more, known_as=scenario)


def bulk_table(driver):
    return program(driver, "sluice", "bulk_table", 1)


def bulk_sum(driver):
    return program(driver, "sluice", "bulk_sum", 1)


def wide_table(driver):
    return program(driver, "sluice", "wide_table", 1)


def fill(driver, rows):
    return [str(PROGRAMS / "sluice_bench_fill"), connection(driver, "sluice", "stream"), str(rows)]
