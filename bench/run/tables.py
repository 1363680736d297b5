"""The tables of docs/performance.md, from what was measured."""
import subjects

TITLES = {"sqlite": "sqliteodbc", "postgresql": "psqlodbc", "mariadb": "MariaDB"}


def cell(row):
    if row is None:
        return ""
    if row.value is None:
        return row.error
    whole = row.unit == "KiB" or row.unit.startswith("instructions")
    value = f"{row.value:,.0f}" if whole else f"{row.value:,.1f}"
    if row.ratio_to_raw is None:
        return value
    return f"{value} ({row.ratio_to_raw:.{3 if subjects.is_ir(row.scenario) else 2}f})"


def titled(scenario, rows):
    """How many rows or queries it was, where all were as many."""
    counts = {row.count for row in rows}
    more = f", {counts.pop():,} of each" if len(counts) == 1 and not subjects.is_ir(scenario) else ""
    return f"`{scenario}`, {rows[0].unit}{more}:"


def table(scenario, rows):
    """A line for each subject, or for each scale."""
    found = {(row.subject if row.scale is None else f"{row.scale:,}", row.driver): row for row in rows}
    names = list(dict.fromkeys(name for name, _ in found))
    drivers = [driver for driver in subjects.DRIVERS if any(row.driver == driver for row in rows)]
    yield titled(scenario, rows)
    yield ""
    yield "| | " + " | ".join(TITLES[driver] for driver in drivers) + " |"
    yield "|---" * (len(drivers) + 1) + "|"
    for name in names:
        yield f"| {name} | " + " | ".join(cell(found.get((name, driver))) for driver in drivers) + " |"
    yield ""


def written(rows):
    for scenario in dict.fromkeys(row.scenario for row in rows):
        yield from table(scenario, [row for row in rows if row.scenario == scenario])
