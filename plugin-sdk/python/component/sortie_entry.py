"""Made by `sortie plugin build`: the component's exports."""

import json
import random
import sys
import traceback

import sortie_guard
from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import log, types

from sortie import SDK, Call, Plugin, to_json, what_happened

# The folder of the project, as the sandbox has it.
PROJECT = "/0/"
# How many lines of a stack are told, the last of them.
FRAMES = 8


class Refused(Exception):
    """Why the plugin does not load. What `sortie plugin build` shows to its author stands between two of its marks."""

    def __init__(self, why):
        super().__init__(f"{why}\x1e")

    def __str__(self):
        return f"\x1e{super().__str__()}"


def _why(error):
    """What was raised while the author's module was loaded, with the author's lines alone, and what to do about it."""
    said = "".join(traceback.format_exception_only(error)).strip().replace(PROJECT, "")
    frames = [
        (frame.filename.removeprefix(PROJECT), frame.lineno, frame.name)
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(PROJECT) and frame.filename != f"{PROJECT}sortie.py"
    ]
    lines = [f'  File "{file}", line {line}, in {name}' for file, line, name in frames[-FRAMES:]]
    if isinstance(error, SyntaxError):
        # It is told with its own place.
        lines, place = [], f"{(error.filename or '').removeprefix(PROJECT)}:{error.lineno}: "
    else:
        place = "{}:{}: ".format(*frames[-1]) if frames else ""
        # A name of a module tells an author nothing of the SDK's own exceptions.
        said = said.removeprefix("sortie.Mistake: ")
    if isinstance(error, ModuleNotFoundError):
        lines.append("if it is a package, name it in requirements.txt, and type: .venv/bin/pip install -r requirements.txt")
    elif isinstance(error, ImportError) and not (error.path or "").startswith(PROJECT):
        lines.append("a plugin can have packages without native code, and the part of the standard library that needs no world")
    return "\n".join([place + said, *lines])


{{missions}}try:
    import {{module}} as _module
except BaseException as error:
    raise Refused(_why(error)) from None

plugin = getattr(_module, "plugin", None)
if not isinstance(plugin, Plugin):
    raise Refused("`{{module}}.py` has to say `plugin = Plugin()`")
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
