"""A `sortie serve` of its own, with users whose tokens are their names. Its runs are in a journal of its own, or on the engine that
SORTIE_ENGINE names."""

import contextlib
import hashlib
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

SORTIE = os.environ.get("SORTIE", "sortie")
ENGINE = os.environ.get("SORTIE_ENGINE")
# How long a run may take that an engine drives.
PATIENCE = 60
ROLES = {"bot": "start", "watcher": "view", "ann": "decide"}


class Site:
    """A server of its own, with the users of ROLES: the token of each is the name."""

    def __init__(self, folder):
        # What tells the command where the runs are.
        self.runs = ["--engine", ENGINE] if ENGINE else ["--journal", str(Path(folder) / "journal.sqlite")]
        users = Path(folder) / "users.json"
        hashed = {name: hashlib.sha256(name.encode()).hexdigest() for name in ROLES}
        users.write_text(json.dumps({name: {"role": ROLES[name], "token_sha256": hashed[name]} for name in ROLES}))
        self.child = subprocess.Popen(
            [SORTIE, "--format", "json", "serve", "--listen", "127.0.0.1:0", *self.runs, "--users", users],
            stdout=subprocess.PIPE,
            text=True,
        )
        text = ""
        for line in self.child.stdout:
            text += line
            with contextlib.suppress(json.JSONDecodeError):
                self.origin = f"http://{json.loads(text)['address']}"
                break

    def close(self):
        self.child.terminate()
        self.child.wait(30)
        self.child.stdout.close()

    def ask(self, user, path, body=None):
        """Asks the interface for programs; gives the status and the answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.origin + path, data, {"Authorization": f"Bearer {user}"})
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def decide(self, run):
        """Decides as a person does."""
        step = self.ask("ann", f"/api/v1/runs/{run}")[1]["question"]["step"]
        status, answer = self.ask("ann", f"/api/v1/runs/{run}/decision", {"step": step, "value": {"accept": True}})
        assert (status, answer["code"]) == (200, "decided"), answer
        # An engine drives the run when it comes to it.
        until = time.monotonic() + PATIENCE
        while self.ask("ann", f"/api/v1/runs/{run}")[1]["status"] != "done":
            assert time.monotonic() < until, f"{run} does not end"
            time.sleep(0.05)
