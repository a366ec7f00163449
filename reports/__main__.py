"""`python -m reports`: compare two runs, sign what they left behind, and check signatures.

Exit codes are those of a run: 0 nothing open, 1 violated or changed, 4 input that cannot be meant,
10 not everything could be retested, 12 the record could not be written.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from reports.retest import Case, comparable, questions, record
from reports.retest_claims import Claims, read_claims, read_exceptions
from reports.retest_input import EvidenceError, read_run
from reports.retest_verdicts import Standing, ends, members, newly_found
from reports.retest_write import HTML, NotWrittenError, place_for, write
from reports.signing import differences, sign, signed_by, signer
from reports.sums import SUMS
from reports.writers import words
from suites.kernel.verdict import Exit


class _Parser(argparse.ArgumentParser):
    """Ends with our code for usage, and one sentence."""

    def error(self, message: str) -> NoReturn:
        print(f"ERROR: {message}; {self.prog} --help tells more", file=sys.stderr)
        sys.exit(Exit.USAGE.code)


def _parser() -> _Parser:
    parser = _Parser(prog="python -m reports", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    retest = commands.add_parser("retest", help="what became of the findings of an earlier run")
    retest.add_argument("before", type=Path, metavar="BEFORE", help="folder of the earlier run")
    retest.add_argument("after", type=Path, metavar="AFTER", help="folder of the later run")
    retest.add_argument("--findings", type=Path, metavar="YAML", help="names and claimed repairs")
    retest.add_argument("--exceptions", type=Path, metavar="YAML", help="signed, accepted risks")
    retest.add_argument("--allowed", type=Path, metavar="FILE", help="whose signatures count")
    retest.add_argument("--into", type=Path, metavar="FOLDER", help="where the record is written")
    retest.add_argument("--tester", default="", metavar="NAME", help="who tested")

    signing = commands.add_parser("sign", help="sign a run, a record, or one file")
    signing.add_argument("place", type=Path, metavar="RUN")
    signing.add_argument("--key", type=Path, required=True, help="private key of OpenSSH")

    verify = commands.add_parser("verify", help="name every file that is not as it was signed")
    verify.add_argument("place", type=Path, metavar="RUN")
    verify.add_argument("--allowed", type=Path, required=True, help="allowed_signers of OpenSSH")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one of the commands and return its exit code."""
    chosen = _parser().parse_args(arguments)
    commands: Mapping[str, Callable[[argparse.Namespace], Exit]] = {
        "retest": _retest,
        "sign": _sign,
        "verify": _verify,
    }
    try:
        return commands[chosen.command](chosen).code
    except EvidenceError as reason:
        print(f"ERROR: {reason}", file=sys.stderr)
        return Exit.USAGE.code
    except NotWrittenError as reason:
        print(f"ERROR: {reason}", file=sys.stderr)
        return Exit.NO_RENDERER.code
    except KeyboardInterrupt:
        return Exit.INTERRUPTED.code


def _retest(chosen: argparse.Namespace) -> Exit:
    before, after = read_run(chosen.before), read_run(chosen.after)
    comparable(before, after)
    claims = Claims()
    if chosen.findings is not None:
        claims = read_claims(chosen.findings, members(before), before)
    created = datetime.now(UTC)
    case = Case(
        before,
        after,
        created,
        claims,
        signers=(signed_by(before.path, chosen.allowed), signed_by(after.path, chosen.allowed)),
        tester=chosen.tester,
    )
    if chosen.exceptions is not None:
        asked = (*questions(before, claims), *newly_found(before, after))
        known = {q.id for q in asked} | {m.finding for q in asked for m in q.members}
        accepted = read_exceptions(
            chosen.exceptions, chosen.allowed, findings=frozenset(known), today=created.date()
        )
        case = Case(before, after, created, claims, accepted, case.signers, chosen.tester)
    place = place_for(case, chosen.into)
    told = record(case)
    write(told, case, place)
    print(told["outcome"])
    for entry in told["findings"]:
        print(f"  {entry['verdict']:<16} {entry['finding_id']:<18} {entry['title']}")
        if entry["verdict"] not in {Standing.FIXED, Standing.ACCEPTED}:
            print(f"  {'':<16} {words.sentence(entry['why'][-1])}")
    print(f"record  {words.shown(place / HTML)}")
    return ends((Standing(entry["verdict"]) for entry in told["findings"]), after)


def _sign(chosen: argparse.Namespace) -> Exit:
    print(f"signed  {words.shown(sign(chosen.place, chosen.key))}")
    return Exit.CONFORMS


def _verify(chosen: argparse.Namespace) -> Exit:
    folder: Path = chosen.place
    if not folder.is_dir():
        raise EvidenceError(f"{folder}: there is no such folder; name a run or a record")
    changed = differences(folder)
    for line in changed:
        print(f"CHANGED {line}")
    name = signer(folder / SUMS, chosen.allowed)
    if changed:
        return Exit.VIOLATION
    print(f"unchanged since {name} signed it: {words.shown(folder)}")
    return Exit.CONFORMS


if __name__ == "__main__":
    sys.exit(main())
