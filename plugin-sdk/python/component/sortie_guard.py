"""What the sandbox has not is an exception that says so, where it would end the call with a trap without a word.

It is imported before the author's modules. `seal` ends the loading: what is read from files is read by then.
"""

import sys

# The datetime that is written in Python asks `time` for the time, and so raises what that raises. The other is written
# in C for the one in C.
sys.modules["_datetime"] = sys.modules["_zoneinfo"] = None

import _io
import _strptime  # noqa: F401 (imported by `strptime`, when there are no files any more)
import ast
import builtins
import calendar  # noqa: F401
import codecs
import datetime  # noqa: F401
import importlib.machinery
import io
import linecache
import locale  # noqa: F401
import logging
import os
import posix
import random
import re
import time
import traceback  # noqa: F401
import types
import warnings  # noqa: F401

from wit_world.imports import log

_loading = True


def _absent(what: str, instead: str):
    def absent(*_args, **_kwargs):
        raise RuntimeError(f"a plugin has no {what}: {instead}")

    return absent


def _replace(module, names, what: str, instead: str) -> None:
    for name in names:
        if hasattr(module, name):
            setattr(module, name, _absent(what, instead))


_CLOCK = ("clock", "pass the time in the params, or put it in the state")
_FILES = ("files", "put what it needs in the params or the state, or read it while the plugin is loaded")
_RANDOMNESS = ("source of randomness", "use the call's `random`, which is the same every time")


def _guard_clock() -> None:
    names = ["time", "monotonic", "perf_counter", "process_time", "thread_time", "clock_gettime"]
    names += [name + "_ns" for name in names]
    # Logging asks for the time of each record, which nobody gets to see.
    logging.time = types.SimpleNamespace(
        time=lambda: 0.0, time_ns=lambda: 0, strftime=time.strftime, localtime=time.gmtime, gmtime=time.gmtime
    )
    logging._startTime = 0
    _replace(time, [*names, "sleep"], *_CLOCK)

    def with_time(function, index: int):
        # Without a time, these take that of the clock.
        def timed(*args):
            if len(args) <= index or args[index] is None:
                _absent(*_CLOCK)()
            return function(*args)

        return timed

    for name in ("gmtime", "localtime", "ctime", "asctime"):
        setattr(time, name, with_time(getattr(time, name), 0))
    time.strftime = with_time(time.strftime, 1)


def _guard_randomness() -> None:
    os.urandom = random._urandom = _absent(*_RANDOMNESS)
    seed = random.Random.seed

    def seeded(self, a=None, *rest):
        if a is None:
            raise RuntimeError(f"a plugin has no {_RANDOMNESS[0]}: give `Random` a seed, or {_RANDOMNESS[1]}")
        return seed(self, a, *rest)

    random.Random.seed = seeded
    random.seed = random._inst.seed

    # What is drawn while the component is made would differ from build to build. Each call sets a seed of its own.
    def draw(function):
        def drawn(*args, **kwargs):
            if _loading:
                raise RuntimeError(
                    "a plugin has no random numbers while it is loaded: draw them in a mission or an operation"
                )
            return function(*args, **kwargs)

        return drawn

    for name in random.__all__:
        function = getattr(random, name)
        # The functions of the module are methods of one generator, some of them written in C.
        of_module = getattr(function, "__self__", None) is random._inst
        if of_module and name not in ("seed", "getstate", "setstate"):
            setattr(random, name, draw(function))
    random.seed(0)


def _guard_files() -> None:
    # While it is loaded, a plugin may read the project's files: what it makes of them goes with it.
    opened = io.open

    def reading(file, mode="r", *args, **kwargs):
        if not _loading:
            _absent(*_FILES)()
        if not set(mode) <= set("rbt"):
            raise RuntimeError("a plugin cannot write files")
        return opened(file, mode, *args, **kwargs)

    class File(io.FileIO):
        def __init__(self, file, mode="r", *args, **kwargs):
            if not _loading:
                _absent(*_FILES)()
            if not set(mode) <= set("rb"):
                raise RuntimeError("a plugin cannot write files")
            super().__init__(file, mode, *args, **kwargs)

    File.__name__ = File.__qualname__ = "FileIO"
    builtins.open = io.open = _io.open = reading
    io.FileIO = _io.FileIO = File
    # Compiled modules are not kept: that would write files.
    sys.dont_write_bytecode = True
    writing = (
        "open", "mkdir", "makedirs", "remove", "unlink", "rename", "replace", "rmdir", "removedirs", "truncate", "symlink",
        "link", "chmod", "utime",
    )  # fmt: skip
    for module in (os, posix):
        _replace(module, writing, "way to write files", "return what it makes as an output")


def _preload() -> None:
    """Imports what the standard library imports where it is first used."""
    for name in (
        "ascii", "latin_1", "iso8859_1", "iso8859_15", "cp1252", "cp437", "utf_8", "utf_8_sig", "utf_16", "utf_16_le",
        "utf_16_be", "utf_32", "utf_32_le", "utf_32_be", "idna", "punycode", "raw_unicode_escape", "unicode_escape",
        "base64_codec", "hex_codec", "rot_13", "quopri_codec", "uu_codec", "zlib_codec",
    ):  # fmt: skip
        try:
            codecs.lookup(name)
        except LookupError:
            pass
    # Where source is shown, it would be read from its file.
    linecache.updatecache = lambda *_args, **_kwargs: []
    linecache.checkcache = lambda *_args, **_kwargs: None


def _imports_of(module):
    """What a module imports, in its functions too."""
    try:
        tree = ast.parse(module.__spec__.loader.get_source(module.__name__))
    except (AttributeError, ImportError, OSError, TypeError, SyntaxError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


class _NoFiles(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        raise ImportError(
            f"`{name}` was not imported while the plugin was loaded, and there are no files now: import it at the top",
            name=name,
        )


def seal(project) -> None:
    """Ends the loading: imports what these modules import later, then takes away what would trap."""
    global _loading
    for module in list(project):
        for name in _imports_of(module):
            try:
                importlib.import_module(name)
            except Exception:
                # It fails where it is used, or is caught there: `secrets` wants randomness when it is imported.
                pass
    loaded = sys.modules.get
    for name, names, what, instead in (
        ("socket", ("socket", "create_connection", "create_server", "getaddrinfo"), "network", "put what it needs in the state"),
        ("asyncio", ("run", "new_event_loop", "Runner"), "event loop", "async is not supported"),
        ("subprocess", ("Popen", "run", "call", "check_call", "check_output"), "processes", "do it in the operation"),
        ("_thread", ("start_new_thread", "start_joinable_thread"), "threads", "do one thing after the other"),
        ("threading", ("_start_new_thread", "_start_joinable_thread"), "threads", "do one thing after the other"),
    ):
        if loaded(name) is not None:
            _replace(loaded(name), names, what, instead)
    for module in (os, posix):
        names = ("stat", "lstat", "listdir", "scandir", "getcwd", "access", "read", "write", "close", "chdir", "readlink")
        _replace(module, (*names, "walk"), *_FILES)
        _replace(module, ("_exit", "abort", "kill"), "process of its own", "raise a Failure")
    sys.meta_path[:] = [
        _NoFiles if finder is importlib.machinery.PathFinder else finder for finder in sys.meta_path
    ]
    _loading = False
    builtins.input = _absent("keyboard", "ask a person with a human step")
    sys.stdin = io.StringIO()
    sys.stdout = _Lines(log.Level.INFO)
    sys.stderr = _Lines(log.Level.WARN)
    for handler in [*logging.root.handlers, logging.lastResort]:
        if isinstance(handler, logging.StreamHandler) and isinstance(handler, logging.Handler):
            if "stream" in vars(handler):
                handler.stream = sys.stderr


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


# A pattern is compiled where it is first used: this keeps what that needs.
re.compile("[a-z]+(?=x)|(?P<y>z)*?")
_guard_clock()
_guard_randomness()
_guard_files()
_preload()
