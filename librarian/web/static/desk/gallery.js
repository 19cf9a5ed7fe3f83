// What does the gallery do? Wires keys, buttons and changes to the cards; each has a file of its own.

import { Changes } from "./changes.js";
import { follow } from "./counts.js";
import { keys } from "./keys.js";
import { askReason, lastReasons } from "./reason.js";
import { Selection } from "./selection.js";
import { Sheets } from "./sheets.js";
import { WORDS, paint, painted } from "./shown.js";
import { Single } from "./single.js";
import "./door.js"; // the link may be opened again

const STATES = { approve: "approved", reject: "rejected", flag: "flagged" };
const gallery = document.getElementById("gallery");
const changes = new Changes();
const told = document.getElementById("told");
const [said, undoing] = told.children;
const known = new Map();
const selection = new Selection();
const sheets = new Sheets(gallery);
let current;

const desk = {
  amends: Boolean(selection.bar),
  get current() {
    return current;
  },
  go,
  move,
  row,
  judge,
  undo,
  toggle: (further) => current && selection.toggle(current, further ? sheets.cards : undefined),
};
const single = new Single(desk);
desk.single = single;

function learn(cards) {
  for (const card of cards) known.set(card.dataset.uid, card);
}
learn(sheets.cards);
sheets.addEventListener("grown", ({ detail }) => learn(detail));

/** Make a card the one that keys mean. */
function go(card, focus = true, scroll = true) {
  if (!card) return;
  current?.classList.remove("current");
  current = card;
  sheets.bring(card);
  card.classList.add("current");
  if (focus) card.querySelector(".shot").focus({ preventScroll: true });
  if (scroll) card.scrollIntoView({ block: "nearest" });
  if (single.open) single.show(card);
}

/** Go some cards on or back; more are fetched where there are none yet. */
async function move(by) {
  const at = current ? sheets.cards.indexOf(current) + by : 0;
  if (at >= sheets.cards.length && !(await sheets.more())) return;
  go(sheets.cards[Math.max(0, Math.min(at, sheets.cards.length - 1))], !single.open);
}

/** Tell how many cards stand in one row. */
function row() {
  return getComputedStyle(gallery.querySelector(".sheet")).gridTemplateColumns.split(" ").length;
}

/** Judge what is selected, or the card that is meant; on to the next after that. */
async function judge(act, again = false) {
  const several = selection.size > 0 && !single.open;
  const cards = several ? [...selection.cards] : [current].filter(Boolean);
  if (!desk.amends || !cards.length) return;
  let reason = act === "reject" ? (again ? lastReasons()[0] ?? "" : undefined) : "";
  if (reason === undefined) {
    reason = await askReason(cards.length > 1 ? `Reject ${cards.length}` : "Reject");
    if (reason === null) return;
  }
  const state = STATES[act];
  changes.make(new Map(cards.map((card) => [card.dataset.uid, painted(card)])), state, reason);
  for (const card of cards) show(card, { state, reason });
  tell(`${cards.length > 1 ? `${cards.length} are` : "It is"} ${WORDS[state].toLowerCase()}.`, true);
  if (several) selection.clear();
  else await move(1);
}

function undo() {
  const before = changes.undo();
  if (!before.size) return;
  put(before);
  tell(before.size > 1 ? `Undone: ${before.size} are as they were.` : "Undone.", false);
  if (before.size === 1) go(known.get([...before.keys()][0]), !single.open);
}

function put(before) {
  for (const [uid, was] of before) {
    const card = known.get(uid);
    if (card) show(card, was);
  }
}

function show(card, look) {
  paint(card, look);
  single.follow(card);
}

function tell(message, undoable) {
  told.hidden = false;
  said.textContent = message;
  undoing.hidden = !undoable;
}

changes.addEventListener("failed", ({ detail }) => {
  put(detail.before);
  tell(`Not done, and shown as before: ${detail.message}`, false);
  told.classList.add("fault");
});
changes.addEventListener("settled", () => gallery.dispatchEvent(new Event("settled")));
changes.addEventListener("missing", ({ detail }) => {
  for (const uid of detail.uids) known.get(uid)?.classList.add("gone");
  tell("Some are not here any more; they were withdrawn.", false);
});
undoing.addEventListener("click", undo);
addEventListener("pagehide", () => changes.flush());
addEventListener("beforeunload", (event) => {
  if (changes.busy) event.preventDefault();
});

gallery.addEventListener("click", (event) => {
  const card = event.target.closest(".item");
  if (!card) return;
  const { act } = event.target.dataset;
  if (act) {
    go(card, false);
    selection.clear();
    judge(act);
  } else if (event.target.matches(".tick input")) {
    go(card, false);
    selection.set(card, event.target.checked, event.shiftKey ? sheets.cards : undefined);
  } else if (event.target.closest(".shot") && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
    event.preventDefault();
    go(card);
    single.show(card);
  }
});
gallery.addEventListener("focusin", ({ target }) => {
  const card = target.closest(".item");
  // a browser brings what is focused by keys into view itself, and nothing may move under a click
  if (card && card !== current) go(card, false, false);
});
selection.bar?.addEventListener("click", ({ target }) => {
  const { all } = target.dataset;
  if (all === "none") selection.clear();
  else if (all === "shown") selection.all(sheets.cards);
  else if (all) judge(all);
});

follow(changes);
keys(desk);
