"""The script that reads what a page of a browser can read of its own origin, and its answer."""

from collections.abc import Iterable, Iterator

from adapters.scenes import Kept, Shelf

LONGEST = 200_000
"""Characters of one thing that are looked at."""

READ = """
async (longest) => {
  const found = [];
  const put = (shelf, name, value) => {
    try {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      if (text) found.push([shelf, String(name), text.slice(0, longest)]);
    } catch (error) { /* what cannot be written down cannot be searched */ }
  };
  const each = (shelf, storage) => {
    for (let i = 0; i < storage.length; i++) {
      put(shelf, storage.key(i), storage.getItem(storage.key(i)));
    }
  };
  const asked = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = request.onblocked = () => failed(request.error);
  });
  try { each('localStorage', localStorage); } catch (error) {}
  try { each('sessionStorage', sessionStorage); } catch (error) {}
  try {
    for (const {name} of await indexedDB.databases()) {
      const base = await asked(indexedDB.open(name));
      for (const store of base.objectStoreNames) {
        const held = base.transaction(store).objectStore(store);
        const [keys, values] = await Promise.all([asked(held.getAllKeys()), asked(held.getAll())]);
        values.forEach((value, at) => put('IndexedDB', `${name}/${store}/${keys[at]}`, value));
      }
      base.close();
    }
  } catch (error) {}
  try {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const answer = await cache.match(request);
        const place = `${name} ${new URL(request.url).pathname}`;
        put('the Cache API', place, await answer.clone().text());
        put('the Cache API', place, [...request.headers, ...answer.headers]);
      }
    }
  } catch (error) {}
  put('document.cookie', 'cookies', document.cookie);
  const frame = document.createElement('iframe');
  frame.hidden = true;
  document.documentElement.append(frame);
  const usual = new Set(Object.getOwnPropertyNames(frame.contentWindow || {}));
  frame.remove();
  for (const name of Object.getOwnPropertyNames(window)) {
    if (!usual.has(name) && !/^\\d+$/.test(name)) {
      try { put('a global variable', name, window[name]); } catch (error) {}
    }
  }
  put('the document', 'markup', document.documentElement.outerHTML);
  return found;
}
"""
"""Storages, databases, caches (those of service workers are the same), globals and markup."""


def kept(answer: Iterable[Iterable[str]]) -> Iterator[Kept]:
    """Yield what the script found."""
    for shelf, name, text in answer:
        yield Kept(Shelf(shelf), name, text)
