// How do files come in? Chosen, dropped, pasted, photographed; each input says which it takes.

import { make, say } from "./words.js";

/** Make a file field a place to drop on and to photograph into; `took` gets the files. */
export function enliven(place, { many, took, warm }) {
  const input = place.querySelector("input");
  const label = place.querySelector("label");
  const { family } = place.dataset;
  const picture = family === "image";
  place.classList.add("alive");
  place.insertBefore(input, label); // so that its focus can be shown on the label
  input.multiple = many;
  input.required = false;
  const phone = navigator.maxTouchPoints > 0;
  const verb = `choose${picture ? (many ? "_pictures" : "_picture") : many ? "_many" : ""}`;
  const said = make("span", { class: "verb" }, say(verb));
  label.append(said, ...(phone ? [] : [make("span", { class: "drop soft" }, say("drop"))]));
  const take = (files) => files.length && took(many ? files : files.slice(0, 1));
  const chosen = (event) => {
    take([...event.target.files]);
    event.target.value = ""; // the same file may be chosen again
  };
  input.addEventListener("change", chosen);
  input.addEventListener("click", warm);
  if (phone && (picture || family === "audio")) place.append(camera(input, picture, chosen, warm));
  place.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    place.classList.add("over");
  });
  place.addEventListener("dragleave", () => place.classList.remove("over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("over");
    take([...event.dataTransfer.files]);
  });
  return {
    take,
    full: (isFull) => {
      place.classList.toggle("full", isFull);
      said.textContent = isFull ? say("change") : say(verb);
    },
  };
}

/** Take what is pasted anywhere; a file dropped beside the field must not replace the page. */
export function everywhere(take) {
  document.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    const typed = event.target.matches?.("input, textarea") && event.clipboardData.types.includes("text/plain");
    if (!files.length || typed) return; // cells of a sheet come as a picture of them, too
    event.preventDefault();
    take(files);
  });
  for (const name of ["dragover", "drop"]) {
    document.addEventListener(name, (event) => {
      if (event.dataTransfer.types.includes("Files")) event.preventDefault();
    });
  }
}

/** A second field that opens the camera, or the recorder, at once; for phones. */
function camera(input, picture, chosen, warm) {
  const second = make("input", {
    type: "file", accept: input.accept, capture: "environment", class: "unseen", tabindex: "-1",
    "aria-hidden": "true", change: chosen,
  });
  const open = () => {
    warm();
    second.click();
  };
  const button = make("button", { type: "button", class: "quiet", click: open }, say(picture ? "photograph" : "record"));
  return make("div", { class: "shot" }, button, second);
}
