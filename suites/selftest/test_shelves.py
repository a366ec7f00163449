"""What a page of a real browser keeps is read whatever shape it has, and however much it is."""

from collections.abc import Callable, Iterator

import pytest

from adapters.scenes import Kept, Shelf
from adapters.shelves import LONGEST, READ, kept
from fixtures.targets.reference.launch import running
from suites.selftest.browsing import loaded, needs_a_browser, signed_in, somebody

TOKEN = "tok-9f3c1d7e5b2a4068"
LONG = 400_000

STORE = """
async ([token, long]) => {
  const made = (name, version, upgrade) => new Promise((done, failed) => {
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = () => upgrade(request.result);
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  const base = await made('state', 1, (base) => base.createObjectStore('things'));
  const things = base.transaction('things', 'readwrite').objectStore('things');
  const octets = new TextEncoder().encode(token);
  const itself = {};
  itself.itself = itself;
  itself.token = token;
  const wide = Uint16Array.from([...token].map((letter) => letter.charCodeAt(0)));
  const all = {
    map: new Map([['session', {token}]]),
    set: new Set([token]),
    buffer: octets.buffer,
    view: {deep: octets},
    wide,
    blob: {deep: new Blob([octets])},
    itself,
    number: {big: 12n, token},
    plain: {token},
  };
  for (const [key, value] of Object.entries(all)) things.put(value, key);
  await new Promise((done) => { things.transaction.oncomplete = done; });
  base.close();
  localStorage.setItem('long', 'x'.repeat(long) + token);
  window.known = new Map([['token', token]]);
  // The first database of all cannot be opened.
  const open = indexedDB.open.bind(indexedDB);
  const names = indexedDB.databases.bind(indexedDB);
  indexedDB.databases = async () => [{name: 'broken'}, ...await names()];
  indexedDB.open = (name) => {
    if (name === 'broken') throw new Error('broken');
    return open(name);
  };
}
"""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], list[Kept]]]:
    """What is read of the shelves of a page in Chromium, which were filled before."""
    folder = tmp_path_factory.mktemp("app")
    with running() as reference, loaded(reference, folder) as run:
        page = signed_in(run, somebody(run)).window._tabs[0]
        chromium = run.adapter.browsing._browser
        chromium.do(lambda: page.evaluate(STORE, [TOKEN, LONG]))
        yield lambda longest: list(kept(chromium.do(lambda: page.evaluate(READ, longest))))


@needs_a_browser
def test_whatever_shape_a_thing_has_its_text_is_read(read: Callable[[int], list[Kept]]) -> None:
    found = read(LONGEST)
    names = {
        thing.name.rpartition("/")[2]
        for thing in found
        if thing.shelf is Shelf.INDEXED and TOKEN in thing.text
    }
    every = {"map", "set", "buffer", "view", "wide", "blob", "itself", "number", "plain"}
    assert names == every
    assert any(TOKEN in thing.text for thing in found if thing.shelf is Shelf.GLOBALS)
    [long] = [thing for thing in found if thing.shelf is Shelf.LOCAL]
    assert long.name == "long"
    assert long.text.endswith(TOKEN)


@needs_a_browser
def test_what_is_cut_says_so(read: Callable[[int], list[Kept]]) -> None:
    [long] = [thing for thing in read(1000) if thing.shelf is Shelf.LOCAL]
    assert long.name == f"long (its first 1000 of {LONG + len(TOKEN)} characters)"
    assert len(long.text) == 1000
