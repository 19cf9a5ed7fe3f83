// What does librarian.js offer, with types? Keep it beside the script, or name it in tsconfig's
// `paths`; the script itself needs no build.

/** One piece of data. A string is text, or base64 where the input takes that; an object is JSON. */
export type Value = Blob | ArrayBuffer | ArrayBufferView | string | number | boolean | object;

/** The data of one contribution: for the first input, or by input: `{ image: file, mask: file }`. */
export type Data = Value | { [tag: string]: Value | null | undefined };

/** Labels as JSON: numbers stay numbers, of a BigInt all digits. */
export type Labels = { [name: string]: unknown };

/** What the service answers when it has stored a contribution. */
export interface Receipt {
  /** 24 hexadecimal digits. */
  uid: string;
  /** RFC 3339, in UTC. */
  received_at: string;
  labels: Labels;
  data: {
    tag: string;
    sha256: string;
    bytes: number;
    media_type: string;
    filename?: string;
    width?: number;
    height?: number;
    [more: string]: unknown;
  }[];
  /** Whether it was stored by an earlier request with the same key. */
  replayed: boolean;
  /** There and true if it is safe with the service, which stores it later. */
  spooled?: boolean;
  /** What lets see and withdraw it, at /receipts/<token>; not there on some replays. */
  token?: string;
  [more: string]: unknown;
}

/** One fault of a contribution. */
export interface Fault {
  stage: string;
  rule: string;
  /** A sentence to show to the contributor. */
  message: string;
  /** JSON pointer (RFC 6901) to the fault: `/labels/x`, `/image`. */
  pointer?: string;
  parameter?: string;
  limit?: unknown;
  actual?: unknown;
}

/**
 * Why a contribution was not taken: an Error with the members of RFC 9457.
 *
 * `type` is the service's word for the stage (`label-validation`, `size`, ...); `network` where it
 * could not be reached (status 0), `about:blank` where something else answered in its place,
 * `unreadable` where this device could not read a file of its queue.
 */
export class Problem extends Error {
  constructor(told: object, retryAfter?: number);
  readonly type: string;
  readonly title: string;
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  /** A sentence to show to the contributor. */
  readonly detail: string;
  /** The request's id, to tell the owner. */
  readonly instance?: string;
  readonly stage?: string;
  /** Every fault that was found. */
  readonly errors: Fault[];
  /** Whether the same contribution may succeed later. */
  readonly retryable: boolean;
  /** How long the service asks to wait, in ms; 0 where it does not say. */
  readonly retryAfter: number;
}

/** How far an upload is, in bytes of data. It never goes back, though a new try begins anew. */
export interface Progress {
  loaded: number;
  total: number;
  /** Which try this is, from 1. */
  attempt: number;
}

export interface SendOptions {
  /** 16 to 128 of `A-Za-z0-9_-`; the same key with the same content is stored once. */
  key?: string;
  /** The version of the consent text that the contributor agreed to, where the service asks. */
  consent?: string;
  /** Stops the sending, which then rejects with the signal's reason. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** Called before a pause of `wait` ms, after which it is tried again. */
  onRetry?: (told: { attempt: number; wait: number; problem: Problem }) => void;
}

export type QueueOptions = Pick<SendOptions, "key" | "consent">;

/** One input of the service. */
export interface Input {
  tag: string;
  /** `base64`, `file`, `json`, `raw`, `text`; a file where it is not said. */
  types?: string[];
  [more: string]: unknown;
}

/** What the service asks for; `GET /contract` says all of it. */
export interface Contract {
  inputs: Input[];
  [more: string]: any;
}

export interface Options {
  /** How often `send` and `contract` try before they give up; 6. The queue never gives up. */
  tries?: number;
  /** How many entries of the queue are under way at one time in one tab; 2. */
  atOnce?: number;
  /** A pseudonym of the page's own (8 to 64 of `A-Za-z0-9_-`), or false to send none. */
  contributor?: string | false;
  /** Headers to send along, such as `Authorization`. */
  headers?: Record<string, string>;
  /** The service's inputs, where the page knows them: it is then not asked for its contract. */
  inputs?: Input[];
}

/** A contribution that is kept on this device until the service has settled it. */
export interface Entry {
  key: string;
  data: Data;
  labels: Labels;
  contributor: string;
  consent?: string;
  /** When it was queued, in ms since 1970. */
  at: number;
  /** How often it was tried. */
  tries: number;
  /** When it is tried again, in ms since 1970; 0 for at once. */
  next: number;
}

export interface PendingEntry extends Entry {
  /** `refused` stays until it is discarded or retried; `sending` is under way in this tab. */
  state: "waiting" | "sending" | "refused";
  /** What its last try met. */
  problem?: Problem;
}

/** What happens in the queue, in this tab or another one: event name to its `detail`. */
export interface QueueEvents {
  queued: { key: string };
  /** `entry` is there where this tab sends it, which another may have queued. */
  sending: { key: string; entry?: Entry };
  progress: { key: string } & Progress;
  /** It is tried again at `next` (ms since 1970), or when the network comes back. */
  waiting: { key: string; problem: Problem; next: number };
  stored: { key: string; receipt: Receipt };
  refused: { key: string; problem: Problem };
  discarded: { key: string };
}

/** One service, as a page sends to it. */
export class Librarian extends EventTarget {
  /** @param url the service's address; by default the one that served librarian.js. */
  constructor(url?: string | URL, options?: Options);
  readonly url: string;
  /** The pseudonym under which contributions are sent, kept for this service; "" for none. */
  readonly contributor: string;

  /** Send one contribution and try again what may pass; rejects with a Problem. */
  send(data: Data, labels?: Labels, options?: SendOptions): Promise<Receipt>;
  /** What the service asks for; asked once. */
  contract(options?: { signal?: AbortSignal }): Promise<Contract>;
  /** Wake a service that sleeps; whether it answered. Never rejects. */
  warm(): Promise<boolean>;
  /** Take another pseudonym, and give it. */
  renewContributor(): string;

  /** Keep a contribution on this device (IndexedDB), then send it; resolves once it is kept. */
  queue(data: Data, labels?: Labels, options?: QueueOptions): Promise<Entry>;
  /** Send what waits, now and whenever the network is back, for as long as the page is open. */
  resume(): Promise<void>;
  /** What is not settled yet, oldest first. */
  pending(): Promise<PendingEntry[]>;
  /** Send a refused entry once more, or a waiting one at once. */
  retry(key: string): Promise<void>;
  /** Take an entry out of the queue, stopping it if it is under way. */
  discard(key: string): Promise<void>;

  addEventListener<K extends keyof QueueEvents>(
    type: K,
    listener: (event: CustomEvent<QueueEvents[K]>) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}
