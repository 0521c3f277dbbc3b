"""What an author gets wrong, and what an author would like to have."""

import logging
import os
import threading
import warnings
from datetime import date, datetime

from sortie import Failure, Output, Plugin, Workflow

plugin = Plugin()


@plugin.mission()
def hello(params):
    """Builds one step."""
    return Workflow("hello").step("greet", "greet", params)


@plugin.operation()
def greet(payload):
    """Does what its name says."""
    match payload["name"]:
        case "strptime":
            return Output().result(datetime.strptime("8 Jan 2026", "%d %b %Y").date().isoformat())
        case "encode":
            return Output().result("€".encode("cp1252").decode("cp1252"))
        case "warn":
            warnings.warn("careful")
            return Output().result("warned")
        case "logging":
            logging.getLogger("greeter").warning("careful")
            return Output().result("logged")
        case "lazy":
            from fractions import Fraction

            return Output().result(str(Fraction(1, 3)))
        case "set":
            return Output().result(str(len({"a", "b", "c"})))
        case "now":
            datetime.now()
        case "today":
            date.today()
        case "open":
            open("somewhere")
        case "stat":
            os.path.getsize("somewhere")
        case "thread":
            threading.Thread(target=print).start()
        case "urandom":
            os.urandom(8)
        case "nan":
            return Output().result({"ratio": float("nan")})
        case "code":
            raise Failure(42, "no")
        case _:
            return {"name": payload["name"]}
