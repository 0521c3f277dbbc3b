"""What comes out, typed: dataclasses with the names that results have everywhere. `raw` is the whole, as JSON has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

Json = Any
"""A value that JSON has: None, bool, int, float, str, list, dict with str keys."""


@dataclass(frozen=True)
class MissionSpec:
    """A mission's name and its params."""

    name: str
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class WorkflowStep:
    """A step of a workflow: its kind is `runtime` or `human`."""

    id: str
    kind: str
    payload: Mapping[str, Json] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Mapping[str, Json]) -> WorkflowStep:
        """The step of its JSON."""
        return cls(value["id"], value["kind"], value.get("payload", {}))

    def to_dict(self) -> dict[str, Json]:
        """Its JSON."""
        return {"id": self.id, "kind": self.kind, "payload": dict(self.payload)}


@dataclass(frozen=True)
class WorkflowDefinition:
    """What a mission builder makes of a spec: an id, ordered steps, metadata."""

    id: str
    steps: Sequence[WorkflowStep]
    metadata: Mapping[str, Json] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Mapping[str, Json]) -> WorkflowDefinition:
        """The workflow of its JSON."""
        return cls(value["id"], tuple(WorkflowStep.of(step) for step in value["steps"]), value.get("metadata", {}))

    def to_dict(self) -> dict[str, Json]:
        """Its JSON."""
        return {"id": self.id, "steps": [step.to_dict() for step in self.steps], "metadata": dict(self.metadata)}


@dataclass(frozen=True)
class ExecutionContext:
    """What a run begins with: the state, one JSON object, and metadata."""

    initial_state: Mapping[str, Json] = field(default_factory=dict)
    metadata: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Lineage:
    """How a result came to be, step by step."""

    workflow_id: str
    executed_step_ids: Sequence[str]
    steps: Sequence[Mapping[str, Json]]


@dataclass(frozen=True)
class LogLine:
    """Something that a plugin logged."""

    step_id: str
    level: str
    message: str


@dataclass(frozen=True)
class OrchestrationResult:
    """What a finished run is."""

    id: str
    success: bool
    executed_steps: Sequence[WorkflowStep]
    final_state: Mapping[str, Json]
    outputs: Mapping[str, Json]
    decisions: Mapping[str, Json]
    verdicts: Mapping[str, Json]
    mission: Mapping[str, Json] | None
    failed_step_id: str | None
    error_code: str | None
    error_message: str | None
    error_details: Json
    lineage: Lineage
    receipt: Mapping[str, Json]
    log: Sequence[LogLine] = field(default=(), compare=False)
    bundle: Mapping[str, Json] | None = field(default=None, compare=False, repr=False)
    raw: Mapping[str, Json] = field(default_factory=dict, compare=False, repr=False)

    @property
    def result_hash(self) -> str:
        """The hash of what was done and asked: the same on any machine."""
        return str(self.receipt["result_hash"])

    @property
    def passed(self) -> bool:
        """Whether the mission succeeded, and no verdict is a no."""
        return self.success and all(verdict["passed"] for verdict in self.verdicts.values())

    @classmethod
    def of(cls, completed: Mapping[str, Json]) -> OrchestrationResult:
        """The result of `{"result", "log", "bundle"}`."""
        raw = completed["result"]
        lineage = raw["lineage"]
        return cls(
            id=raw["id"],
            success=raw["success"],
            executed_steps=tuple(WorkflowStep.of(step) for step in raw["executed_steps"]),
            final_state=raw["final_state"],
            outputs=raw["outputs"],
            decisions=raw["decisions"],
            verdicts=raw["verdicts"],
            mission=raw["mission"],
            failed_step_id=raw["failed_step_id"],
            error_code=raw["error_code"],
            error_message=raw["error_message"],
            error_details=raw["error_details"],
            lineage=Lineage(lineage["workflow_id"], tuple(lineage["executed_step_ids"]), tuple(lineage["steps"])),
            receipt=raw["receipt"],
            log=tuple(LogLine(**line) for line in completed.get("log", ())),
            bundle=completed.get("bundle"),
            raw=raw,
        )


@dataclass(frozen=True)
class Question:
    """What a person is asked: the step's payload, the part of the state it shows, and displays of earlier steps."""

    step_id: str
    description: str
    step: Mapping[str, Json]
    context: Json
    displays: Sequence[Json]

    @classmethod
    def of(cls, value: Mapping[str, Json]) -> Question:
        """The question of its JSON."""
        step = value["step"]
        return cls(step["id"], step["description"], step, value["context"], tuple(value["displays"]))


@dataclass(frozen=True)
class RunState:
    """How far a run in a journal came: it waits, and asks, or is done, and has its result."""

    run: str
    status: str
    question: Question | None
    result: OrchestrationResult | None
    token: str | None = field(default=None, repr=False)
    """What lets its bearer answer; only told by who started or resumed the run, and kept nowhere."""

    @classmethod
    def of(cls, value: Mapping[str, Json]) -> RunState:
        """The state of its JSON."""
        question, completed = value["question"], value["completed"]
        return cls(
            run=value["run"],
            status=value["status"],
            question=None if question is None else Question.of(question),
            result=None if completed is None else OrchestrationResult.of(completed),
            token=value["token"],
        )


@dataclass(frozen=True)
class RunSummary:
    """A run, as lists show it."""

    run: str
    mission: str
    status: str
    created_at: str
    updated_at: str
    step: str | None
    description: str | None
    assignees: Sequence[str] | None
    deadline: str | None


@dataclass(frozen=True)
class TestRunResult:
    """What suites came to. `raw` is what `sortie test --format json` prints."""

    __test__ = False

    passed: bool
    test_runs: Sequence[Mapping[str, Json]]
    raw: Mapping[str, Json] = field(repr=False)

    @property
    def hashes(self) -> list[str]:
        """The `test_run_hash` of each suite."""
        return [run["metadata"]["test_run_hash"] for run in self.test_runs]

    @classmethod
    def of(cls, raw: Mapping[str, Json]) -> TestRunResult:
        """The results of their JSON."""
        return cls(raw["passed"], tuple(raw.get("test_runs", (raw,))), raw)
