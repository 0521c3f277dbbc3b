"""What can go wrong: an exception with a code, a sentence, and what to do. The codes are those of the command."""

from __future__ import annotations


class SortieError(Exception):
    """Anything that Sortie rejects. `code` is for programs and stays, the message is for people, `help` says what to do."""

    def __init__(self, code: str, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help

    def __str__(self) -> str:
        return f"{self.message} ({self.code})" if self.help is None else f"{self.message} ({self.code}): {self.help}"

    def __reduce__(self) -> tuple[type[SortieError], tuple[str, str, str | None]]:
        return type(self), (self.code, self.message, self.help)


class InputRejected(SortieError):
    """Params, a state, a workflow, a suite or an answer that cannot be taken."""


class UnknownName(InputRejected):
    """There is no mission, operation, plugin or run of a name."""


class PluginRejected(SortieError):
    """A file is no plugin, or none that can be registered here."""


class MissionWaits(SortieError):
    """A human step has no answer: give one with `answers` or `ask`, pass it with `humans="mark"`, or let the run wait in a
    journal (`Host.runs`)."""


class BuildFailed(SortieError):
    """A mission's builder failed."""


class AnswerRejected(InputRejected):
    """An answer that a run does not take."""


class HostFault(SortieError):
    """The host failed, and it is nobody's doing: no memory, a full disk, a watchdog. There is no result."""


_NAMES = ("unknown_mission", "unknown_operation", "unknown_plugin", "unknown_run", "ambiguous_name")
_ANSWERS = (
    "already_decided", "conflict", "unknown_wait", "expired", "cancelled", "not_assignee", "schema_mismatch", "wrong_token",
    "decision_refused", "already_ended",
)  # fmt: skip
_KINDS: dict[str, type[SortieError]] = {
    "failed": BuildFailed,
    "rejected": InputRejected,
    "usage": InputRejected,
    "waiting": MissionWaits,
    "plugin_rejected": PluginRejected,
    "host_fault": HostFault,
}
"""By what the command's exit code would be."""


def error_of(code: str, kind: str, message: str, help: str | None) -> SortieError:
    """The exception for a code, and for what kind of error that is."""
    if code in _NAMES:
        return UnknownName(code, message, help)
    if code in _ANSWERS:
        return AnswerRejected(code, message, help)
    return _KINDS.get(kind, SortieError)(code, message, help)
