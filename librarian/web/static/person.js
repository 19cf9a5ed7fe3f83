// Who sends? Under a random name, with consent and an access key where they are asked for.

import { say } from "./words.js";

const agreed = document.getElementById("agreed");
const key = document.getElementById("key");

/** Headers of every request: the access key, once it is given; it is kept nowhere. */
export const headers = {};

/** Show the name that is sent, and go on with what waits, which may need the key first. */
export function introduce(librarian, resume) {
  const name = document.getElementById("pseudonym");
  name.textContent = librarian.contributor;
  document.getElementById("renew").addEventListener("click", () => {
    name.textContent = librarian.renewContributor();
  });
  document.getElementById("who").hidden = false;
  if (!key) {
    resume();
    return;
  }
  key.addEventListener("input", () => (headers.Authorization = `Bearer ${key.value.trim()}`));
  key.addEventListener("change", resume);
}

/** List what is not said yet and must be. */
export function unsaid() {
  const missing = [];
  if (key && !key.value.trim()) missing.push({ id: "access", message: say("key_missing") });
  if (agreed && !agreed.checked) missing.push({ id: "consent", message: say("consent_missing") });
  return missing;
}

/** Give the version of the text that was agreed to, if one was shown. */
export function consent() {
  return agreed?.value;
}
