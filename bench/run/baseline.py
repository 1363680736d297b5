"""Whether Sluice takes more instructions than it did, or than it may beside ODBC alone."""
import json

import subjects

FILE = subjects.ROOT / "bench/baseline.json"
GROWTH_MAX = 1.03
STREAM_BOUNDS = {"sqlite": 1.05, "postgresql": 1.05, "mariadb": 1.10}


def of_sluice(rows):
    return [row for row in rows if subjects.is_ir(row.scenario) and row.subject == "sluice"]


def read():
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def write(rows):
    known = read()
    for row in of_sluice(rows):
        known.setdefault(row.scenario, {})[row.driver] = int(row.value)
    FILE.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")


def compared(rows):
    """Lines for the reader, and whether all is well."""
    known = read()
    lines, good = [], True
    for row in of_sluice(rows):
        before = known.get(row.scenario, {}).get(row.driver)
        where = f"{row.scenario} {row.driver}: {row.value:.0f} {row.unit}"
        if before is None:
            lines.append(f"FAILED  {where}, and no baseline")
            good = False
            continue
        fails = row.value > before * GROWTH_MAX
        good = good and not fails
        lines.append(f"{'FAILED' if fails else 'ok':7} {where}, baseline {before} "
                     f"({row.value / before - 1:+.1%}, at most {GROWTH_MAX - 1:+.0%})")
        if row.scenario == "stream_ir":
            bound = STREAM_BOUNDS[row.driver]
            fails = row.ratio_to_raw > bound
            good = good and not fails
            lines.append(f"{'FAILED' if fails else 'ok':7} {row.scenario} {row.driver}: {row.ratio_to_raw:.3f} of raw "
                         f"(at most {bound:.2f})")
    return lines, good
