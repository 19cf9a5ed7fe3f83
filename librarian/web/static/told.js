// How is the contributor told what became of it? By a pop-up, in plain words, receipts to keep.

import { make, say, sayFault } from "./words.js";

const dialog = document.getElementById("told");
const SHOWN = 5; // refusals that are told one by one

/** Show what became of contributions: `{stored, refused, waiting}`, each a list. */
export function tell({ stored, refused, waiting }, { mend, closed }) {
  const kind = refused.length ? "bad" : waiting.length ? "" : "good";
  const title = say(refused.length ? "not_taken" : waiting.length ? "not_yet" : "thanks");
  const acts = [];
  if (refused.length && mend) {
    acts.push(make("button", { click: () => (dialog.close(), mend(refused[0])) }, say("mend")));
  }
  const close = say(refused.length || waiting.length ? "close" : "another");
  acts.push(make("button", { class: acts.length ? "quiet" : "", click: () => dialog.close() }, close));
  if (stored.length) acts.push(keeping(stored.map(({ receipt }) => receipt)));
  dialog.className = kind;
  dialog.replaceChildren(
    make("h2", { id: "told-title" }, title),
    ...thanks(stored),
    ...refused.slice(0, SHOWN).map(refusal),
    ...waiting.slice(0, 1).map(later),
    make("div", { class: "buttons" }, ...acts),
  );
  dialog.onclose = () => {
    closed();
    if (!document.activeElement.offsetParent) refocus(dialog); // what opened it is hidden by now
  };
  if (!dialog.open) dialog.showModal();
  acts[0].focus();
}

/** Let the keyboard go on in a place, or at the page's first field: what had its focus is gone. */
export function refocus(place) {
  for (const each of [place, document.querySelector("main")]) {
    const there = [...each.querySelectorAll("button, input, select, textarea")].find((one) => one.offsetParent);
    if (there) return there.focus();
  }
}

export function isOpen() {
  return dialog.open;
}

/** Say why a contribution was not taken, every fault of it. */
export function reasons(problem) {
  const faults = problem.errors?.length ? problem.errors : [{ rule: problem.type, message: problem.detail }];
  return faults.map((each) => sayFault({ ...each, name: nameOf(each) }));
}

/** Name what a fault is about: the label's name with dots, else nothing. */
export function nameOf({ pointer = "", parameter }) {
  if (parameter) return parameter;
  const [first, ...rest] = pointer.split("/").slice(1).map((each) => each.replaceAll("~1", "/").replaceAll("~0", "~"));
  return first === "labels" ? rest.join(".") : "";
}

function thanks(stored) {
  if (!stored.length) return [];
  const [{ receipt }] = stored;
  const one = receipt.replayed ? "thanks_replayed" : receipt.spooled ? "thanks_spooled" : "thanks_one";
  const said = stored.length === 1 ? say(one) : say("thanks_many", { count: stored.length });
  const number = stored.length === 1 ? [make("p", { class: "soft" }, `${say("receipt")} `, make("code", {}, receipt.uid), ...seeing(receipt))] : [];
  return [make("p", {}, said), ...number];
}

function seeing({ token }) {
  if (!token) return [];
  return [" ", make("a", { href: `/receipts/${token}`, target: "_blank" }, say("receipt_see"))];
}

function refusal({ name, problem }) {
  const items = reasons(problem).map((each) => make("li", {}, each));
  return make("div", {}, make("p", {}, make("strong", {}, name), ` ${say("nothing_kept")}`), make("ul", {}, ...items));
}

function later({ problem, kept }) {
  const why = problem.status === 0 && !navigator.onLine ? say("offline") : reasons(problem)[0];
  return make("div", {}, make("p", {}, why), make("p", {}, say(kept ? "not_yet_text" : "not_yet_kept")));
}

function keeping(receipts) {
  const text = JSON.stringify(receipts.length === 1 ? receipts[0] : receipts, null, 2);
  const href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const download = `receipt-${receipts[0].uid}.json`;
  return make("a", { class: "button quiet", href, download, title: say("receipt_why") }, say("receipt_keep"));
}
