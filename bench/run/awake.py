"""While it lasts no processor halts: on each a loop turns, of the lowest priority, which gives way to anything at once.

A virtual machine pays much to wake a processor that has halted: a query on a server pays it twice, or never, by chance,
and a thread hop once or twice.
"""
import contextlib
import os
import subprocess

LOOP = ["setpriv", "--pdeathsig", "KILL", "chrt", "--idle", "0", "sh", "-c", "while :; do :; done"]


@contextlib.contextmanager
def processors():
    loops = [subprocess.Popen(LOOP, stdin=subprocess.DEVNULL) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
