// How do judgements reach the service? One request after another, several records in each; what
// was done can be undone, and what could not be done is shown as it was before.

const MOST = 500; // records that one request may change
const TRIES = 3;
const PAUSE = 120; // ms in which a burst gathers

export class Changes extends EventTarget {
  #waiting = [];
  #past = [];
  #running = false;
  #csrf = document.querySelector('meta[name="csrf"]').content;

  /** Whether anything is not yet told to the service. */
  get busy() {
    return this.#running || this.#waiting.length > 0;
  }

  /** Give records a state: `before` is each one's state and reason until now, by uid. */
  make(before, state, reason = "") {
    this.#past.push(before);
    this.#add([...before.keys()], state, reason, before);
  }

  /** Take the last judgement back; give what each record is again, by uid. */
  undo() {
    const before = this.#past.pop();
    if (!before) return new Map();
    const groups = Map.groupBy
      ? Map.groupBy(before, ([, was]) => JSON.stringify(was))
      : new Map([...before].map((each) => [each[0], [each]]));
    for (const group of groups.values()) {
      const [[, was]] = group;
      this.#add(group.map(([uid]) => uid), was.state, was.reason, new Map(group));
    }
    return before;
  }

  /** Withdraw a record for good. */
  async withdraw(uid) {
    const answer = await this.#ask(`/records/${uid}`, "DELETE");
    if (!answer.ok) throw new Error(await told(answer));
  }

  /** Send what waits at once, for the page goes away. */
  flush() {
    for (const each of this.#waiting.splice(0)) this.#send(each, true);
  }

  #add(uids, state, reason, before) {
    const last = this.#waiting.at(-1);
    if (last && last.state === state && last.reason === reason && last.uids.length + uids.length <= MOST) {
      last.uids.push(...uids);
      for (const [uid, was] of before) if (!last.before.has(uid)) last.before.set(uid, was);
    } else {
      for (let at = 0; at < uids.length; at += MOST) {
        const part = uids.slice(at, at + MOST);
        const own = new Map(part.map((uid) => [uid, before.get(uid)]));
        this.#waiting.push({ uids: part, state, reason, before: own });
      }
    }
    this.#run();
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    await new Promise((done) => setTimeout(done, PAUSE));
    while (this.#waiting.length) {
      const change = this.#waiting.shift();
      try {
        const answer = await this.#tried(change);
        const { missing } = await answer.json();
        if (missing.length) this.#say("missing", { uids: missing });
      } catch (error) {
        this.#past = [];
        this.#say("failed", { before: change.before, message: error.message });
      }
    }
    this.#running = false;
    this.#say("settled", {});
  }

  async #tried(change) {
    for (let tries = 1; ; tries += 1) {
      let fault = "The service cannot be reached.";
      try {
        const answer = await this.#send(change);
        if (answer.ok) return answer;
        fault = await told(answer);
        if (answer.status < 500) tries = TRIES;
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // fetch: no connection
      }
      if (tries >= TRIES) throw new Error(fault);
      await new Promise((done) => setTimeout(done, 500 * 2 ** tries));
    }
  }

  #send({ uids, state, reason }, keepalive = false) {
    return this.#ask("/records", "PATCH", { uids, state, reason }, keepalive);
  }

  #ask(path, method, body, keepalive = false) {
    const headers = { "X-CSRF-Token": this.#csrf, "Content-Type": "application/merge-patch+json" };
    return fetch(path, { method, headers, keepalive, body: body && JSON.stringify(body) });
  }

  #say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

async function told(answer) {
  if (answer.status === 401) return "Your session is over; load the page again and give the key.";
  try {
    return (await answer.json()).detail;
  } catch {
    return `The service answered ${answer.status}.`;
  }
}
