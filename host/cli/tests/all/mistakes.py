"""What an author gets wrong, and what an author would like to have."""

import asyncio
import http.client
import logging
import os
import random
import socket
import subprocess
import threading
import time
import urllib.request
import warnings
from datetime import date, datetime, timedelta

from sortie import Failure, Output, Plugin, Workflow

plugin = Plugin()


async def later():
    """Is never waited for."""


def endless(n):
    """Has no end."""
    return 1 + endless(n + 1)


@plugin.mission()
def hello(params):
    """Builds one step."""
    return Workflow("hello").step("greet", "greet", params)


@plugin.mission()
def asked(params):
    """Asks before it does so."""
    return Workflow("asked").human("ask", "Go on?").step("greet", "greet", params)


@plugin.operation(writes=["/due"])
def greet(payload, call):
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
        case "socket":
            socket.create_connection(("localhost", 80))
        case "http":
            http.client.HTTPConnection("localhost").request("GET", "/")
        case "urllib":
            urllib.request.urlopen("http://localhost/")
        case "asyncio":
            asyncio.run(later())
        case "sleep":
            time.sleep(1)
        case "subprocess":
            subprocess.run(["true"])
        case "urandom":
            os.urandom(8)
        case "loop":
            print("it begins")
            while True:
                pass
        case "recursion":
            return Output().result(endless(1))
        case "nested":
            value = ()
            for _ in range(100_000):
                value = (value,)
            # Within the interpreter, where no limit of Python's counts.
            return Output().result(hash(value))
        case "nan":
            return Output().result({"ratio": float("nan")})
        case "input":
            return Output().result(input())
        case "surrogate":
            return Output().result(["\ud800"])
        case "unread":
            return Output().result(call.get("/people", "nobody"))
        case "written":
            # It may change it, which does not say that it is given what is there.
            return Output().result(call.get("/due"))
        case "slash":
            return Output().result(call.get("people"))
        case "unwritten":
            return Output().set("/people", 1)
        case "seed":
            random.seed()
        case "exit":
            os._exit(1)
        case "assert":
            assert payload["name"] == "Ada"
        case "cells":
            return Output().table(["name"], [{"name": "Ada"}])
        case "none":
            return Output().set(None, 1)
        case "elapsed":
            return Output().result([timedelta(days=1)])
        case "generator":
            return Output().result(name for name in ["Ada"])
        case "details":
            raise Failure("not_found", "no", {"names": {"Ada"}})
        case "secrets":
            import secrets

            return Output().result(secrets.token_hex())
        case "code":
            raise Failure(42, "no")
        case _:
            return {"name": payload["name"]}
