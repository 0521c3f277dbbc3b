"""What the sandbox has not is an exception that says so, where it would end the call with a trap without a word."""

import os
import random
import sys
import time

from wit_world.imports import log


def _absent(what: str, instead: str):
    def absent(*_args, **_kwargs):
        raise RuntimeError(f"a plugin has no {what}: {instead}")

    return absent


_no_clock = _absent("clock", "pass the time in the params, or put it in the state")
for _name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep"):
    setattr(time, _name, _no_clock)
os.urandom = _absent("source of randomness", "use the call's `random`, which is the same every time")
# What is drawn while the component is made would differ from build to build. Each call sets a seed of its own.
random.seed(0)


class _Lines:
    """A text stream whose lines go to the log."""

    def __init__(self, level) -> None:
        self._level = level
        self._rest = ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            log.log(self._level, line)
        return len(text)

    def flush(self) -> None:
        if self._rest:
            log.log(self._level, self._rest)
            self._rest = ""


def open_streams() -> None:
    """Makes `print` write to the log."""
    sys.stdout = _Lines(log.Level.INFO)
    sys.stderr = _Lines(log.Level.WARN)
