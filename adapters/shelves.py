"""The script that reads what a page of a browser can read of its own origin, and its answer."""

from collections.abc import Iterable, Iterator

from adapters.scenes import Kept, Shelf

LONGEST = 5_000_000
"""Characters of one thing that are looked at: as much as a whole web storage holds."""

READ = """
async (longest) => {
  const found = [];
  const blobs = [];
  const add = (shelf, name, text) => {
    const cut = text.length > longest ? ` (its first ${longest} of ${text.length} characters)` : '';
    if (text) found.push([shelf, String(name) + cut, text.slice(0, longest)]);
  };
  const octets = (value) => {
    const [here, from, size] = ArrayBuffer.isView(value)
      ? [value.buffer, value.byteOffset, value.byteLength] : [value, 0, value.byteLength];
    // Of memory that is shared with workers, no decoder reads but a copy.
    const copy = new Uint8Array(here, from, Math.min(size, longest)).slice();
    const texts = ['utf-8', 'utf-16le'].map((coding) => new TextDecoder(coding).decode(copy));
    return size > longest ? [...texts, `its first ${longest} of ${size} octets`] : texts;
  };
  const isBuffer = (value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer ||
    (typeof SharedArrayBuffer !== 'undefined' && value instanceof SharedArrayBuffer);
  // What JSON has no word for: a database holds it all, and things that hold themselves besides.
  const written = (shelf, name) => {
    const seen = new WeakSet();
    return (key, value) => {
      if (typeof value === 'bigint') return String(value);
      if (typeof value !== 'object' || value === null) return value;
      if (isBuffer(value)) return octets(value);
      if (value instanceof Blob) {
        blobs.push([shelf, name, value]);
        return undefined;
      }
      if (shelf === 'IndexedDB') {
        if (seen.has(value)) return undefined;
        seen.add(value);
      }
      if (value instanceof Error) return [value.message, value.stack];
      return value instanceof Map || value instanceof Set ? [...value] : value;
    };
  };
  const put = (shelf, name, value) => {
    try {
      const json = () => JSON.stringify(value, written(shelf, name)) || '';
      add(shelf, name, typeof value === 'string' ? value : json());
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
  const stored = async (base, name, store) => {
    const held = base.transaction(store).objectStore(store);
    const [keys, values] = await Promise.all([asked(held.getAllKeys()), asked(held.getAll())]);
    values.forEach((value, at) => put('IndexedDB', `${name}/${store}/${keys[at]}`, value));
  };
  try { each('localStorage', localStorage); } catch (error) {}
  try { each('sessionStorage', sessionStorage); } catch (error) {}
  try {
    for (const {name} of await indexedDB.databases()) {
      // One that cannot be read says nothing of the others.
      try {
        const base = await asked(indexedDB.open(name));
        for (const store of base.objectStoreNames) {
          try { await stored(base, name, store); } catch (error) {}
        }
        base.close();
      } catch (error) {}
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
  for (const [shelf, name, blob] of blobs) {
    try { add(shelf, name, await blob.text()); } catch (error) {}
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
