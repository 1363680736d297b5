"""What is measured: scenarios, their subjects, and how each connects to each driver."""
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "build/release/bench"
DRIVERS = ("sqlite", "postgresql", "mariadb")

# Scenario: its unit, and for each subject the program and the scenario that it knows. The first is what the others are
# held against.
SCENARIOS = {
    "stream": ("krows/s", {
        "raw": ("raw", "stream"), "sluice": ("sluice", "stream"),
        "soci": ("soci", "stream"), "poco": ("poco", "stream"), "pyodbc": ("pyodbc", "stream")}),
    "stream_key": ("krows/s", {"raw": ("raw", "stream_ordered"), "sluice": ("sluice", "stream_by_key")}),
    "stream_sessions": ("krows/s", {
        "raw": ("raw", "stream"), "sluice": ("sluice", "stream"), "sluice_free": ("sluice", "stream_free"),
        "sluice_2": ("sluice", "stream_2"), "sluice_2_free": ("sluice", "stream_2_free")}),
    "stream_ir": ("instructions/row", {
        "raw": ("raw", "stream"), "raw_thread": ("raw", "stream_on_thread"), "sluice": ("sluice", "stream"),
        "soci": ("soci", "stream"), "poco": ("poco", "stream")}),
    "point_query": ("kops/s", {
        "raw": ("raw", "point"), "sluice": ("sluice", "point"), "sluice_8": ("sluice", "point_8"),
        "sluice_64": ("sluice", "point_64"), "soci": ("soci", "point"), "poco": ("poco", "point")}),
    "point_query_plain": ("kops/s", {
        "raw": ("raw", "plain"), "sluice": ("sluice", "plain"), "sluice_8": ("sluice", "plain_8"),
        "sluice_64": ("sluice", "plain_64"), "soci": ("soci", "plain"), "poco": ("poco", "plain")}),
    "point_query_pipeline": ("kops/s", {
        "raw": ("raw", "point"), "sluice": ("sluice", "point"), "sluice_10": ("sluice", "pipeline_10")}),
    "bulk": ("krows/s", {
        "raw": ("raw", "bulk"), "raw_values": ("raw", "bulk_values"), "sluice": ("sluice", "bulk"),
        "soci": ("soci", "bulk"), "poco": ("poco", "bulk"), "pyodbc": ("pyodbc", "bulk")}),
    "bulk_parallel": ("krows/s", {
        "raw": ("raw", "bulk"), "sluice": ("sluice", "bulk"), "sluice_chunks": ("sluice", "bulk_chunks"),
        "sluice_chunks_2": ("sluice", "bulk_chunks_2")}),
    "bulk_ir": ("instructions/row", {
        "raw": ("raw", "bulk"), "raw_values": ("raw", "bulk_values"), "sluice": ("sluice", "bulk"),
        "soci": ("soci", "bulk"), "poco": ("poco", "bulk")}),
    "point_query_ir": ("instructions/query", {"raw": ("raw", "point"), "sluice": ("sluice", "point")}),
}


def is_ir(scenario):
    return scenario.endswith("_ir")


def is_stream(scenario):
    return scenario.startswith("stream")


def is_bulk(scenario):
    return scenario.startswith("bulk")


def is_query(scenario):
    return scenario.startswith("point_query")


def connection(driver, program, scenario):
    """Sluice sets what a driver needs by itself; the others are given the same."""
    if driver == "sqlite":
        string = "Driver=SQLite3;Database=" + os.environ["SLUICE_TEST_SQLITE"] + "/bench.db;"
        return string if program == "sluice" else string + "StepAPI=1;BigInt=1;"
    string = os.environ["SLUICE_TEST_POSTGRES" if driver == "postgresql" else "SLUICE_TEST_MARIADB"] + ";"
    if driver == "postgresql" and program != "sluice" and is_stream(scenario):
        string += "UseDeclareFetch=1;Fetch=1024;"
    return string


def command(driver, subject, scenario, count):
    program, name = SCENARIOS[scenario][1][subject]
    start = [str(PROGRAMS / f"sluice_bench_{program}")]
    if program == "pyodbc":
        start = ["/usr/bin/python3", str(ROOT / "bench/peers/pyodbc_subject.py")]
    return start + [name, connection(driver, program, scenario), str(count)]


def bulk_table(driver):
    return [str(PROGRAMS / "sluice_bench_sluice"), "bulk_table", connection(driver, "sluice", "bulk"), "1"]


def bulk_sum(driver):
    return [str(PROGRAMS / "sluice_bench_sluice"), "bulk_sum", connection(driver, "sluice", "bulk"), "1"]


def fill(driver, rows):
    return [str(PROGRAMS / "sluice_bench_fill"), connection(driver, "sluice", "stream"), str(rows)]
