"""Made by `sortie plugin build`: the component's exports."""

import json
import random
import sys

import sortie_guard
from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import log, types

from sortie import SDK, Call, Plugin, to_json, what_happened

{{missions}}import {{module}} as _module

plugin = getattr(_module, "plugin", None)
if not isinstance(plugin, Plugin):
    raise TypeError("`{{module}}.py` has to say `plugin = Plugin()`")
IDENTITY = json.loads({{identity}})
# What is printed while the component is made is not the log's. From here on there are no files: the project's modules
# have all that they import.
sortie_guard.seal(
    module for module in list(sys.modules.values()) if not (getattr(module, "__file__", None) or "/python/").startswith("/python/")
)


def _failure(error):
    """The interface's failure for any exception."""
    failure = what_happened(error)
    try:
        details = None if failure.details is None else to_json(failure.details, "the failure's details")
    except BaseException as worse:
        failure, details = what_happened(worse), None
    return types.Failure(failure.code, failure.message, details)


def _regions(regions):
    return [
        types.Region_State(region) if isinstance(region, str) else types.Region_Payload(region["payload"])
        for region in regions
    ]


def _change(index, change):
    op, path = change["op"], change.get("path", "")
    if op in ("add", "replace", "test"):
        value = to_json(change.get("value"), f"the value of change {index + 1} (`{path}`)")
        located = types.LocatedValue(path, value)
        return {"add": types.Change_Add, "replace": types.Change_Replace, "test": types.Change_Test}[op](located)
    if op in ("move", "copy"):
        relocation = types.Relocation(change["from"], path)
        return types.Change_Move(relocation) if op == "move" else types.Change_Copy(relocation)
    if op == "remove":
        return types.Change_Remove(path)
    raise ValueError(f"change {index + 1} has the op `{op}`, which RFC 6902 has not")


def _block(block):
    ((kind, value),) = block.items()
    if kind == "fields":
        return types.Block_Fields([types.Field(field["name"], field["value"]) for field in value])
    if kind == "table":
        columns = [types.Column(column["title"], getattr(types.Align, column["align"].upper())) for column in value["columns"]]
        return types.Block_Table(types.Table(columns, value["rows"]))
    if kind == "code":
        return types.Block_Code(types.Code(value["language"], value["text"]))
    return {"heading": types.Block_Heading, "text": types.Block_Text, "list": types.Block_List}[kind](value)


def _manifest():
    missions = [
        types.MissionInfo(
            mission.name,
            mission.description,
            to_json(mission.params, f"the schema of `{mission.name}`"),
            [to_json(example, f"an example of `{mission.name}`") for example in mission.examples],
        )
        for mission in plugin._missions.values()
    ]
    operations = [
        types.OperationInfo(
            operation.name,
            operation.description,
            to_json(operation.payload, f"the schema of `{operation.name}`"),
            _regions(operation.reads),
            _regions(operation.writes),
            [
                types.OperationExample(
                    to_json(payload, f"an example of `{operation.name}`"),
                    to_json(state, f"an example of `{operation.name}`"),
                )
                for payload, state in operation.examples
            ],
        )
        for operation in plugin._operations.values()
    ]
    return types.Manifest(
        IDENTITY["name"], IDENTITY["version"], SDK, IDENTITY["description"], missions, operations
    )


class Mission(exports.Mission):
    def describe(self):
        try:
            return _manifest()
        except BaseException as error:
            # The interface returns no failure here.
            log.abort(_failure(error))

    def build(self, mission, params):
        try:
            random.seed(0)
            workflow = plugin._built(mission, json.loads(params))
            steps = [
                types.Step(step.id, step.kind, to_json(step.payload, f"the payload of step `{step.id}`"))
                for step in workflow.steps
            ]
            return types.Workflow(workflow.id, steps, to_json(workflow.metadata, "the workflow's metadata"))
        except BaseException as error:
            raise Err(_failure(error)) from None

    def execute(self, input):
        try:
            call = Call(
                input.step_id,
                json.loads(input.state),
                json.loads(input.decisions),
                json.loads(input.metadata),
                input.seed,
            )
            random.seed(input.seed)
            output = plugin._executed(input.operation, json.loads(input.payload), call)
            changes = [_change(index, change) for index, change in enumerate(output.changes)]
            returned = None if output.output is None else to_json(output.output, "the output")
            verdict = output.verdict and types.Verdict(output.verdict["passed"], output.verdict["summary"])
            return types.OperationOutput(changes, returned, [_block(block) for block in output.display], verdict)
        except BaseException as error:
            raise Err(_failure(error)) from None
