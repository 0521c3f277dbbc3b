"""The native part: JSON as text in and out."""

from typing import Any, Callable

__version__: str

class Host:
    def __new__(cls, plugins: list[str], cache: bool) -> Host: ...
    def register(self, bytes: bytes, origin: str) -> None: ...
    def unregister(self, name: str) -> None: ...
    def plugins(self) -> str: ...
    def build(self, mission: str, params: str) -> str: ...
    def run_mission(
        self,
        mission: str,
        params: str,
        state: str,
        metadata: str,
        mode: str,
        answers: str,
        ask: Callable[[str], str | None] | None,
        bundle: bool,
    ) -> str: ...
    def exec(
        self,
        workflow: str,
        state: str,
        metadata: str,
        mode: str,
        answers: str,
        ask: Callable[[str], str | None] | None,
        bundle: bool,
    ) -> str: ...
    def run_suites(self, paths: list[Any], text: str | None, filter: str | None, jobs: int | None, strict: bool) -> str: ...

class Runs:
    def __new__(cls, host: Host, path: Any | None) -> Runs: ...
    def start(self, mission: str, params: str, state: str, metadata: str, answers_at_hand: str) -> str: ...
    def answer(
        self,
        run: str,
        value: str,
        actor: str,
        step: str | None = None,
        token: str | None = None,
        comment: str | None = None,
    ) -> str: ...
    def decide(
        self,
        run: str,
        value: str,
        actor: str,
        step: str | None = None,
        token: str | None = None,
        comment: str | None = None,
    ) -> str: ...
    def resume(self, run: str) -> str: ...
    def cancel(self, run: str, reason: str, actor: str) -> str: ...
    def list(self, all: bool) -> str: ...
    def show(self, run: str) -> str: ...

def verify(bundle: str) -> str | None: ...
def hash(value: str) -> str: ...
