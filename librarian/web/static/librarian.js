// How does a page anywhere send reliably? One ES module: send, queue, contract, warm.
//
//     import { Librarian } from "https://service.example/static/librarian.js";
//     const receipt = await new Librarian("https://service.example").send(file, { label: "cat" });
//
// What is sent carries a key of its own (Idempotency-Key), so that trying again never stores it
// twice. Tried again is what may succeed later: a network that fails, 429, 5xx with or without our
// body. Types and the meaning of every option stand in librarian.d.ts beside this file.

const TRIES = 6;
const FIRST_PAUSE = 500; // ms; doubled with each try
const LONGEST_PAUSE = 60_000;
const LONGEST_WAIT = 86_400_000; // ms that a Retry-After may ask for
const STALLED = 60_000; // ms without a byte moving or an answer coming
const AT_ONCE = 2; // entries of the queue under way in one tab
const STORE = "queue";
const PSEUDONYM = /^[A-Za-z0-9_-]{8,64}$/;
const PASSING = new Set([0, 408, 425, 429]); // statuses that may pass, besides 5xx

/** Why a contribution was not taken: the members of RFC 9457, as an Error. */
export class Problem extends Error {
  constructor(told, retryAfter = 0) {
    super(told.detail || told.title || "Something went wrong.");
    this.name = "Problem";
    Object.assign(this, { type: "about:blank", title: "", status: 0, detail: this.message }, told);
    this.errors = Array.isArray(told.errors) ? told.errors : [];
    const passing = PASSING.has(this.status) || this.status >= 500;
    this.retryable = told.retryable ?? passing;
    this.retryAfter = retryAfter; // ms
  }
}

/** One service, as a page sends to it. Without an address, the one that served this file. */
export class Librarian extends EventTarget {
  #options;
  #contract;
  #pseudonym;
  #database;
  #channel;
  #running = false;
  #timer;
  #underWay = new Map(); // key of an entry: what stops its sending in this tab

  constructor(url = new URL("..", import.meta.url), options = {}) {
    super();
    this.url = new URL(url, globalThis.location?.href).href.replace(/\/+$/, "");
    this.#options = { tries: TRIES, atOnce: AT_ONCE, ...options };
  }

  /** Send one contribution; resolves with the receipt, rejects with a Problem. */
  async send(data, labels = {}, options = {}) {
    const { key = uuid(), consent, signal, onProgress, onRetry } = options;
    const entry = { data, labels, key, consent };
    const report = forward(onProgress);
    return this.#persist(
      (attempt) => this.#deliver(entry, signal, (at) => report(at, attempt)),
      { signal, onRetry },
    );
  }

  /** What the service asks for (GET /contract); asked once. */
  async contract({ signal } = {}) {
    return this.#persist(() => this.#asked(signal), { signal });
  }

  /** Wake a service that sleeps, while the contributor still chooses. Never rejects. */
  async warm() {
    return fetch(`${this.url}/livez`, { cache: "no-store" }).then(({ ok }) => ok, () => false);
  }

  /** The random pseudonym under which this page's contributions are sent; "" for none. */
  get contributor() {
    const { contributor } = this.#options;
    if (contributor !== undefined) return contributor || "";
    return (this.#pseudonym ??= remembered(this.#place) ?? this.renewContributor());
  }

  /** Take another pseudonym: nothing that is sent from now on can be joined to what was before. */
  renewContributor() {
    this.#pseudonym = uuid();
    remember(this.#place, this.#pseudonym);
    return this.#pseudonym;
  }

  get #place() {
    return `librarian-contributor ${this.url}`;
  }

  // The queue: entries in IndexedDB, sent one after the other until the service has settled each.

  /** Keep a contribution on this device, then send it; resolves once it is kept. */
  async queue(data, labels = {}, { key = uuid(), consent } = {}) {
    const { url, contributor } = this;
    toJson(labels); // refused now, not when nobody looks any more
    const at = performance.timeOrigin + performance.now();
    const entry = { url, key, data, labels, contributor, consent, at, tries: 0, next: 0 };
    try {
      await this.#stored("readwrite", (store) => store.add(entry));
    } catch (error) {
      if (error.name !== "ConstraintError") throw error; // else it is queued already
    }
    this.#tell("queued", { key });
    if (this.#running) this.#pump();
    else this.resume();
    return entry;
  }

  /** Send what waits, now and whenever the network comes back, for as long as this page is open. */
  resume() {
    if (!this.#running) {
      this.#running = true;
      this.#listen();
      globalThis.addEventListener("online", () => this.#pump({ back: true }));
      document.addEventListener("visibilitychange", () => document.hidden || this.#pump({ back: true }));
    }
    return this.#pump({ back: true });
  }

  /** List what is not settled, oldest first; what was refused stays until it is discarded. */
  async pending() {
    const mine = IDBKeyRange.bound([this.url], [this.url, []]);
    const entries = await this.#stored("readonly", (store) => store.getAll(mine));
    const state = ({ key, problem }) =>
      problem && !problem.retryable ? "refused" : this.#underWay.has(key) ? "sending" : "waiting";
    return entries
      .sort((a, b) => a.at - b.at)
      .map((each) => ({ ...each, state: state(each), problem: again(each.problem) }));
  }

  /** Send a refused entry once more, or a waiting one at once. */
  async retry(key) {
    await this.#change(key, { problem: undefined, next: 0 });
    await this.resume();
  }

  /** Take an entry out of the queue, stopping it if it is under way. */
  async discard(key) {
    this.#underWay.get(key)?.abort();
    await this.#stored("readwrite", (store) => store.delete([this.url, key]));
    this.#tell("discarded", { key });
  }

  async #pump({ back = false } = {}) {
    clearTimeout(this.#timer);
    const now = Date.now();
    let soonest = Infinity;
    for (const entry of await this.pending()) {
      if (this.#underWay.size >= this.#options.atOnce) return; // each that ends pumps again
      if (entry.state !== "waiting") continue;
      // A network that failed is tried at once when there is reason to believe that it is back.
      const unreached = back && entry.problem?.status === 0;
      if (entry.next > now && !unreached) soonest = Math.min(soonest, entry.next);
      else this.#work(entry);
    }
    clearTimeout(this.#timer);
    if (soonest < Infinity) this.#timer = setTimeout(() => this.#pump(), soonest - now);
  }

  /** Send one entry; no two tabs do so at once, and none sends what another has settled. */
  async #work({ key, tries }) {
    if (this.#underWay.has(key)) return;
    const stop = new AbortController();
    this.#underWay.set(key, stop);
    const act = () => this.#settle(key, tries, stop.signal);
    try {
      await alone(`librarian ${this.url} ${key}`, stop.signal, act);
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    } finally {
      this.#underWay.delete(key);
    }
    await this.#pump();
  }

  async #settle(key, seen, signal) {
    const entry = await this.#stored("readonly", (store) => store.get([this.url, key]));
    if (!entry || entry.tries !== seen) return; // another tab has been here
    this.#tell("sending", { key }, { entry });
    const tries = seen + 1;
    const report = forward((progress) => this.#tell("progress", { key, ...progress }));
    let receipt;
    try {
      receipt = await this.#deliver(entry, signal, (at) => report(at, tries));
    } catch (error) {
      signal.throwIfAborted();
      const problem = error instanceof Problem ? error : unreadable(error);
      const next = Date.now() + pause(tries, problem.retryAfter);
      await this.#change(key, { tries, next, problem: { ...problem } });
      this.#tell(problem.retryable ? "waiting" : "refused", { key, problem, next });
      return;
    }
    await this.#stored("readwrite", (store) => store.delete([this.url, key]));
    this.#tell("stored", { key, receipt });
  }

  /** Change an entry, if it is still there. */
  async #change(key, changes) {
    await this.#stored("readwrite", (store) => {
      const asked = store.get([this.url, key]);
      asked.onsuccess = () => asked.result && store.put({ ...asked.result, ...changes });
      return asked;
    });
  }

  /** Do one thing in the queue's store; resolves when it is done for good. */
  async #stored(mode, act) {
    try {
      const database = await (this.#database ??= open());
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(STORE, mode, { durability: "strict" });
        const asked = act(transaction.objectStore(STORE));
        transaction.oncomplete = () => resolve(asked.result);
        transaction.onabort = () => reject(transaction.error);
      });
    } catch (error) {
      this.#database = undefined; // phones cut a page in the background off from its database
      throw error;
    }
  }

  /** Hear what other tabs do with the same queue. */
  #listen() {
    if (this.#channel || typeof BroadcastChannel === "undefined") return;
    this.#channel = new BroadcastChannel(`librarian ${this.url}`);
    this.#channel.onmessage = ({ data: { type, detail } }) => {
      if (type === "discarded") this.#underWay.get(detail.key)?.abort();
      const problem = again(detail.problem);
      this.dispatchEvent(new CustomEvent(type, { detail: { ...detail, problem } }));
      if (type === "queued" && this.#running) this.#pump();
    };
  }

  /** Tell this page and others; what is `here` is of this page alone. */
  #tell(type, detail, here = {}) {
    this.#listen();
    const problem = detail.problem && { ...detail.problem };
    this.#channel?.postMessage({ type, detail: { ...detail, problem } });
    this.dispatchEvent(new CustomEvent(type, { detail: { ...detail, ...here } }));
  }

  // One attempt, and what is done about its failure.

  async #persist(attempt, { signal, onRetry }) {
    for (let tried = 1; ; tried++) {
      signal?.throwIfAborted();
      try {
        return await attempt(tried);
      } catch (problem) {
        if (!problem.retryable || tried >= this.#options.tries) throw problem;
        const wait = pause(tried, problem.retryAfter);
        onRetry?.({ attempt: tried, wait, problem });
        await rest(wait, problem.status === 0, signal);
      }
    }
  }

  async #asked(signal) {
    const { inputs } = this.#options;
    if (inputs) return { inputs };
    return (this.#contract ??= await this.#ask("GET", "/contract", { signal, expected: "inputs" }));
  }

  async #deliver(entry, signal, onProgress) {
    const { data, labels, key, contributor = this.contributor, consent } = entry;
    const { inputs } = await this.#asked(signal);
    const { body, query, type, bytes } = await encoded(inputs, data, labels);
    const headers = { "Idempotency-Key": key };
    if (type) headers["Content-Type"] = type;
    if (contributor) headers["Librarian-Contributor"] = contributor;
    if (consent) headers["Librarian-Consent"] = consent;
    const progress = (share) => onProgress({ loaded: Math.floor(share * bytes), total: bytes });
    const path = `/upload${query}`;
    return this.#ask("POST", path, { headers, body, signal, progress, expected: "uid" });
  }

  /** Make one request. XMLHttpRequest, because fetch tells nothing of an upload's progress. */
  #ask(method, path, { headers = {}, body = null, signal, progress, expected }) {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const request = new XMLHttpRequest();
      let watch;
      const alive = () => {
        clearTimeout(watch);
        watch = setTimeout(() => request.abort(), STALLED);
      };
      const hangUp = () => request.abort();
      request.open(method, this.url + path);
      for (const [name, value] of Object.entries({ ...this.#options.headers, ...headers })) {
        request.setRequestHeader(name, value);
      }
      if (progress) {
        request.upload.onprogress = ({ loaded, total }) => {
          alive();
          if (total) progress(loaded / total);
        };
        request.upload.onload = () => progress(1);
      }
      request.onprogress = alive;
      request.onloadend = () => {
        clearTimeout(watch);
        signal?.removeEventListener("abort", hangUp);
        if (signal?.aborted) reject(signal.reason);
        else {
          const told = parsed(request.responseText);
          const good = request.status >= 200 && request.status < 300 && told && expected in told;
          if (good) resolve(told);
          else reject(problem(request, told));
        }
      };
      signal?.addEventListener("abort", hangUp);
      alive();
      request.send(body);
    });
  }
}

/** Say what went wrong, from an answer that is no receipt; told is its JSON, if it had any. */
function problem(request, told) {
  const { status } = request;
  const wait = askedToWait(request.getResponseHeader("Retry-After"));
  if (status >= 400) {
    const ours = told && typeof told.type === "string" && typeof told.detail === "string";
    const detail = `The service answered ${status} and did not say why.`;
    return new Problem({ ...(ours ? told : { title: request.statusText, detail }), status }, wait);
  }
  // Nothing came, or something in between answered in the service's place, as hotels' networks do.
  const detail = "The service could not be reached.";
  return new Problem({ type: "network", title: "No connection", detail, status: 0 }, wait);
}

/** Read Retry-After (RFC 9110), seconds or a date, as ms from now. */
function askedToWait(said) {
  const seconds = Number(said ?? 0);
  const asked = Number.isNaN(seconds) ? Date.parse(said) - Date.now() || 0 : seconds * 1000;
  return Math.min(Math.max(0, asked), LONGEST_WAIT);
}

/** Make a Problem again of what was kept or sent as plain data. */
function again(plain) {
  return plain && new Problem(plain, plain.retryAfter);
}

/** Say that this device could not give its own data, as of a file that was taken away. */
function unreadable({ message }) {
  const title = "Not readable";
  return new Problem({ type: "unreadable", title, detail: message, status: 0, retryable: false });
}

/** Write data and labels as a request: a multipart form, or a raw body where nothing else goes. */
async function encoded(inputs, data, labels) {
  const form = new FormData();
  let bytes = 0;
  let raw;
  for (const [tag, value] of Object.entries(byTag(inputs, data))) {
    const types = inputs.find((each) => each.tag === tag)?.types ?? ["file"];
    const takes = (...kinds) => kinds.some((kind) => types.includes(kind));
    if (value === null || value === undefined) continue;
    if (typeof value === "string" && takes("base64") && !takes("text")) {
      bytes += value.length;
      form.append(tag, value);
      continue;
    }
    const blob = await readable(asBlob(value, takes("json") && !takes("text", "file")));
    bytes += blob.size;
    if (takes("file", "text", "json")) form.append(tag, blob, blob.name || tag);
    else if (takes("base64")) form.append(tag, await dataUri(blob));
    else raw = blob;
  }
  if (raw) {
    toJson(labels); // which refuses what cannot be written
    const query = String(new URLSearchParams(flat(labels)));
    const type = raw.type || "application/octet-stream";
    return { body: raw, type, bytes, query: query && `?${query}` };
  }
  form.append("labels", toJson(labels));
  return { body: form, bytes, query: "" };
}

/** Say which value is for which input: an object of nothing but tags is that already. */
function byTag(inputs, data) {
  const tags = new Set(inputs.map(({ tag }) => tag));
  const plain = data && Object.getPrototypeOf(data) === Object.prototype;
  const names = plain ? Object.keys(data) : [];
  if (names.length && names.every((name) => tags.has(name))) return data;
  return { [inputs[0].tag]: data };
}

/** Give a blob that this device can still read: a network that fails looks the same. */
async function readable(blob) {
  await blob.slice(0, 1).arrayBuffer().catch((error) => Promise.reject(unreadable(error)));
  return blob;
}

function asBlob(value, isJson) {
  if (value instanceof Blob) return value;
  const bytes = value instanceof ArrayBuffer || ArrayBuffer.isView(value);
  if (bytes || (typeof value === "string" && !isJson)) {
    return new Blob([value], { type: bytes ? "" : "text/plain" });
  }
  return new Blob([toJson(value)], { type: "application/json" });
}

function dataUri(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** Write JSON, of a BigInt all digits; what JSON would turn into null without a word is refused. */
export function toJson(value) {
  const mark = uuid();
  const written = JSON.stringify(value, (name, each) => {
    if (typeof each === "number" && !Number.isFinite(each)) {
      throw new TypeError(`“${name}” is not a finite number.`);
    }
    return typeof each === "bigint" ? `${mark}${each}` : each;
  });
  return written?.replaceAll(new RegExp(`"${mark}(-?[0-9]+)"`, "g"), "$1");
}

/** Write labels as a query does: box.x for a member of box. */
function flat(labels, within = "") {
  return Object.entries(labels).flatMap(([name, given]) => {
    const value = given?.toJSON ? given.toJSON() : given;
    const members = value && typeof value === "object" && !Array.isArray(value);
    if (members && Object.keys(value).length) {
      return flat(value, `${within}${name}.`);
    }
    return value === undefined ? [] : [[within + name, typeof value === "string" ? value : toJson(value)]];
  });
}

function parsed(content) {
  try {
    const value = JSON.parse(content);
    return value && typeof value === "object" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Pass progress on so that it never goes back, though a new try begins at nothing. */
function forward(onProgress) {
  let most = -1;
  return ({ loaded, total }, attempt) => {
    if (loaded > most) onProgress?.({ loaded: (most = loaded), total, attempt });
  };
}

/** Choose how long to wait before the next try, in ms: longer each time, never all at once. */
function pause(tried, retryAfter = 0) {
  const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tried - 1));
  const mine = longest * (0.5 + Math.random() / 2);
  return Math.max(mine, retryAfter + Math.min(retryAfter, 1000) * Math.random());
}

/** Wait; where it was the network that failed, until it is back, which may be at once. */
function rest(wait, unreached, signal) {
  return new Promise((resolve, reject) => {
    const over = () => {
      clearTimeout(timer);
      removeEventListener("online", over);
      signal?.removeEventListener("abort", over);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(() => unreached && navigator.onLine === false || over(), wait);
    if (unreached) addEventListener("online", over);
    signal?.addEventListener("abort", over);
  });
}

/** Act while no other tab does; without Web Locks (a page on plain http) the key alone must do. */
function alone(name, signal, act) {
  return navigator.locks ? navigator.locks.request(name, { signal }, act) : act();
}

function open() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("librarian", 1);
    asked.onupgradeneeded = () =>
      asked.result.createObjectStore(STORE, { keyPath: ["url", "key"] });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

/** Make a random UUID (RFC 9562, version 4); randomUUID is not there on plain http pages. */
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

// Storage may be forbidden to a page; then a pseudonym lasts as long as the page.

function remembered(place) {
  try {
    const kept = localStorage.getItem(place);
    return PSEUDONYM.test(kept ?? "") ? kept : undefined;
  } catch {
    return undefined;
  }
}

function remember(place, value) {
  try {
    localStorage.setItem(place, value);
  } catch {
    // it is kept in memory
  }
}
