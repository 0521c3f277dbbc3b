"""A review of expenses: a table is read, a policy says what is wrong with it, a person decides, and it is settled.

The state has the table, as CSV text, at `/expenses/table`; what the review finds is put beside it.
"""

from expenses import NotATable, findings, read, settle
from sortie import Failure, Output, Plugin, Workflow

plugin = Plugin()

POLICY = {
    "type": "object",
    "properties": {
        "limits": {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
        "receipt_over": {"type": "number", "minimum": 0, "description": "A greater amount needs a receipt."},
        "until": {"type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$", "description": "The last day of the period."},
    },
    "required": ["limits", "receipt_over"],
    "additionalProperties": False,
}
PARAMS = {
    "type": "object",
    "properties": {"policy": POLICY, "assignees": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
    "required": ["policy"],
    "additionalProperties": False,
}
NOTHING = {"type": "object", "additionalProperties": False}
DECISION = {
    "type": "object",
    "properties": {
        "accept": {"type": "boolean", "description": "Whether what was found is accepted."},
        "hold": {"type": "array", "items": {"type": "integer"}, "description": "Lines that are held all the same."},
        "note": {"type": "string"},
    },
    "required": ["accept"],
    "additionalProperties": False,
}
EXAMPLE_POLICY = {"limits": {"meals": 40, "travel": 300}, "receipt_over": 25}
EXAMPLE_TABLE = "date,employee,category,amount,receipt,description\n2026-01-05,Ada,meals,41.50,yes,Dinner\n"
EXAMPLE_ROW = {
    "line": 2,
    "date": "2026-01-05",
    "employee": "Ada",
    "category": "meals",
    "amount": "41.50",
    "receipt": True,
    "description": "Dinner",
}


@plugin.mission(params=PARAMS, examples=[{"policy": EXAMPLE_POLICY}])
def expense_review(params):
    """Reviews a table of expenses by a policy, asks a person, and settles."""
    return (
        Workflow("expense_review")
        .step("read", "read_expenses")
        .step("check", "check_policy", {"policy": params["policy"]})
        .human(
            "decide",
            "Accept what was found?",
            context="/expenses/findings",
            schema=DECISION,
            assignees=params.get("assignees"),
        )
        .step("settle", "settle_expenses")
    )


@plugin.operation(
    payload=NOTHING,
    reads=["/expenses/table"],
    writes=["/expenses/rows", "/expenses/unreadable"],
    examples=[({}, {"expenses": {"table": EXAMPLE_TABLE}})],
)
def read_expenses(payload, call):
    """Reads the table."""
    table = call.get("/expenses/table")
    if not isinstance(table, str):
        raise Failure("no_table", "the state has no table at `/expenses/table`")
    try:
        rows, unreadable = read(table)
    except NotATable as error:
        raise Failure("no_table", str(error)) from error
    output = Output().set("/expenses/rows", rows).set("/expenses/unreadable", unreadable)
    return output.result({"rows": len(rows), "unreadable": len(unreadable)})


@plugin.operation(
    payload={"type": "object", "properties": {"policy": POLICY}, "required": ["policy"], "additionalProperties": False},
    reads=["/expenses/rows"],
    writes=["/expenses/findings"],
    examples=[({"policy": EXAMPLE_POLICY}, {"expenses": {"rows": [EXAMPLE_ROW]}})],
)
def check_policy(payload, call):
    """Tells what the policy says against the rows."""
    found = findings(call.get("/expenses/rows"), payload["policy"])
    print(f"{len(found)} findings")
    return Output().set("/expenses/findings", found).result({"findings": len(found)})


@plugin.operation(
    payload=NOTHING,
    reads=["/expenses/rows", "/expenses/findings"],
    writes=["/expenses/settlement"],
    examples=[({}, {"expenses": {"rows": [EXAMPLE_ROW], "findings": []}})],
)
def settle_expenses(payload, call):
    """Sums what is paid, by employee and by category. Where nobody decided, all that something was found in is held."""
    rows, found = call.get("/expenses/rows"), call.get("/expenses/findings")
    decision = call.decision("decide") or {"accept": False}
    lines = {row["line"] for row in rows}
    held = set(decision.get("hold", []))
    unknown = sorted(held - lines)
    if unknown:
        raise Failure("unknown_line", f"there is no expense in line {unknown[0]}", {"lines": unknown})
    if not decision["accept"]:
        held |= {finding["line"] for finding in found}
    settlement = settle(rows, held)
    if "note" in decision:
        settlement["note"] = decision["note"]
    return Output().set("/expenses/settlement", settlement).result(settlement)
