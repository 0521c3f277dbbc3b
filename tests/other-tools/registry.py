"""Pushes to a registry and pulls from it with another client: `registry.py push|pull REFERENCE FILE_OR_FOLDER`."""

import sys

from oras.client import OrasClient

action, reference, path = sys.argv[1:]
client = OrasClient(insecure=True)
if action == "push":
    response = client.push(target=reference, files=[f"{path}:application/wasm"], disable_path_validation=True)
    response.raise_for_status()
else:
    for file in client.pull(target=reference, outdir=path):
        print(file)
