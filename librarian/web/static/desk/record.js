// What does one contribution's own page do? Judges it, zooms, withdraws it, and goes to the next.

import { Changes } from "./changes.js";
import { askReason } from "./reason.js";
import { paint, painted, readInto } from "./shown.js";
import { zooming } from "./zoom.js";

const STATES = { approve: "approved", reject: "rejected", flag: "flagged" };
const record = document.getElementById("record");
const told = record.querySelector(".told");
const changes = new Changes();
const { uid } = record.dataset;

zooming(record);
for (const each of record.querySelectorAll("[data-text]")) readInto(each);
for (const each of record.querySelectorAll(".acts, .withdraw")) each.hidden = false;

record.addEventListener("click", async ({ target }) => {
  const { act, withdraw } = target.dataset;
  if (withdraw !== undefined) return takeBack(target);
  if (!act) return undefined;
  const reason = act === "reject" ? await askReason("Reject") : "";
  if (reason === null) return undefined;
  changes.make(new Map([[uid, painted(record)]]), STATES[act], reason);
  paint(record, { state: STATES[act], reason });
  return undefined;
});
changes.addEventListener("failed", ({ detail }) => {
  paint(record, detail.before.get(uid));
  tell(`Not done: ${detail.message}`);
});
changes.addEventListener("settled", () => tell("Noted."));
addEventListener("pagehide", () => changes.flush());

async function takeBack(button) {
  button.disabled = true;
  try {
    await changes.withdraw(uid);
    location.href = record.querySelector(".beside a").href;
  } catch (error) {
    button.disabled = false;
    tell(`Not withdrawn: ${error.message}`);
  }
}

function tell(message) {
  told.hidden = false;
  told.textContent = message;
}
