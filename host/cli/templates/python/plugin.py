"""A Sortie plugin that greets."""

from sortie import Failure, Output, Plugin, Workflow

plugin = Plugin()

GREETING = {
    "type": "object",
    "properties": {"name": {"type": "string"}},
    "required": ["name"],
    "additionalProperties": False,
}


@plugin.mission(params=GREETING, examples=[{"name": "Ada"}])
def hello(params):
    """Greets somebody."""
    return Workflow("hello").step("greet", "greet", params)


@plugin.operation(payload=GREETING, writes=["/greeting"], examples=[({"name": "Ada"}, {})])
def greet(payload):
    """Writes a greeting into the state."""
    name = payload["name"].strip()
    if not name:
        raise Failure("nobody", "there is nobody to greet")
    return Output().set("/greeting", f"Hello, {name}!")
