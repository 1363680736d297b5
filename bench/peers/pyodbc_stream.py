"""The subject `pyodbc` of scripts/bench: fetchmany(1000). Arguments and output as told in bench/subject.hpp.

Only the fetching is timed. The checksum, which costs more in Python than the fetching, is made in a second pass.
"""
import struct
import sys
import time

import pyodbc

ROWS_AT_ONCE = 1000
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
    for part in parts:
        total = (total * 31 + part) & MASK
    return total


def batches(cursor, count):
    cursor.execute("select id, n, price, name, at, amount, note from sluice_bench where id <= " + str(count))
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        yield rows


def main():
    scenario, connection, count = sys.argv[1:]
    if scenario != "stream":
        sys.exit(f"pyodbc: no scenario {scenario}")
    cursor = pyodbc.connect(connection, autocommit=True).cursor()
    begun = time.perf_counter()
    for _ in batches(cursor, int(count)):
        pass
    seconds = time.perf_counter() - begun
    total = 0
    for rows in batches(cursor, int(count)):
        for row in rows:
            total = added(total, row)
    print(f"{seconds:.6f} {total} 0 0")


main()
