"""Writes the record of a retest: retest.json, and the same for readers as HTML and Markdown.

It computes no verdict. A record appears whole or not at all, and no run is ever written to.
"""

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from reports.evidence import slug, write_atomically
from reports.retest import Case, links
from reports.retest_input import EvidenceError
from reports.retest_verdicts import MEANINGS
from reports.sums import SUMS, sums_of
from reports.writers import words

TEMPLATES = Path(__file__).parent / "templates"
JSON, HTML, MARKDOWN = "retest.json", "retest.html", "retest.md"
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|])")


class NotWrittenError(Exception):
    """The record could not be written, although its folder can; the runs are untouched."""


def place_for(case: Case, into: Path | None) -> Path:
    """Return the folder that a record goes to: named by the user, or beside the later run.

    Raises:
        EvidenceError: something lies there already.
    """
    stamp = f"{case.created:%Y-%m-%dT%H-%M-%SZ}_{case.before.id}-{case.after.id}"
    place = into if into is not None else case.after.path.parent / "retests" / stamp
    if any(place.resolve().is_relative_to(run.path) for run in (case.before, case.after)):
        raise EvidenceError(
            f"{place}: lies in a run, which nobody changes any more; "
            "name another folder with --into"
        )
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise EvidenceError(f"{place}: something is there already; name a new folder with --into")
    return place.absolute()


def write(record: Mapping[str, Any], case: Case, place: Path) -> None:
    """Write the record into a folder that did not exist before.

    Raises:
        EvidenceError: the folder cannot be created.
        NotWrittenError: it can, but not filled, as on a full disk.
    """
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    except OSError as error:
        raise EvidenceError(
            f"{place}: cannot be created ({error.strerror}); name another folder with --into"
        ) from None
    try:
        for name, text in _files(record, case, place).items():
            write_atomically(building / name, text.encode("utf-8"))
        write_atomically(building / SUMS, sums_of(building))
        building.chmod(0o755)
        building.replace(place)
    except OSError as error:
        raise NotWrittenError(
            f"{place}: the record could not be written ({error.strerror}); both runs are untouched"
        ) from None
    finally:
        shutil.rmtree(building, ignore_errors=True)
    _point_latest_to(place)


def _files(record: Mapping[str, Any], case: Case, place: Path) -> dict[str, str]:
    text = json.dumps(record, indent=2, ensure_ascii=False) + "\n"
    told = {
        "record": record,
        "meanings": {str(name): meaning for name, meaning in MEANINGS.items()},
        "pages": {"before": links(place, case.before), "after": links(place, case.after)},
    }
    return {
        JSON: text,
        HTML: environment().get_template("retest.html.j2").render(told),
        MARKDOWN: environment().get_template("retest.md.j2").render(told),
    }


def environment() -> Environment:
    """Return what renders the templates; in Markdown, `md` escapes what would be read as marks."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        slug=slug, sentence=words.sentence, moment=words.moment, md=_escaped, page=_page_name
    )
    return made


def _escaped(text: object) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def _page_name(name: str) -> str:
    """Return what a page of a run is called in a link."""
    known = {"report": "Report", "allure": "Allure report", "plain": "Report without scripts"}
    stem = Path(name).stem
    return known.get(stem, stem.replace("-", " ").capitalize())


def _point_latest_to(place: Path) -> None:
    if place.parent.name != "retests":
        return
    waiting = place.parent / f".latest.{place.name}.tmp"
    # Without the link the record is as good.
    with suppress(OSError):
        waiting.symlink_to(place.name, target_is_directory=True)
        waiting.replace(place.parent / "latest")
