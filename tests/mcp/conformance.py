#!/usr/bin/env python3
"""Runs the protocol's own conformance suite against `/mcp`: all of its scenarios for servers, those of extensions with them.

    npm install --prefix tests/mcp --no-package-lock --ignore-scripts
    SORTIE=target/debug/sortie tests/mcp/conformance.py

What does not apply to this server stands with its reason in `conformance.yml`. What stands there and passes is a mistake,
and so is what fails and does not stand there.

The suite sends no token, so a relay on this machine adds one.
"""

import http.client
import http.server
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from sortie_site import Site

FOLDER = Path(__file__).parent
MODULES = FOLDER / "node_modules"
# The suite needs a newer Node.js than many machines have: its package brings one.
NODE = next((str(node) for node in MODULES.glob("node-*/bin/node")), "node")
SUITE = MODULES / "@modelcontextprotocol/conformance/dist/index.js"


def relay(address):
    """Passes requests on to a server, with the token of `bot`. What is sent to the relay's own name is sent to the server's."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            connection = http.client.HTTPConnection(address)
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            own = f":{self.server.server_port}"
            for name, value in self.headers.items():
                ours = value.endswith(("127.0.0.1" + own, "localhost" + own)) and name.lower() in ("host", "origin")
                if ours:
                    value = address if name.lower() == "host" else f"http://{address}"
                connection.putheader(name, value)
            connection.putheader("Authorization", "Bearer bot")
            connection.endheaders(body)
            answer = connection.getresponse()
            text = answer.read()
            self.send_response(answer.status)
            for name in ("Content-Type", "Allow", "Mcp-Session-Id"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
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
    with tempfile.TemporaryDirectory() as folder:
        site = Site(folder)
        try:
            url = relay(site.origin.removeprefix("http://"))
            command = [NODE, SUITE, "server", "--url", url, "--suite", "all", "--expected-failures", FOLDER / "conformance.yml",
                       "--output-dir", os.path.join(folder, "results"), *sys.argv[1:]]
            ended = subprocess.run(command, check=False).returncode
        finally:
            site.close()
    sys.exit(ended)


main()
