#!/usr/bin/env python3
"""Races on decisions, over the pages and the interface for programs of `sortie serve`, with nothing but Python's own library.

    races.py [--rounds 1000] [--lanes 4] [--near SECONDS] [--seed N]

In each round a run asks, and two people answer at the same moment: one clicks twice, or they differ, or the deadline passes just
then. One answer stands, or none where the wait expired; whoever else answered is told what stands, in words, and never gets an error
of the server's or an empty page. Then the run ends as it was decided, once.

The runs are in a file of their own, or where `--journal URL` or `--engine URL` says. The command is the one that SORTIE names. It ends
with 1 where something else happened.
"""

import argparse
import collections
import datetime
import json
import random
import sys
import tempfile
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from load import Client, Server

PEOPLE = ("ann", "ben")
# How long a run may take to end once it is decided or has expired.
PATIENCE = 120
# How long after a deadline an answer comes at most, in seconds.
LATE = 0.06


class Answer:
    """What somebody who answered was told."""

    def __init__(self, who, value, way, status, code, words):
        self.who, self.value, self.way, self.status, self.code, self.words = who, value, way, status, code, words

    def __str__(self):
        return f"{self.who} answers {self.value} on the {self.way}: {self.status} {self.code}"


def start(client, expires):
    ask = {"description": "Go on?", "choices": ["yes", "no"]}
    if expires:
        ask["expires"] = expires
    steps = [
        {"id": "ask", "kind": "human", "payload": ask},
        {"id": "after", "kind": "runtime", "payload": {"operation": "core/set", "path": "/done", "value": True}},
    ]
    request = {"mission": "core/workflow", "params": {"id": "race", "steps": steps}}
    status, run = client.json("POST", "/api/v1/runs", request)
    assert status in (200, 201), run
    return run


def answer(client, way, run, value):
    """Answers on the page or the interface, and gives what came of it."""
    if way == "page":
        body = urllib.parse.urlencode({"step": "ask", "answer": json.dumps(value)})
        kind = "application/x-www-form-urlencoded"
        response, text = client.send("POST", f"/runs/{run}/decide", kind, body)
        code, words = "page", text.decode()
        if response.status == 303:
            there = response.headers["location"]
            code = urllib.parse.parse_qs(urllib.parse.urlsplit(there).query)["notice"][0]
            shown, text = client.send("GET", there, "text/plain", None)
            words = text.decode() if shown.status == 200 else ""
    else:
        body = json.dumps({"step": "ask", "value": value})
        response, text = client.send("POST", f"/api/v1/runs/{run}/decision", "application/json", body)
        told = json.loads(text)
        code, words = told["code"], told.get("detail", "")
    return Answer(client.user, value, way, response.status, code, words)


def at_once(clients, plans, run, moment):
    """All answer, at that moment or as soon as all are there."""
    together = threading.Barrier(len(plans))

    def one(place):
        way, value, late = plans[place]
        # The server hangs up on who was silent for long.
        clients[place].connection.close()
        clients[place].connection.connect()
        together.wait()
        if moment:
            time.sleep(max(0, moment + late - time.time()))
        return answer(clients[place], way, run, value)

    with ThreadPoolExecutor(len(plans)) as pool:
        return list(pool.map(one, range(len(plans))))


def is_told(told, stands):
    """Whether somebody was told what stands: their own decision, the same one, another one and whose, or that it was too late."""
    if (told.status, told.code) in ((303, "decided"), (200, "decided"), (303, "already_decided"), (200, "already_decided")):
        # The page to which they are led says so.
        return told.way != "page" or "decision" in told.words
    if told.status != 409 or told.code not in ("page", "conflict", "expired"):
        return False
    return "expired" in told.words if stands is None else f"made by {stands}" in told.words


def faults(client, run, answers):
    """What is wrong after a round."""
    until = time.monotonic() + PATIENCE
    while True:
        status, shown = client.json("GET", f"/api/v1/runs/{run}")
        if status != 200 or shown["status"] in ("done", "failed") or time.monotonic() > until:
            break
        time.sleep(0.05)
    if status != 200 or shown["status"] not in ("done", "failed"):
        return [f"the run does not end: {shown}"]
    kinds = [event["kind"] for event in shown["events"]]
    decided = [told for told in answers if told.code == "decided"]
    wrong = []
    if kinds.count("decided") + kinds.count("expired") != 1 or kinds.count("finished") != 1:
        wrong.append(f"events: {kinds}")
    if len(decided) != kinds.count("decided"):
        wrong.append(f"{len(decided)} were told that theirs is the decision")
    stands = decided[0] if decided else None
    if shown["status"] != ("done" if stands else "failed"):
        wrong.append(f"the run is {shown['status']}")
    if stands and shown["result"]["decisions"]["ask"]["value"] != stands.value:
        wrong.append(f"the result has {shown['result']['decisions']}")
    for told in answers:
        if told.code == "already_decided" and told.value != stands.value:
            wrong.append(f"{told} is another answer than the one that stands")
        if not is_told(told, stands and stands.who):
            wrong.append(f"{told}: {told.words[:3000]}")
    return wrong


def lane(server, rounds, near, chance, counts, found):
    """Rounds, one after the other."""
    clients = {name: [Client(server.address, name) for _ in range(2)] for name in PEOPLE}
    ann, ben = clients["ann"], clients["ben"]
    for _ in range(rounds):
        kind = chance.choice(["clicks twice", "differ", "agree", "at the deadline"])
        ways = [chance.choice(["page", "interface"]) for _ in range(2)]
        run = start(ann[0], "1s" if kind == "at the deadline" else None)
        moment = None
        if kind == "at the deadline":
            moment = datetime.datetime.fromisoformat(run["wait"]["deadline"].replace("Z", "+00:00")).timestamp()
        values = ["yes", "yes"] if kind in ("clicks twice", "agree") else ["yes", "no"]
        plans = [(way, value, chance.uniform(-near, LATE)) for way, value in zip(ways, values)]
        who = ann if kind == "clicks twice" else [ann[0], ben[0]]
        answers = at_once(who, plans, run["run"], moment)
        wrong = faults(ann[0], run["run"], answers)
        for told in answers:
            counts[kind, told.way, told.status, told.code] += 1
        found.extend(f"{kind}, run {run['run']}: {fault}" for fault in wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--lanes", type=int, default=4)
    # An engine that takes long is to be asked so long before.
    parser.add_argument("--near", type=float, default=0.06, help="how long before a deadline an answer comes at most, in seconds")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--journal")
    parser.add_argument("--engine")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    counts, found = collections.Counter(), []
    with tempfile.TemporaryDirectory(prefix="sortie-races-") as folder:
        server = Server(folder, options, people=PEOPLE)
        try:
            shares = [options.rounds // options.lanes + (place < options.rounds % options.lanes) for place in range(options.lanes)]
            with ThreadPoolExecutor(options.lanes) as pool:
                chances = [random.Random(options.seed + place) for place in range(options.lanes)]
                one = lambda place: lane(server, shares[place], options.near, chances[place], counts, found)
                list(pool.map(one, range(options.lanes)))
        finally:
            server.stop()
    for (kind, way, status, code), count in sorted(counts.items()):
        print(f"{kind:<16} {way:<10} {status} {code:<16} {count:>6}")
    print(f"{options.rounds} rounds, {len(found)} faults")
    for fault in found[:20]:
        print(f"  {fault}")
    sys.exit(1 if found else 0)


main()
