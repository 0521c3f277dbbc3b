"""Checks a signed statement with the tools of others: `attestation.py ENVELOPE PUBLIC_KEY_PEM SHA256 PREDICATE_TYPE`."""

import json
import sys

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from google.protobuf import json_format
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

envelope_file, key_file, sha256, predicate_type = sys.argv[1:]
with open(envelope_file, encoding="utf-8") as file:
    envelope = Envelope.from_dict(json.load(file))
with open(key_file, "rb") as file:
    key = SSlibKey.from_crypto(load_pem_public_key(file.read()))

accepted = envelope.verify([key], threshold=1)
assert list(accepted) == [key.keyid], accepted

assert envelope.payload_type == "application/vnd.in-toto+json", envelope.payload_type
statement = Statement.copy_from_pb(json_format.Parse(envelope.payload, statement_pb2.Statement()))
statement.validate()
assert statement.pb.predicate_type == predicate_type, statement.pb.predicate_type
digests = [subject.digest["sha256"] for subject in statement.pb.subject]
assert sha256 in digests, digests

if predicate_type == "https://in-toto.io/attestation/test-result/v0.1":
    from in_toto_attestation.predicates.test_result.v0 import test_result_pb2

    result = json_format.ParseDict(json.loads(envelope.payload)["predicate"], test_result_pb2.TestResult())
    print(result.result, len(result.passed_tests), len(result.failed_tests))
elif predicate_type == "https://slsa.dev/provenance/v1":
    from in_toto_attestation.predicates.provenance.v1 import provenance_pb2

    provenance = json_format.ParseDict(json.loads(envelope.payload)["predicate"], provenance_pb2.Provenance())
    assert provenance.build_definition.build_type, "no build type"
    print(provenance.run_details.builder.id)
else:
    print("verified")
