#!/usr/bin/env python3
"""Runs the protocol's own conformance suite against `/mcp`: those of its scenarios that need no tools of its own.

    npm install --prefix tests/mcp --no-package-lock @modelcontextprotocol/conformance@0.1.10
    SORTIE=target/debug/sortie tests/mcp/conformance.py

The suite sends no token, so a relay on this machine adds one.
"""

import http.client
import http.server
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from sortie_site import Site

SCENARIOS = ["server-initialize", "ping", "tools-list", "resources-list"]
SUITE = Path(__file__).parent / "node_modules/.bin/conformance"


def relay(address):
    """Passes requests on to a server, with the token of `bot`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            connection = http.client.HTTPConnection(address)
            connection.request(self.command, self.path, body, {**headers, "Authorization": "Bearer bot"})
            answer = connection.getresponse()
            text = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_DELETE = do_POST

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # A client that hangs up is nobody's fault.
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/mcp"


def main():
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        site = Site(folder)
        try:
            url = relay(site.origin.removeprefix("http://"))
            for scenario in SCENARIOS:
                command = [SUITE, "server", "--url", url, "--scenario", scenario]
                if subprocess.run(command, check=False).returncode != 0:
                    failed.append(scenario)
        finally:
            site.close()
    print(f"{len(SCENARIOS) - len(failed)} of {len(SCENARIOS)} scenarios passed", *failed)
    sys.exit(1 if failed else 0)


main()
