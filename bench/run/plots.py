"""SVG plots of what was measured: growth, and the peers beside ODBC alone."""
from pathlib import Path

import matplotlib

import measure
import subjects

matplotlib.use("svg")
matplotlib.rcParams["svg.fonttype"] = "none"  # text stays text: small
matplotlib.rcParams["svg.hashsalt"] = "sluice"  # the same rows make the same file
from matplotlib import pyplot  # noqa: E402  after the choice of the backend

GROWTH = {"growth_rows": "row", "growth_columns": "column of 1,000 rows", "growth_sessions": "session",
          "growth_callers": "query"}
PEERS = {"stream": ("raw", "sluice", "soci", "poco", "pyodbc"), "bulk": ("raw", "sluice", "soci", "poco", "pyodbc"),
         "whole_large": ("raw", "sluice", "soci", "poco", "pyodbc"),
         "point_query": ("raw", "sluice", "sluice_8", "soci", "poco"),
         "point_query_plain": ("raw", "sluice", "sluice_8", "soci", "poco"),
         "stream_ir": ("raw", "sluice", "soci", "poco"), "bulk_ir": ("raw", "sluice", "soci", "poco")}
COLOURS = {"sqlite": "#5aa469", "postgresql": "#336791", "mariadb": "#c0765a"}
STYLES = {"sqlite": "-", "postgresql": "--", "mariadb": ":"}


def save(figure, folder, name):
    file = Path(folder) / f"{name}.svg"
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)
    measure.say(f"wrote {file}")


def growth(rows, scenario, folder):
    """Time for each of what grows, and the memory of all, over how many there are."""
    figure, (time, memory) = pyplot.subplots(1, 2, figsize=(9, 3.2))
    what = scenario.removeprefix("growth_")
    for axes, name, label in ((time, scenario, f"us for each {GROWTH[scenario]}"),
                              (memory, scenario + "_peak", "MiB above start")):
        for driver in subjects.DRIVERS:
            grown = sorted((row.scale, row.value) for row in rows if row.scenario == name and row.driver == driver)
            if grown:
                per = 1024 if axes is memory else 1
                axes.plot([scale for scale, _ in grown], [value / per for _, value in grown], STYLES[driver],
                          marker="o", color=COLOURS[driver], label=driver)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel(what)
        axes.set_ylabel(label)
        axes.grid(alpha=0.3)
    time.legend()
    save(figure, folder, scenario)


def peers(rows, scenario, folder):
    """Bars: how many times what ODBC alone does."""
    names = PEERS[scenario]
    found = {(row.driver, row.subject): row for row in rows if row.scenario == scenario}
    drivers = [driver for driver in subjects.DRIVERS if (driver, "raw") in found]
    figure, axes = pyplot.subplots(figsize=(7, 3))
    width = 0.8 / len(drivers)
    for n, driver in enumerate(drivers):
        bars = [(at, found[driver, name]) for at, name in enumerate(names) if (driver, name) in found]
        places = [at + (n - (len(drivers) - 1) / 2) * width for at, _ in bars]
        heights = [1 if row.subject == "raw" else row.ratio_to_raw for _, row in bars]
        axes.bar(places, heights, width, color=COLOURS[driver], label=driver)
        for place, height, (_, row) in zip(places, heights, bars):
            if row.ratio_low is not None and row.subject != "raw":
                axes.plot([place, place], [row.ratio_low, row.ratio_high], color="black", linewidth=1)
    axes.axhline(1, color="black", linewidth=0.5)
    axes.set_xticks(range(len(names)), names)
    if scenario.endswith("_ir"):
        axes.set_yscale("log")
    better = "less" if scenario.endswith("_ir") else "more"
    axes.set_ylabel(f"{scenario}, times raw ({better} is better)", fontsize=8)
    axes.legend()
    save(figure, folder, scenario)


def draw(rows, folder):
    Path(folder).mkdir(parents=True, exist_ok=True)
    there = {row.scenario for row in rows}
    for scenario in GROWTH:
        if scenario in there:
            growth(rows, scenario, folder)
    for scenario in PEERS:
        if scenario in there:
            peers(rows, scenario, folder)
