"""`sortie mcp` and `/mcp`, driven by the client that the protocol's own project writes for Python.

It starts the command named by SORTIE, on a journal of its own or the engine that SORTIE_ENGINE names, and prints a line for each
thing that it tried.
"""

import asyncio
import contextlib
import json
import os
import tempfile

import httpx2
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import ElicitResult

from sortie_site import SORTIE, Site

TASKS = [
    {
        "uuid": "11111111-1111-4111-8111-111111111111",
        "description": "Write",
        "status": "pending",
        "entry": "20260101T000000Z",
    }
]
ASKING = {"params": {"today": "2026-01-08"}, "state": {"tasks": TASKS}}


def tried(what):
    print(f"ok: {what}", flush=True)


@contextlib.asynccontextmanager
async def over_http(site, user="bot", **options):
    # A busy machine takes its time, above all where an engine drives the runs.
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {user}"}, timeout=120) as http:
        async with Client(streamable_http_client(f"{site.origin}/mcp", http_client=http), **options) as client:
            yield client


@contextlib.asynccontextmanager
async def over_streams(site, **options):
    arguments = ["mcp", *site.runs, "--url", site.origin]
    parameters = StdioServerParameters(command=SORTIE, args=arguments, env=dict(os.environ))
    async with Client(parameters, **options) as client:
        yield client


async def works(connect, name):
    """Starts missions, looks at runs, looks ahead and checks."""
    async with connect() as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert {"daily_loop", "echo", "sortie_show_run", "sortie_preview", "sortie_build", "sortie_verify"} <= set(tools)
        assert "today" in json.dumps(tools["daily_loop"].input_schema)
        assert not [tool for tool in tools if any(word in tool for word in ("decide", "answer", "cancel"))]
        tried(f"{name}: each mission is a tool, and none decides")

        done = await client.call_tool("echo", {"params": {"message": "hello"}})
        assert not done.is_error and done.structured_content["status"] == "done", done
        verified = await client.call_tool("sortie_verify", {"run": done.structured_content["run"]})
        assert verified.structured_content["verified"] is True, verified
        built = await client.call_tool("sortie_build", {"mission": "echo", "params": {"message": "x"}})
        assert built.structured_content["workflow"]["steps"], built
        wrong = await client.call_tool("daily_loop", {"params": {"today": "soon"}})
        assert wrong.is_error and wrong.structured_content["error"]["code"], wrong
        tried(f"{name}: a mission runs, is built, is verified, and says what is wrong with its params")

        listed = await client.list_resources()
        uris = [str(resource.uri) for resource in listed.resources]
        uri = f"sortie://runs/{done.structured_content['run']}"
        assert uri in uris, uris
        read = await client.read_resource(uri)
        assert json.loads(read.contents[0].text)["status"] == "done"
        tried(f"{name}: runs are resources")


async def asks(site, connect, name):
    """Starts a mission that asks a person, who is not asked for anything here."""
    async with connect() as client:
        started = await client.call_tool("daily_loop", ASKING)
        told = started.structured_content
        assert told["status"] == "waiting" and told["page"] == f"{site.origin}/runs/{told['run']}", told
        assert "token" not in json.dumps(told) and "you cannot" in started.content[0].text
        ahead = await client.call_tool("sortie_preview", {"run": told["run"]})
        expected = ahead.structured_content["previews"][0]["result_hash"]
        site.decide(told["run"])
        shown = await client.call_tool("sortie_show_run", {"run": told["run"]})
        assert shown.structured_content["result_hash"] == expected, shown
        tried(f"{name}: who asks a person gets an address, and afterwards the result that was foreseen")


async def visits(site, connect, name):
    """Does the same with a client that can send its person to an address."""
    sent = []

    async def send(context, params):
        sent.append(params)
        site.decide(params.url.rsplit("/", 1)[1])
        return ElicitResult(action="accept")

    async with connect(elicitation_callback=send) as client:
        done = await client.call_tool("daily_loop", ASKING)
        assert [params.mode for params in sent] == ["url"], sent
        assert sent[0].url.startswith(f"{site.origin}/runs/") and "token" not in sent[0].url
        assert done.structured_content["status"] == "done", done
        tried(f"{name}: the person is sent to the page, and the call ends with the result")


async def cheats(site, connect, name):
    """Says that the person agreed, who has not been there."""

    async def lie(context, params):
        return ElicitResult(action="accept", content={"accept": True})

    async with connect(elicitation_callback=lie) as client:
        told = (await client.call_tool("daily_loop", ASKING)).structured_content
        assert told["status"] == "waiting", told
    run = told["run"]
    question = site.ask("bot", f"/api/v1/runs/{run}")[1]["question"]
    decision = {"step": question["step"], "value": {"accept": True}}
    assert site.ask("bot", f"/api/v1/runs/{run}/decision", decision)[0] == 403
    assert site.ask("bot", f"/api/v1/runs/{run}/cancel", {"reason": "x"})[0] == 403
    assert site.ask("bot", f"/api/v1/runs/{run}")[1]["status"] == "waiting"
    tried(f"{name}: who says that the person agreed has decided nothing")


async def is_refused(site):
    async with over_http(site, "watcher") as client:
        refused = await client.call_tool("echo", {"params": {"message": "hello"}})
        assert refused.is_error and refused.structured_content["error"]["code"] == "not_allowed", refused
    tried("who may only look starts nothing")
    for user in ("ann", "nobody"):
        try:
            async with over_http(site, user):
                raise AssertionError(f"{user} came in")
        except AssertionError:
            raise
        except BaseException as error:  # Whatever the client makes of it.
            assert "came in" not in str(error)
    tried("a token that could decide is refused, and so is none at all")


async def main():
    with tempfile.TemporaryDirectory() as folder:
        site = Site(folder)
        try:
            ways = {
                "http": lambda **options: over_http(site, **options),
                "http, before 2026": lambda **options: over_http(site, mode="legacy", **options),
                "streams": lambda **options: over_streams(site, **options),
                "streams, before 2026": lambda **options: over_streams(site, mode="legacy", **options),
            }
            for name, connect in ways.items():
                await works(connect, name)
                await asks(site, connect, name)
                if "2026" not in name:
                    await visits(site, connect, name)
                    await cheats(site, connect, name)
            await is_refused(site)
        finally:
            site.close()


asyncio.run(main())
