"""Journal exports and searches of an index are read once each, and faults of them are told."""

import json
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.journals import opensearch
from adapters.journals.journal import Journal
from adapters.journals.journald import Journald
from adapters.journals.lines import SourceError
from adapters.journals.opensearch import OpenSearch
from adapters.journals.sink import Sink
from adapters.journals.sources import expect_within
from adapters.transport import OutOfScope, Scope, Transport
from suites.kernel.audit import Audit
from suites.kernel.policy import Policy

PLAIN = b"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1763769600000000\nMESSAGE=hello\nPRIORITY=4\n\n"
BINARY = b"__CURSOR=s=2\nMESSAGE\n" + struct.pack("<Q", 9) + b"two\nlines\n_PID=7\n\n"


def test_entries_that_are_added_are_read_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.export"
    path.write_bytes(PLAIN)
    source = Journald("journal", path)
    source.open()
    assert source.lines() == []
    with path.open("ab") as file:
        for size in range(0, len(BINARY), 5):
            assert source.lines() == []
            file.write(BINARY[size : size + 5])
            file.flush()
    (line,) = source.lines()
    assert json.loads(line.text) == {"__CURSOR": "s=2", "MESSAGE": "two\nlines", "_PID": "7"}
    assert source.lines() == []
    source.close()


TEN = b"__CURSOR=s=3\nMESSAGE\n" + struct.pack("<Q", 10) + b"a\n\nb=c\n\nxy\n_PID=8\n\n"


@pytest.mark.parametrize("before", [b"", PLAIN, BINARY + TEN, b"cut=off\n\n", b"a text\n\n"])
@pytest.mark.parametrize("begun", [PLAIN, BINARY, TEN, PLAIN.replace(b"__CURSOR=s=1\n", b"")])
def test_an_entry_that_is_being_written_at_the_beginning_is_read(
    tmp_path: Path, before: bytes, begun: bytes
) -> None:
    path = tmp_path / "journal.export"
    for cut in range(len(begun) + 1):
        path.write_bytes(before + begun[:cut])
        source = Journald("journal", path)
        source.open()
        with path.open("ab") as file:
            file.write(begun[cut:] + PLAIN)
        texts = [line.text for line in source.lines()]
        assert len(texts) == 1 + (cut < len(begun))
        assert json.loads(texts[-1])["MESSAGE"] == "hello"


def test_a_file_that_was_replaced_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "journal.export"
    path.write_bytes(PLAIN * 3)
    source = Journald("journal", path)
    source.open()
    path.rename(tmp_path / "old")
    path.write_bytes(BINARY * 8)
    assert len(source.lines()) == 8
    path.write_bytes(PLAIN)
    assert len(source.lines()) == 1


def test_what_is_no_journal_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "journal.export"
    with pytest.raises(SourceError, match=r"journal: .*export cannot be read \(No such file"):
        Journald("journal", path).open()
    path.write_bytes(b"")
    source = Journald("journal", path)
    source.open()
    path.write_bytes(b"Nov 22 host app: a text file\n")
    with pytest.raises(SourceError, match=r"no field of a journal entry .* journalctl -o export"):
        source.lines()


@dataclass
class Index:
    """A stand-in for a search cluster: its documents, and what it was asked."""

    url: str = ""
    documents: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    status: int = 200
    scrolls: dict[str, list[Any]] = field(default_factory=dict)

    def add(self, **fields: object) -> None:
        """Index a document now."""
        source = {"@timestamp": datetime.now(UTC).isoformat(), **fields}
        number = str(len(self.documents))
        self.documents.append({"_index": "logs", "_id": number, "_source": source})

    def answer(self, method: str, path: str, body: Any) -> Any:
        """Answer as the search and scroll interfaces do."""
        self.asked.append((method, path, body))
        if self.status != 200:
            return {"error": {"reason": "no such index [logs]"}, "status": self.status}
        if method == "DELETE":
            self.scrolls.pop(body["scroll_id"], None)
            return {"succeeded": True}
        if path == "/_search/scroll":
            identifier = body["scroll_id"]
        else:
            since = body["query"]["bool"]["filter"][0]["range"]["@timestamp"]["gte"]
            identifier = f"scroll-{len(self.asked)}"
            self.scrolls[identifier] = [
                d for d in self.documents if d["_source"]["@timestamp"] >= since
            ]
        left = self.scrolls[identifier]
        page, self.scrolls[identifier] = left[: opensearch.PAGE], left[opensearch.PAGE :]
        return {"_scroll_id": identifier, "hits": {"hits": page}}


@contextmanager
def cluster() -> Iterator[Index]:
    """Serve an index until the end of the block."""
    index = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = json.dumps(index.answer(self.command, self.path, body)).encode()
            self.send_response(index.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_DELETE = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    index.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def asking(index: Index, *scope: str) -> OpenSearch:
    """Return the source that reads this index."""
    send = Transport(scope=Scope(scope or (index.url,))).send
    query = {"term": {"app": "web"}}
    return OpenSearch("siem", send, url=index.url, index="logs", query=query)


def test_documents_that_are_added_are_read_once_page_by_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opensearch, "PAGE", 4)
    with cluster() as index:
        index.add(event="before")
        source = asking(index)
        source.open()
        for number in range(10):
            index.add(event=f"e{number}")
        assert [json.loads(line.text)["event"] for line in source.lines()] == [
            f"e{number}" for number in range(10)
        ]
        assert source.lines() == []
        index.add(event="late")
        assert [json.loads(line.text)["event"] for line in source.lines()] == ["late"]
        assert not index.scrolls
        searches = [body for method, path, body in index.asked if path.startswith("/logs/")]
        assert all({"term": {"app": "web"}} in s["query"]["bool"]["filter"] for s in searches)


@pytest.mark.parametrize(("declared", "found"), [(120.0, ["late"]), (5.0, [])])
def test_a_document_that_is_indexed_as_late_as_declared_is_found(
    monkeypatch: pytest.MonkeyPatch, declared: float, found: list[str]
) -> None:
    now, passed = datetime.now(UTC), [0]
    clock = SimpleNamespace(now=lambda _: now + timedelta(seconds=passed[0]))
    monkeypatch.setattr(opensearch, "datetime", clock)
    with cluster() as index:
        index.add(event="old", **{"@timestamp": (now - timedelta(seconds=60)).isoformat()})
        source = asking(index)
        source.open()
        expect_within([source], declared)
        for passed[0] in (1, 100):
            assert source.lines() == []
        index.add(event="late", **{"@timestamp": (now + timedelta(seconds=2)).isoformat()})
        index.add(event="older", **{"@timestamp": (now - timedelta(seconds=60)).isoformat()})
        passed[0] = 102
        assert [json.loads(line.text)["event"] for line in source.lines()] == found
        assert source.lines() == []


def test_what_is_known_does_not_count_and_is_not_looked_for_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, passed = datetime.now(UTC), [0.0]
    clock = SimpleNamespace(now=lambda _: now + timedelta(seconds=passed[0]))
    monkeypatch.setattr(opensearch, "datetime", clock)
    monkeypatch.setattr(opensearch, "MOST", 20)

    def add(count: int) -> None:
        at = (now + timedelta(seconds=passed[0])).isoformat()
        for _ in range(count):
            index.add(event="e", **{"@timestamp": at})

    with cluster() as index:
        source = asking(index)
        source.open()
        expect_within([source], 300)
        for passed[0] in (60.0, 120.0, 180.0):
            add(15)
            assert len(source.lines()) == 15
        begun = len(index.asked)
        for passed[0] in (180.1, 180.3, 180.5):
            add(1)
            assert len(source.lines()) == 1
        searches = [body for _, path, body in index.asked[begun:] if path.startswith("/logs/")]
        begins = {s["query"]["bool"]["filter"][0]["range"]["@timestamp"]["gte"] for s in searches}
        assert min(begins) >= (now + timedelta(seconds=149)).isoformat()
        add(21)
        with pytest.raises(SourceError, match="more than 20 records came at once"):
            source.lines()


def test_a_log_and_a_sink_hand_on_how_late_a_record_may_be(tmp_path: Path) -> None:
    transport = Transport(scope=Scope(("http://127.0.0.1:9",)))
    sources = [{"opensearch": "http://127.0.0.1:9", "index": "logs"}]
    said = {"sources": sources, "events": {"logout": {"event": "logout"}}}
    for declared in (Journal(said, tmp_path, transport), Sink(said, tmp_path, transport)):
        policy = Policy({"log": {"max_delay_seconds": 120}, "siem": {"max_delay_seconds": 120}})
        journal = declared if isinstance(declared, Journal) else declared.journal
        assert journal is not None
        Audit(journal, policy)
        ((source, _),) = declared._sources
        assert isinstance(source, OpenSearch)
        assert source._overlap.total_seconds() > 120


def test_an_index_that_does_not_exist_is_one_sentence() -> None:
    with cluster() as index:
        index.status = 404
        with pytest.raises(SourceError, match=r"answered 404 \(no such index \[logs\]\); name an"):
            asking(index).open()


def test_a_cluster_that_is_not_there_is_one_sentence() -> None:
    with cluster() as index:
        source = asking(index)
    with pytest.raises(SourceError, match=r"does not answer .*; start it, or write its right"):
        source.open()


def test_no_host_is_asked_that_is_not_declared() -> None:
    with cluster() as index:
        with pytest.raises(OutOfScope):
            asking(index, "http://127.0.0.1:1").open()
        assert not index.asked
