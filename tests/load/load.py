#!/usr/bin/env python3
"""Puts load on `sortie serve`, with nothing but Python's own library.

    load.py decisions [--runs 1000] [--clients 16]    waiting runs are decided as fast as it goes: rate, p50, p99
    load.py page [--runs 20000]                       the inbox with so many waiting: p50, p99
    load.py kills [--kills 200] [--seed N]            the server is killed at random moments under load, and nothing of
                                                      what it acknowledged may be lost or be there twice; a receiver
                                                      is told of all of it, soon and in order

The runs are in a file of their own, or where `--journal URL` or `--engine URL` says, so that one load compares a file, a database and
a Restate.

The command is the one that SORTIE names. It ends with 1 where something is lost or doubled, or is slower than what
`--at-least` (decisions a second) or `--at-most` (milliseconds at p99) allow.
"""

import argparse
import base64
import contextlib
import hashlib
import http.client
import http.server
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SORTIE = os.environ.get("SORTIE", "sortie")
TASKS = [
    {"uuid": "11111111-1111-4111-8111-111111111111", "description": "Write", "status": "pending",
     "entry": "20260101T000000Z"}
]
START = {"mission": "daily_loop", "params": {"today": "2026-01-08"}, "state": {"tasks": TASKS}}
ANSWER = {"accept": True}


class Gone(Exception):
    """The server did not answer: whether it did what was asked is not known."""


class Receiver:
    """A webhook that keeps what it is told: the run and the number of the event, in the order in which it comes."""

    def __init__(self):
        told = self.told = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                run, number = self.headers["webhook-id"].rsplit(".", 1)
                told.append((run, int(number)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # Who is killed while it tells hangs up.
        server.handle_error = lambda *_: None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{server.server_port}/"

    def faults(self, runs):
        """What of these runs was told in another order than it happened, and what was never told."""
        first = {}
        for place, event in enumerate(self.told):
            first.setdefault(event, place)
        numbers = {}
        for run, number in first:
            numbers.setdefault(run, []).append(number)
        mixed = [run for run, told in numbers.items() if told != sorted(told)]
        return mixed, [run for run in runs if len(numbers.get(run, [])) < 3]


class Server:
    """A server on a journal, which can be killed and begun again."""

    def __init__(self, folder, options, receiver=None, people=("load",)):
        self.folder = Path(folder)
        self.receiver = receiver
        users = self.folder / "users.json"
        # The token of each is the name.
        hashed = {name: hashlib.sha256(name.encode()).hexdigest() for name in people}
        self.runs = ["--engine", options.engine] if options.engine else [
            "--journal", options.journal or self.folder / "journal.sqlite"]
        users.write_text(json.dumps({name: {"role": "admin", "token_sha256": hashed[name]} for name in people}))
        self.begin()

    def begin(self):
        command = [SORTIE, "--format", "json", "serve", "--listen", "127.0.0.1:0", *self.runs,
                   "--users", self.folder / "users.json", "--no-rate-limits"]
        if self.receiver:
            command += ["--webhook", self.receiver.url]
        secret = "whsec_" + base64.b64encode(b"load" * 8).decode()
        environment = {**os.environ, "SORTIE_WEBHOOK_SECRET": secret}
        self.child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        text = ""
        for line in self.child.stdout:
            text += line
            with contextlib.suppress(json.JSONDecodeError):
                self.address = json.loads(text)["address"]
                return
        raise SystemExit(f"the server did not begin: {text}")

    def cpu(self):
        """The seconds that the server has worked; nothing where the system does not tell."""
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{self.child.pid}/stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self):
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()

    def stop(self):
        self.child.terminate()
        self.child.wait(60)
        self.child.stdout.close()


class Client:
    """A connection that is kept."""

    def __init__(self, address, user="load"):
        self.user = user
        self.connection = http.client.HTTPConnection(address, timeout=60)

    def ask(self, method, path, body=None):
        response, text = self.send(method, path, "application/json", None if body is None else json.dumps(body))
        return response.status, text

    def send(self, method, path, kind, body):
        """Gives the head of the answer, and its body."""
        headers = {"Authorization": f"Bearer {self.user}", "Content-Type": kind}
        try:
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
            return response, response.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            raise Gone(str(error)) from error

    def json(self, method, path, body=None):
        """Asks until the server has time."""
        while True:
            status, text = self.ask(method, path, body)
            if status != 503:
                return status, json.loads(text)
            time.sleep(0.05)


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


def start(client, name=None):
    status, run = client.json("POST", "/api/v1/runs", {**START, **({"run": name} if name else {})})
    assert status in (200, 201), run
    return run["run"], run["wait"]["step"]


def decide(client, run, step):
    return client.json("POST", f"/api/v1/runs/{run}/decision", {"step": step, "value": ANSWER})


def started(server, count, clients):
    """Starts that many runs; gives them with their steps."""
    def some(share):
        client = Client(server.address)
        return [start(client) for _ in range(share)]

    shares = [count // clients + (index < count % clients) for index in range(clients)]
    with ThreadPoolExecutor(clients) as pool:
        return [run for runs in pool.map(some, shares) for run in runs]


def decisions(options, folder):
    server = Server(folder, options)
    runs = started(server, options.runs, options.clients)
    print(f"{len(runs)} runs wait", flush=True)
    taken, lock = [], threading.Lock()

    def some(index):
        client = Client(server.address)
        for run, step in runs[index :: options.clients]:
            began = time.perf_counter()
            status, answer = decide(client, run, step)
            took = time.perf_counter() - began
            assert (status, answer["code"], answer["run"]["status"]) == (200, "decided", "done"), answer
            with lock:
                taken.append(took)

    worked = server.cpu()
    began = time.perf_counter()
    with ThreadPoolExecutor(options.clients) as pool:
        list(pool.map(some, range(options.clients)))
    rate = len(taken) / (time.perf_counter() - began)
    if worked is not None:
        print(f"{(server.cpu() - worked) * 1000 / len(taken):.1f} ms of work of the server's for each")
    server.stop()
    p99 = percentile(taken, 0.99)
    print(f"{len(taken)} decisions, {rate:.0f} a second, p50 {percentile(taken, 0.5):.1f} ms, p99 {p99:.1f} ms")
    return rate >= options.at_least and p99 <= options.at_most


def page(options, folder):
    server = Server(folder, options)
    began = time.perf_counter()
    started(server, options.runs, options.clients)
    print(f"{options.runs} runs were started in {time.perf_counter() - began:.0f} s", flush=True)
    client, worst = Client(server.address), 0
    for path in ("/", "/?sort=due", "/runs", "/api/v1/runs?status=waiting", "/metrics"):
        taken = []
        for _ in range(100):
            began = time.perf_counter()
            status, _ = client.ask("GET", path)
            taken.append(time.perf_counter() - began)
            assert status == 200, status
        worst = max(worst, percentile(taken, 0.99))
        print(f"{path}: p50 {percentile(taken, 0.5):.1f} ms, p99 {percentile(taken, 0.99):.1f} ms")
    server.stop()
    return worst <= options.at_most


def kills(options, folder):
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)
    # What happens on a Restate is told by nobody here.
    receiver = None if options.engine else Receiver()
    server, known, decided, lock = Server(folder, options, receiver), {}, set(), threading.Lock()
    # A receiver is told of what happens from the first look on.
    time.sleep(1)
    for number in range(options.kills):
        stop = threading.Event()

        def work(index, number=number, stop=stop):
            """Starts and decides runs under names of its own until the server is gone."""
            client, count = Client(server.address), 0
            with contextlib.suppress(Gone):
                while not stop.is_set():
                    name = f"k{number}-{index}-{count}"
                    count += 1
                    run, step = start(client, name)
                    with lock:
                        known[run] = step
                    status, answer = decide(client, run, step)
                    assert status == 200, answer
                    with lock:
                        decided.add(run)

        threads = [threading.Thread(target=work, args=(index,)) for index in range(options.clients)]
        for thread in threads:
            thread.start()
        time.sleep(chance.uniform(0.02, 0.6))
        server.kill()
        stop.set()
        for thread in threads:
            thread.join()
        server.begin()
    print(f"{options.kills} kills, {len(known)} runs and {len(decided)} decisions were acknowledged", flush=True)
    lost, doubled = check(server, known, decided)
    # Who tells is found gone at once: none of its right to, two minutes long, is waited for.
    until = time.monotonic() + 60
    while receiver and receiver.faults(decided)[1] and time.monotonic() < until:
        time.sleep(0.1)
    server.stop()
    mixed, untold = receiver.faults(decided) if receiver else ([], [])
    again = len(receiver.told) - len(set(receiver.told)) if receiver else 0
    print(f"lost {len(lost)}, doubled {len(doubled)}; told in another order {len(mixed)}, not told {len(untold)}, "
          f"told again {again}")
    for run in [*lost, *doubled, *mixed, *untold][:10]:
        print(f"  {run}")
    # A message is sent again where its delivery was not written down: that is one change of a run for each kill.
    return not (lost or doubled or mixed or untold) and again <= 3 * options.kills


def check(server, known, decided):
    """What was acknowledged and is not there, and what is there twice."""
    client, lost, doubled = Client(server.address), [], []
    for run, step in known.items():
        until = time.monotonic() + 60
        while True:
            status, shown = client.json("GET", f"/api/v1/runs/{run}")
            # A worker follows what was decided before the server was gone.
            if status != 200 or shown["status"] not in ("decided", "running") or time.monotonic() > until:
                break
            time.sleep(0.1)
        kinds = [event["kind"] for event in shown.get("events", [])]
        if status != 200 or (run in decided and shown["status"] != "done"):
            lost.append(run)
        elif any(kinds.count(kind) > 1 for kind in ("started", "asked", "decided", "finished")):
            doubled.append(run)
    return lost, doubled


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["decisions", "page", "kills"])
    parser.add_argument("--runs", type=int)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--journal")
    parser.add_argument("--engine")
    parser.add_argument("--at-least", type=float, default=0)
    parser.add_argument("--at-most", type=float, default=float("inf"))
    options = parser.parse_args()
    options.runs = options.runs or {"decisions": 1000, "page": 20000}.get(options.what, 0)
    with tempfile.TemporaryDirectory(prefix="sortie-load-") as folder:
        passed = {"decisions": decisions, "page": page, "kills": kills}[options.what](options, folder)
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
