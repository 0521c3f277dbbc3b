"""Checks a signed statement with programs that know Ed25519 and nothing of statements: `ed25519.py ENVELOPE PRIVATE_KEY_PEM`.

What was signed is DSSE's pre-authentication encoding of the payload. OpenSSL takes it and the signature as they are. minisign
wants a second signature, over the first one and a comment, which no envelope has: that one is made here, with the key. It takes
legacy signatures (`Ed`), which are over the bytes themselves.
"""

import base64
import json
import pathlib
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives import serialization

envelope_file, key_file = map(pathlib.Path, sys.argv[1:])
envelope = json.loads(envelope_file.read_text(encoding="utf-8"))
private = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
public = private.public_key()

kind, payload = envelope["payloadType"].encode(), base64.b64decode(envelope["payload"], validate=True)
[signature] = [base64.b64decode(entry["sig"], validate=True) for entry in envelope["signatures"]]
signed = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def lines(*all: bytes) -> bytes:
    return b"".join(line + b"\n" for line in all)


def succeeds(*command: object) -> bool:
    return subprocess.run([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


with tempfile.TemporaryDirectory() as place:
    folder = pathlib.Path(place)
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    name, comment = b"Ed" + bytes(8), b"an envelope's signature"
    (folder / "key.pem").write_bytes(pem)
    (folder / "key.pub").write_bytes(lines(b"untrusted comment: key", base64.b64encode(name + raw)))
    (folder / "signature").write_bytes(signature)
    (folder / "signed.minisig").write_bytes(
        lines(
            b"untrusted comment: signature",
            base64.b64encode(name + signature),
            b"trusted comment: " + comment,
            base64.b64encode(private.sign(signature + comment)),
        )
    )
    # As it is, and with one byte of the payload changed.
    for bytes_, expected in ((signed, True), (signed[:-2] + b" " + signed[-1:], False)):
        (folder / "signed").write_bytes(bytes_)
        openssl = succeeds("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", folder / "key.pem", "-rawin",
                           "-in", folder / "signed", "-sigfile", folder / "signature")  # fmt: skip
        minisign = succeeds("minisign", "-V", "-p", folder / "key.pub", "-m", folder / "signed")
        assert (openssl, minisign) == (expected, expected), (openssl, minisign, expected)
print("openssl minisign")
