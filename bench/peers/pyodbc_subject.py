"""The subject `pyodbc` of scripts/bench: fetchmany(1000), and fast_executemany. Arguments and output as told in bench/subject.hpp.

Only the fetching and the inserting is timed. The checksum, which costs more in Python than the fetching, is made in a
second pass.
"""
import datetime
import struct
import sys
import time

import pyodbc

ROWS_AT_ONCE = 1000
MEDIUM_ROWS = 1000
MASK = (1 << 64) - 1


def text_part(text):
    data = text.encode()
    return data[0] + data[-1] + len(data) if data else 0


def added(total, row):
    number, n, price, name, at, amount, note = row
    parts = [number, n, struct.unpack("<Q", struct.pack("<d", price))[0], text_part(name), at.minute,
             ord(str(amount)[0])]
    if note is not None:
        parts.append(text_part(note))
    of_row = 0
    for part in parts:
        of_row = of_row * 31 + part
    return (total + of_row) & MASK


def batches(cursor, count):
    cursor.execute("select id, n, price, name, at, amount, note from sluice_bench where id <= " + str(count))
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        yield rows


def row_of(number):
    part = number % 60
    return (number, number * 7 % 1_000_003, number % 100_000 / 4, f"name of row {number}",
            datetime.datetime(2026, 11, 21, 3, part, part), f"{number % 1_000_000}.1250",
            None if number % 5 == 0 else f"a note that is somewhat longer than the name, of row {number}")


def stream(connection, count):
    cursor = pyodbc.connect(connection, autocommit=True).cursor()
    begun = time.perf_counter()
    for _ in batches(cursor, count):
        pass
    seconds = time.perf_counter() - begun
    total = 0
    for rows in batches(cursor, count):
        for row in rows:
            total = added(total, row)
    return seconds, total


def whole(connection, count, at_once):
    cursor = pyodbc.connect(connection, autocommit=True).cursor()
    sql = "select id, n, price, name, at, amount, note from sluice_bench where id <= " + str(at_once)
    begun = time.perf_counter()
    for _ in range(0, count, at_once):
        rows = cursor.execute(sql).fetchall()
    seconds = time.perf_counter() - begun
    total = 0
    for row in rows:
        total = added(total, row)
    return seconds, total * (count // at_once) & MASK


def whole_medium(connection, count):
    return whole(connection, count, MEDIUM_ROWS)


def whole_large(connection, count):
    return whole(connection, count, count)


def bulk(connection, count):
    rows = [row_of(number) for number in range(1, count + 1)]
    db = pyodbc.connect(connection, autocommit=False)
    cursor = db.cursor()
    # Arrays of parameters: with the other drivers it crashes, or runs out of memory.
    cursor.fast_executemany = db.getinfo(pyodbc.SQL_DBMS_NAME) == "PostgreSQL"
    begun = time.perf_counter()
    for first in range(0, count, ROWS_AT_ONCE):
        cursor.executemany("insert into sluice_bulk (id, n, price, name, at, amount, note) values (?,?,?,?,?,?,?)",
                           rows[first:first + ROWS_AT_ONCE])
    db.commit()
    return time.perf_counter() - begun, 0


def status_kib(name):
    with open("/proc/self/status") as lines:
        return int(next(line.split()[1] for line in lines if line.startswith(name + ":")))


def main():
    scenario, connection, count = sys.argv[1:]
    known = {"stream": stream, "bulk": bulk, "whole_medium": whole_medium, "whole_large": whole_large}
    run = known.get(scenario) or sys.exit(f"pyodbc: no scenario {scenario}")
    start_kib = status_kib("VmRSS")
    seconds, total = run(connection, int(count))
    print(f"{seconds:.6f} {total} 0 0 0 {status_kib('VmHWM') - start_kib} 0")


main()
