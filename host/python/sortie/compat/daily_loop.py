"""The mission `daily_loop`: the names of `runtime.orchestration.daily_loop`."""

from __future__ import annotations

from typing import Any

from .engine import ExecutionContext, OrchestrationResult
from .registry import run_mission

__all__ = ["run_daily_loop"]


def run_daily_loop(ctx: ExecutionContext, params: dict[str, Any] | None = None) -> OrchestrationResult:
    """Plans a day."""
    return run_mission("daily_loop", ctx, params)
