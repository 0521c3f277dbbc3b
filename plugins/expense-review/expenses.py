"""A table of expenses in CSV (RFC 4180), and what a policy says of its rows."""

import csv
import io
import re
from datetime import date
from decimal import Decimal

COLUMNS = ["date", "employee", "category", "amount", "receipt", "description"]
_AMOUNT = re.compile(r"\d{1,9}(\.\d{1,2})?")
_RECEIPT = {"yes": True, "no": False}


class NotATable(Exception):
    """The text is not a table of expenses."""


def read(text):
    """Reads rows, and what cannot be read as one. A row knows the line that it begins at."""
    # A table that a spreadsheet wrote may begin with a byte order mark.
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows, unreadable = [], []
    columns = None
    line = 1
    try:
        for cells in reader:
            first, line = line, reader.line_num + 1
            if not cells:
                continue
            cells = [cell.strip() for cell in cells]
            if columns is None:
                columns = [cell.lower() for cell in cells]
                missing = [column for column in COLUMNS if column not in columns]
                if missing:
                    raise NotATable(f"the first line has no column `{missing[0]}`")
                continue
            try:
                rows.append(_row(first, dict(zip(columns, cells, strict=True))))
            except ValueError as error:
                unreadable.append({"line": first, "reason": str(error)})
    except csv.Error as error:
        raise NotATable(f"line {line}: {error}") from error
    if columns is None:
        raise NotATable("the table is empty")
    return rows, unreadable


def _row(line, cells):
    if not _is_day(cells["date"]):
        raise ValueError(f"the date {cells['date']!r} is not one, such as 2026-01-08")
    if not _AMOUNT.fullmatch(cells["amount"]):
        raise ValueError(f"the amount {cells['amount']!r} is not one, such as 12.50")
    if cells["receipt"].lower() not in _RECEIPT:
        raise ValueError(f"the receipt {cells['receipt']!r} is neither yes nor no")
    if not cells["employee"]:
        raise ValueError("there is no employee")
    return {
        "line": line,
        "date": cells["date"],
        "employee": cells["employee"],
        "category": cells["category"].lower(),
        # Money is decimal: kept as text, so that no cent is lost on the way.
        "amount": money(Decimal(cells["amount"])),
        "receipt": _RECEIPT[cells["receipt"].lower()],
        "description": cells["description"],
    }


def _is_day(text):
    try:
        # Other forms of ISO 8601 are read too, but do not compare as text.
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def money(amount):
    """An amount with two places."""
    return str(amount.quantize(Decimal("0.01")))


def findings(rows, policy):
    """What the policy says against rows, in their order."""
    limits = {category: Decimal(str(limit)) for category, limit in policy["limits"].items()}
    receipt_over = Decimal(str(policy["receipt_over"]))
    seen = {}
    found = []
    for row in rows:

        def add(rule, message):
            found.append({"line": row["line"], "rule": rule, "message": message})

        amount, category = Decimal(row["amount"]), row["category"]
        if category not in limits:
            add("category", f"the policy has no category `{category}`")
        elif amount > limits[category]:
            add("limit", f"{row['amount']} is more than the {money(limits[category])} for {category}")
        if amount > receipt_over and not row["receipt"]:
            add("receipt", f"{row['amount']} needs a receipt: it is more than {money(receipt_over)}")
        if "until" in policy and row["date"] > policy["until"]:
            add("date", f"{row['date']} is after {policy['until']}")
        key = (row["date"], row["employee"], category, row["amount"])
        if key in seen:
            add("duplicate", f"it is as line {seen[key]}")
        seen.setdefault(key, row["line"])
    return found


def settle(rows, held):
    """Sums by employee and by category of the rows whose lines are not held."""
    employees, categories = {}, {}
    for row in rows:
        if row["line"] not in held:
            amount = Decimal(row["amount"])
            employees[row["employee"]] = employees.get(row["employee"], Decimal()) + amount
            categories[row["category"]] = categories.get(row["category"], Decimal()) + amount
    return {
        "employees": {name: money(amount) for name, amount in employees.items()},
        "categories": {name: money(amount) for name, amount in categories.items()},
        "total": money(sum(employees.values(), Decimal())),
        "held": sorted(held),
    }
