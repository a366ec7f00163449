"""An in-toto test-result statement about a run, in a signed DSSE envelope, for other programs.

It repeats what run.json says in a form that supply-chain tools read; it adds no verdict.
"""

import getpass
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_ssh_private_key, load_ssh_public_key

from reports.evidence import write_atomically
from reports.retest_input import Evidence, EvidenceError, read_run
from reports.signing import NAMESPACE
from reports.sums import ATTESTATION, SUMS, digest
from suites.kernel.verdict import Verdict

try:
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import Error
    from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]
except ImportError:  # the extra `attest` is not installed
    _INSTALLED = False
else:
    _INSTALLED = True

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
PAYLOAD = "application/vnd.in-toto+json"
_ALLOWED = re.compile(r"(\S+)(.*?)\s((?:ssh|ecdsa)-\S+ AAAA\S+)")
_SUBJECT = re.compile(r"(.+)=sha256:([0-9a-f]{64})")
_WARNED = frozenset(Verdict) - {Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLICABLE}


def statement(run: Evidence, *, builds: Sequence[str] = ()) -> dict[str, Any]:
    """Return what is attested of a run.

    Args:
        builds: what was tested, each as `name=sha256:<digest>`; known only to the caller.

    Raises:
        EvidenceError: a build is written in another way.
    """
    said = run.run
    named = {
        kind: [name for name, result in run.results.items() if result["verdict"] in verdicts]
        for kind, verdicts in (
            ("passedTests", {Verdict.PASS}),
            ("warnedTests", _WARNED),
            ("failedTests", {Verdict.FAIL}),
        )
    }
    worst = "WARNED" if named["warnedTests"] or not run.complete else "PASSED"
    profile = {"name": said["profile"], "annotations": {"budget": said["budget"]}}
    if known := run.manifest.get("profile_sha256"):
        profile["digest"] = {"sha256": known}
    else:
        profile["uri"] = said["profile"]
    return {
        "_type": STATEMENT,
        "subject": [
            *(_build(text) for text in builds),
            {"name": f"{run.path.name}/{SUMS}", "digest": {"sha256": run.seal}},
        ],
        "predicateType": PREDICATE,
        "predicate": {
            "result": "FAILED" if named["failedTests"] else worst,
            "configuration": [
                profile,
                {"name": "run.json", "digest": {"sha256": run.sums["run.json"]}},
            ],
            **named,
        },
    }


def attest(folder: Path, key: Path, *, builds: Sequence[str] = ()) -> Path:
    """Write the signed statement into the folder of a run, outside of its seal.

    Raises:
        EvidenceError: the run is not as it was written, or the key cannot be used.
    """
    _needed()
    told = statement(read_run(folder), builds=builds)
    envelope = Envelope(json.dumps(told, indent=2).encode("utf-8"), PAYLOAD, {})
    private = _private(key)
    try:
        envelope.sign(CryptoSigner(private))
    except (Error, ValueError, TypeError):
        raise EvidenceError(f"--key {key}: is of a kind that cannot sign; {_KIND}") from None
    place = folder / ATTESTATION
    try:
        write_atomically(place, _written(envelope))
    except OSError as error:
        raise EvidenceError(f"{place}: cannot be written ({error.strerror})") from None
    return place


def check(folder: Path, allowed: Path, signer: str) -> None:
    """Check the statement beside a seal; its signer is who signed the seal.

    Raises:
        EvidenceError: it is not by this signer, not about this seal, or was changed.
    """
    _needed()
    place = folder / ATTESTATION
    try:
        written = place.read_bytes()
        envelope = Envelope.from_dict(json.loads(written))
        told = json.loads(envelope.payload)
        keys: list[Any] = list(_public(allowed, signer))
        envelope.verify(keys, 1)
        about = [subject["digest"]["sha256"] for subject in told["subject"]]
    except (Error, OSError, ValueError, KeyError, TypeError, AttributeError):
        raise EvidenceError(f"{place}: was changed, or is not by {signer}") from None
    if written != _written(envelope) or envelope.payload_type != PAYLOAD:
        raise EvidenceError(f"{place}: was changed, or is not by {signer}")
    if digest(folder / SUMS) not in about:
        raise EvidenceError(f"{place}: is about another run; attest this one anew")


_KIND = "make one with: ssh-keygen -t ed25519"


def _needed() -> None:
    if not _INSTALLED:
        raise EvidenceError(
            "attestations need the package securesystemslib; install it with: "
            "pip install 'securesystemslib>=1.6,<2'"
        )


def _written(envelope: "Envelope") -> bytes:
    return (json.dumps(envelope.to_dict(), indent=2) + "\n").encode("utf-8")


def _build(text: str) -> dict[str, Any]:
    found = _SUBJECT.fullmatch(text)
    if found is None:
        raise EvidenceError(f"--build {text}: write it as name=sha256:<64 hexadecimal digits>")
    return {"name": found[1], "digest": {"sha256": found[2]}}


def _private(key: Path) -> Any:  # noqa: ANN401  one of the key classes of cryptography
    try:
        data = key.read_bytes()
    except OSError as error:
        raise EvidenceError(f"--key {key}: cannot be read ({error.strerror}); {_KIND}") from None
    try:
        return load_ssh_private_key(data, password=None)
    except TypeError:
        return _unlocked(key, data)
    except (ValueError, UnsupportedAlgorithm):
        raise EvidenceError(f"--key {key}: is no private key of OpenSSH; {_KIND}") from None


def _unlocked(key: Path, data: bytes) -> Any:  # noqa: ANN401  one of the key classes
    if not sys.stdin.isatty():
        raise EvidenceError(
            f"--key {key}: has a passphrase, and nobody is here to type it; name a key without one"
        )
    try:
        return load_ssh_private_key(data, getpass.getpass(f"Passphrase of {key}: ").encode())
    except (ValueError, UnsupportedAlgorithm):
        raise EvidenceError(f"--key {key}: the passphrase is another one") from None


def _public(allowed: Path, signer: str) -> Iterator["SSlibKey"]:
    """Yield the keys of this signer for evidence; certificates are not read."""
    for line in allowed.read_text(encoding="utf-8").splitlines():
        found = _ALLOWED.match(line)
        if found is None or signer not in found[1].split(",") or "cert-authority" in found[2]:
            continue
        if "namespaces=" in found[2] and NAMESPACE not in found[2]:
            continue
        yield SSlibKey.from_crypto(load_ssh_public_key(found[3].encode("ascii")))
