// What was sent, and what became of it? A line for each contribution, from the queue of librarian.js.

import { isOpen, reasons, refocus, tell } from "./told.js";
import { aloud, make, say } from "./words.js";

const section = document.getElementById("sent");
const list = document.getElementById("list");
const SOON = 2500; // ms: what is tried again within them is not worth a pop-up

export class Outbox {
  #lines = new Map(); // key of a contribution: its line, and what is known of it
  #news = { stored: [], refused: [] };
  #warned = new Set();
  #keeping = 0; // contributions that are being written to this device
  #sentDirectly = 0;

  /** `mend` takes a refused contribution back into the form; `busy` says whether work waits there. */
  constructor(librarian, { mend, busy }) {
    this.librarian = librarian;
    this.mend = mend;
    this.busy = busy;
    for (const type of ["sending", "progress", "waiting", "refused", "stored", "discarded"]) {
      librarian.addEventListener(type, ({ detail }) => this[type](detail));
    }
  }

  /** Show what was not settled when the page was closed, and go on with it. */
  async resume() {
    try {
      for (const entry of await this.librarian.pending()) {
        if (this.#lines.has(entry.key)) continue;
        this.#add(entry);
        if (entry.state === "refused") this.#show(entry.key, "refused", reasons(entry.problem)[0]);
        else this.#show(entry.key, "waiting");
      }
      await this.librarian.resume();
    } catch {
      // This browser keeps nothing for pages: there is nothing to go on with.
    }
  }

  /** Send a contribution: kept on this device first, or, where nothing is kept, at once. */
  async send(data, labels, consent) {
    this.#keeping += 1;
    const entry = await this.librarian.queue(data, labels, { consent }).catch(() => undefined);
    this.#keeping -= 1;
    const key = entry?.key ?? `direct ${(this.#sentDirectly += 1)}`;
    this.#add({ key, data, labels });
    this.#show(key, "waiting");
    if (!entry) this.#directly(key, data, labels, consent);
  }

  sending({ key, entry }) {
    if (entry) this.#add(entry); // which another tab may have queued
    this.#show(key, "sending", say("sending", { percent: 0 }));
  }

  progress({ key, loaded, total }) {
    const percent = total ? Math.floor((100 * loaded) / total) : 100;
    this.#show(key, "sending", percent < 100 ? say("sending", { percent }) : say("checking"), percent);
  }

  waiting({ key, problem, next = 0, kept = true }) {
    const line = this.#lines.get(key);
    if (!line) return;
    Object.assign(line, { problem, kept, soon: next && next - Date.now() < SOON });
    this.#show(key, "later", `${say("later")}. ${reasons(problem)[0]}`);
    if (line.soon || this.#warned.has(key)) return;
    this.#warned.add(key);
    this.#settled();
  }

  refused({ key, problem }) {
    const line = this.#lines.get(key);
    if (!line) return;
    line.problem = problem;
    this.#show(key, "refused", `${say("refused")}. ${reasons(problem)[0]}`);
    this.#news.refused.push(line);
    this.#settled();
  }

  stored({ key, receipt }) {
    const line = this.#lines.get(key);
    if (!line) return;
    line.data = null; // its bytes are no longer needed here
    this.#show(key, "stored", say(receipt.spooled ? "spooled" : "stored"));
    this.#news.stored.push({ ...line, receipt });
    this.#settled();
  }

  discarded({ key }) {
    const item = this.#lines.get(key)?.item;
    const held = item?.contains(document.activeElement);
    const beside = item?.nextElementSibling ?? item?.previousElementSibling;
    item?.remove();
    this.#lines.delete(key);
    section.hidden = !this.#lines.size;
    if (held) refocus(beside ?? section);
  }

  #add({ key, data, labels }) {
    if (this.#lines.has(key)) return;
    const name = nameOf(data);
    const state = make("span", { class: "state" });
    const acts = make("span", { class: "acts" });
    const bar = make("progress", { max: 100, value: 0, "aria-label": name });
    const item = make("li", { "data-key": key }, make("span", { class: "name" }, name), state, acts, bar);
    this.#lines.set(key, { key, name, data, labels, item, state, acts, bar, at: "waiting" });
    list.prepend(item);
    section.hidden = false;
  }

  #show(key, at, text = say("waiting"), percent = 0) {
    const line = this.#lines.get(key);
    if (!line) return;
    const { item, state, acts, bar } = line;
    const changed = line.at !== at || !acts.childElementCount;
    line.at = at;
    state.textContent = text;
    bar.value = percent;
    if (!changed) return;
    item.className = at;
    bar.hidden = at !== "sending";
    const act = (name, click) => make("button", { type: "button", class: "quiet small", click, "aria-label": `${say(name)}: ${line.name}` }, say(name));
    const drop = () => this.#discard(line);
    const focused = acts.contains(document.activeElement);
    acts.replaceChildren(
      ...(at === "refused" ? [act("mend", () => this.#mend(line)), act("discard", drop)]
        : at === "later" ? [act("try_now", () => this.librarian.retry(key)), act("cancel", drop)]
        : at === "stored" ? [] : [act("cancel", drop)]),
    );
    if (focused) refocus(item);
    if (at !== "sending" && at !== "waiting") aloud(`${line.name}: ${text}`);
  }

  async #discard(line) {
    line.stop?.abort();
    await this.librarian.discard(line.key).catch(() => this.discarded(line));
    this.discarded(line);
    aloud(say("cancelled", { name: line.name }));
    this.#settled();
  }

  #mend(line) {
    this.#news.refused = this.#news.refused.filter(({ key }) => key !== line.key);
    this.librarian.discard(line.key).catch(() => {});
    this.discarded(line);
    this.mend(line);
  }

  /** Tell what became of it, once nothing is under way and the contributor is not at work. */
  #settled() {
    const lines = [...this.#lines.values()];
    const underWay = this.#keeping || lines.some(({ at, soon }) => at === "waiting" || at === "sending" || (at === "later" && soon));
    const { stored, refused } = this.#news;
    const waiting = lines.filter(({ at }) => at === "later");
    if (underWay || (this.busy() && !isOpen())) return;
    if (!stored.length && !refused.length && !waiting.length) return;
    tell(
      { stored, refused, waiting },
      {
        mend: (line) => this.#mend(line),
        closed: () => (this.#news = { stored: [], refused: [] }),
      },
    );
  }

  /** Send without the queue, where this browser keeps nothing; an open page tries again, too. */
  async #directly(key, data, labels, consent) {
    const line = this.#lines.get(key);
    line.stop = new AbortController();
    const { signal } = line.stop;
    this.sending({ key });
    try {
      const receipt = await this.librarian.send(data, labels, {
        consent, signal,
        onProgress: (each) => this.progress({ key, ...each }),
        onRetry: ({ problem }) => this.waiting({ key, problem, kept: false }),
      });
      this.stored({ key, receipt });
    } catch (problem) {
      if (!signal.aborted) this.refused({ key, problem });
    }
  }
}

function nameOf(data) {
  const values = Object.values(data);
  const file = values.find((each) => each instanceof File);
  const text = values.find((each) => typeof each === "string");
  return file?.name ?? (text ? `“${text.slice(0, 40)}${text.length > 40 ? "…" : ""}”` : say("box"));
}
