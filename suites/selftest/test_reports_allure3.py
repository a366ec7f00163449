"""The Allure page: hardened or not written at all, and never the reason for another verdict."""

import base64
import json
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.secrets import Vault
from reports import renderer
from reports.evidence import ALLURE, HISTORY, RunFolder
from reports.publish import Views, publish
from reports.redaction import Redactor, sweep, unfolded
from reports.renderer import Renderer, RendererError, install, installed
from reports.writers.allure3 import CSP, KEPT_RUNS, hardened, properties, render
from suites.selftest.test_reports_sample import SECRETS, sample_run

PAGE = """<html>
<head>
<title>t</title></head><body>
<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
<script>
  window.dataLayer = window.dataLayer || [];
  gtag('config', 'G-1');
</script>
<script src="data:text/javascript;base64,AAAA"></script>{more}</body></html>"""
STAND_IN = """#!{python}
import json, pathlib, sys
config = json.loads(pathlib.Path("allurerc.json").read_text())
pathlib.Path("out").mkdir()
pathlib.Path("out/index.html").write_text({page!r})
past = pathlib.Path(config["historyPath"])
if config["appendHistory"]:
    past.write_text(past.read_text() + json.dumps({{"name": config["name"]}}) + "\\n")
sys.exit({code})
"""


def stand_in(folder: Path, *, page: str = PAGE, code: int = 0) -> Renderer:
    """Return a program that does what Allure does, as far as it matters."""
    program = folder / "cli.js"
    program.write_text(STAND_IN.format(python=sys.executable, page=page, code=code))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return Renderer(sys.executable, program)


def _render(made: Renderer, folder: Path, **more: Any) -> tuple[str, str]:
    return render(made, sample_run(), folder, folder / HISTORY, **more)


def _folder(root: Path, vault: Vault) -> RunFolder:
    started = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    return RunFolder("Shop", root, started=started, run_id="1", redactor=Redactor(vault))


def test_analytics_are_taken_out_and_a_policy_is_put_in() -> None:
    page = hardened(PAGE.replace("{more}", ""))
    assert "google" not in page
    assert "dataLayer" not in page
    assert page.index(CSP) < page.index("<title>")
    assert 'src="data:text/javascript' in page


@pytest.mark.parametrize(
    "more",
    [
        '<img alt="" src="https://example.test/x.png">',
        "<script src='//example.test/x.js' defer></script>",
        '<link rel="stylesheet" href="http://example.test/x.css">',
        "<style>@import 'https://example.test/x.css';</style>",
        "<style>p {background: url(https://example.test/x.png)}</style>",
        "<script>navigator.sendBeacon('/x')</script>",
        "<script>load('google-analytics')</script>",
    ],
)
def test_an_address_outside_fails_the_build(more: str) -> None:
    with pytest.raises(RendererError, match="asks for something outside"):
        hardened(PAGE.replace("{more}", more))


def test_a_link_that_a_reader_follows_is_no_request() -> None:
    assert "cwe.mitre.org" in hardened(
        PAGE.replace("{more}", '<a href="https://cwe.mitre.org/">CWE</a>')
    )


def test_history_grows_by_one_line_and_forgets_the_oldest(tmp_path: Path) -> None:
    made = stand_in(tmp_path)
    lines = [json.dumps({"run": number}) for number in range(KEPT_RUNS + 5)]
    (tmp_path / HISTORY).write_text("\n".join([*lines, '{"cut sho']))
    _, past = _render(made, tmp_path)
    told = [json.loads(line) for line in past.splitlines()]
    assert told[0] == {"run": 5}
    assert len(told) == KEPT_RUNS + 1
    _, same = _render(made, tmp_path, kept=False)
    assert len(same.splitlines()) == KEPT_RUNS


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({"code": 3}, "Allure ended with 3"),
        ({"page": "<html></html>"}, "has no head"),
        ({"page": PAGE.replace("{more}", SECRETS["session"])}, "holds what reads as a secret"),
    ],
)
def test_what_goes_wrong_is_one_sentence(tmp_path: Path, made: dict[str, Any], said: str) -> None:
    vault = Vault()
    vault.register(SECRETS["session"], "session")
    with pytest.raises(RendererError, match=said) as refused:
        _render(stand_in(tmp_path, **made), tmp_path, redactor=Redactor(vault))
    assert "\n" not in str(refused.value)


def test_a_secret_in_an_embedded_file_is_found(tmp_path: Path) -> None:
    vault = Vault()
    vault.register(SECRETS["session"], "session")
    inside = base64.b64encode(f"{'x' * 60}{SECRETS['session']}".encode()).decode()
    (tmp_path / "allure.html").write_text(f'd("data/a.txt","{inside}")')
    assert SECRETS["session"] in unfolded(f'd("data/a.txt","{inside}")')
    assert sweep(tmp_path, Redactor(vault)) == [tmp_path / "allure.html"]


def test_a_token_and_a_program_may_share_some_base64(tmp_path: Path) -> None:
    vault = Vault()
    token = base64.urlsafe_b64encode(b'{"sub":"ann","scope":"session"}').decode().rstrip("=")
    vault.register(f"{token}.e30.c2ln", "access")
    program = base64.b64encode(b'const names = ["ann","scope":"session"];' * 4).decode()
    (tmp_path / "allure.html").write_text(f'<script src="data:text/javascript;base64,{program}">')
    assert sweep(tmp_path, Redactor(vault)) == []


def test_the_colours_of_a_page_are_no_identifiers(tmp_path: Path) -> None:
    vault = Vault()
    vault.register("5b0c92cd62728fa17e4d3390c1d2e7aa", "session")
    colours = 'var scheme=of("1f77b4ff7f0e2ca02cd627289467bd8c564be377c27f7f7fbcbd2217becf");'
    program = base64.b64encode(colours.encode()).decode()
    page = tmp_path / "allure.html"
    page.write_text(f'<script   src="data:text/javascript;base64,{program}"></script>')
    assert sweep(tmp_path, Redactor(vault)) == []
    page.write_text(f'd("data/a.txt","{program}")')
    assert sweep(tmp_path, Redactor(vault)) == [page]


def test_a_renderer_that_fails_leaves_the_page_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = stand_in(tmp_path, code=1)
    monkeypatch.setattr("reports.publish.installed", lambda: made)
    folder = _folder(tmp_path / "runs", Vault())
    failed = publish(folder, sample_run(), redactor=Redactor(Vault()), views=Views(allure=True))
    assert failed is not None
    assert failed.startswith("the Allure report is missing: Allure ended with 1")
    page = folder.page.read_text()
    assert "This page is complete without it." in page
    assert "</html>" in page
    assert not (folder.path / ALLURE).exists()
    assert not (folder.home / HISTORY).exists()


def test_without_a_renderer_the_page_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.publish.installed", lambda: None)
    folder = _folder(tmp_path, Vault())
    assert publish(folder, sample_run(), views=Views(allure=True)) is None
    assert "its renderer is not installed (make allure)" in folder.page.read_text()


def test_an_environment_is_read_back_as_it_is() -> None:
    told = dict(line.split(" = ") for line in properties(sample_run()).splitlines())
    assert told["Seed"] == "20261121"
    assert told[r"hypothesis\ version"] == "6.170.15"


def test_node_that_is_too_old_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    node = tmp_path / "node"
    for version, taken in (("v20.20.2", False), ("v22.0.0", True), ("nonsense", False)):
        node.write_text(f"#!/bin/sh\necho {version}\n")
        node.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
        (tmp_path / "node_modules" / "allure").mkdir(parents=True, exist_ok=True)
        (tmp_path / "node_modules" / "allure" / "cli.js").touch()
        assert (installed(tmp_path) is not None) is taken


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RendererError, match="set XDG_CACHE_HOME to a folder that can be written"):
        install(tmp_path / "file" / "allure")


def test_a_network_that_is_not_there_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(*_: object) -> None:
        raise RendererError("npm could not install the Allure renderer; check the network")

    monkeypatch.setattr(renderer, "_step", failing)
    monkeypatch.setattr(renderer, "cache", lambda: tmp_path / "allure")
    assert renderer.main() == 1
    assert "check the network" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_lock_names_no_address() -> None:
    lock = json.loads((renderer.LOCKS / "package-lock.json").read_text())
    assert all("resolved" not in package for package in lock["packages"].values())
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


@pytest.mark.skipif(installed() is None, reason="the Allure renderer is not installed: make allure")
def test_allure_itself_renders_a_hardened_page(tmp_path: Path) -> None:
    made = installed()
    assert made is not None
    results = tmp_path / "results"
    results.mkdir()
    (results / "1-result.json").write_text(
        json.dumps({
            "uuid": "1", "historyId": "a", "testCaseId": "a", "name": "SM-2.1 Logout",
            "status": "failed", "start": 1, "stop": 2, "labels": [],
            "statusDetails": {"message": "expected nobody"},
        })
    )  # fmt: skip
    page, past = _render(made, results)
    assert CSP in page
    assert "SM-2.1 Logout" in unfolded(page)
    assert len(past.splitlines()) == 1
    assert subprocess.run([made.node, "--version"], check=False).returncode == 0  # noqa: S603
