"""Log records from OpenSearch or Elasticsearch, by scrolled searches from a time on."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.contract import Device
from adapters.exchange import Reply
from adapters.extract import json_values
from adapters.journals.lines import Line, SourceError

PAGE = 500
MOST = 50_000
"""New records of one call; more of them are an error, not a shorter answer."""
SEEN = 20 * MOST
"""Records of one call that may be known already: those of all the time that is looked back."""
OVERLAP = timedelta(seconds=30)
"""How far back each search begins at least: indexing takes time, and clocks differ."""
LONGEST = 86_400.0
REST = timedelta(seconds=1)
"""How often is looked back further than that, where records may be indexed later: not each time."""
OK = 200
_SCROLL = "1m"

Send = Callable[..., Reply]


class OpenSearch:
    """Reads the documents of an index that are newer than the moment it was opened.

    Args:
        name: what reports call it.
        send: sends one request within the declared hosts, as `Transport.send` does.
        url: the address of the cluster.
        index: the index, or a pattern of several.
        headers: what the cluster wants to be sent, as Authorization.
        query: a filter in the query language of the cluster, beside the time.
        time_field: the field with the time of a document.
    """

    def __init__(
        self,
        name: str,
        send: Send,
        *,
        url: str,
        index: str,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        time_field: str = "@timestamp",
    ) -> None:
        self.name = name
        self.url = url.rstrip("/")
        self.index = index
        self.query = query
        self.time_field = time_field
        self._send = send
        self._client = Device(
            f"log query of {name}", headers={"Content-Type": "application/json", **(headers or {})}
        )
        self._overlap = OVERLAP
        self._opened = self._since = self._all_since = datetime.now(UTC)
        self._known: set[tuple[str, str]] = set()

    def open(self) -> None:
        """Begin now: what the index holds already does not count. Raises `SourceError`."""
        self._opened = self._since = self._all_since = datetime.now(UTC)
        self._known = set()
        self._known = {key for key, _ in self._found(self._opened - OVERLAP)}

    def expect_within(self, seconds: float) -> None:
        """Find documents, too, that are indexed so long after the time that they tell."""
        self._overlap = max(self._overlap, timedelta(seconds=min(seconds, LONGEST)) + OVERLAP)

    def lines(self) -> list[Line]:
        """Return the documents that were added since the last call. Raises `SourceError`."""
        now = datetime.now(UTC)
        all_of_it = now - self._all_since >= REST
        begin = self._all_since - self._overlap if all_of_it else self._since - OVERLAP
        # What is older than the first search is none of ours, however late it is indexed.
        fresh = self._found(max(begin, self._opened - OVERLAP))
        self._known.update(key for key, _ in fresh)
        self._since = now
        if all_of_it:
            self._all_since = now
        return [Line(text, time.time(), self.name) for _, text in fresh]

    def close(self) -> None:
        """Nothing is kept open."""

    def _found(self, begin: datetime) -> Sequence[tuple[tuple[str, str], str]]:
        """Return (index and id, document) of all that is so recent and not known, oldest first."""
        found: dict[tuple[str, str], str] = {}
        seen = 0
        answer = self._ask("POST", f"/{self.index}/_search?scroll={_SCROLL}", self._search(begin))
        scroll = answer.get("_scroll_id")
        try:
            while hits := _hits(answer):
                seen += len(hits)
                found.update((key, text) for key, text in hits if key not in self._known)
                if len(found) > MOST or seen > SEEN:
                    raise SourceError(
                        f"{self.name}: more than {MOST} records came at once; narrow `index` or "
                        "add a `query`"
                    )
                if len(hits) < PAGE or not scroll:
                    break
                answer = self._ask(
                    "POST", "/_search/scroll", {"scroll": _SCROLL, "scroll_id": scroll}
                )
                scroll = answer.get("_scroll_id", scroll)
        finally:
            if scroll:
                self._reply("DELETE", "/_search/scroll", {"scroll_id": scroll})
        return list(found.items())

    def _search(self, begin: datetime) -> Mapping[str, Any]:
        time_range = {"range": {self.time_field: {"gte": begin.isoformat()}}}
        wanted: list[Mapping[str, Any]] = [time_range]
        if self.query is not None:
            wanted.append(self.query)
        return {
            "size": PAGE,
            "query": {"bool": {"filter": wanted}},
            "sort": [{self.time_field: {"order": "asc", "unmapped_type": "date"}}],
        }

    def _ask(self, method: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        reply = self._reply(method, path, body)
        if reply.status is None:
            raise SourceError(
                f"{self.name}: {self.url} does not answer ({reply.trouble}); start it, or write "
                "its right address"
            )
        answer = reply.json()
        if reply.status != OK or not isinstance(answer, dict):
            why = next(json_values(answer, "$.error.reason"), "") or "no JSON of a search"
            raise SourceError(
                f"{self.name}: {self.url}/{self.index} answered {reply.status} ({why}); name an "
                "index that exists, and headers that allow to search it"
            )
        return answer

    def _reply(self, method: str, path: str, body: Mapping[str, Any]) -> Reply:
        return self._send(self._client, method, self.url + path, body=json.dumps(body).encode())


def _hits(answer: Mapping[str, Any]) -> list[tuple[tuple[str, str], str]]:
    outer = answer.get("hits")
    hits = outer.get("hits") if isinstance(outer, Mapping) else None
    return [
        (
            (str(hit.get("_index", "")), str(hit.get("_id", ""))),
            json.dumps(hit["_source"], ensure_ascii=False),
        )
        for hit in (hits if isinstance(hits, list) else [])
        if isinstance(hit, dict) and isinstance(hit.get("_source"), dict)
    ]
