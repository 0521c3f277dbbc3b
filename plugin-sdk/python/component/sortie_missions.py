"""Running missions through the interface: a part of plugins that may."""

import json

import sortie
from componentize_py_types import Err
from wit_world.imports import missions


def _run(request):
    asked = missions.Request(
        request["mission"],
        json.dumps(request["params"]),
        json.dumps(request["state"]),
        json.dumps(request["metadata"]),
        json.dumps(request["answers"]),
    )
    try:
        return json.loads(missions.run(asked))
    except Err as error:
        failure = error.value
        details = None if failure.details is None else json.loads(failure.details)
        raise sortie.Failure(failure.code, failure.message, details) from None


sortie._runner = _run
