// Which file is worked on? One after the other: shown, with the box that is drawn on it.

import { fill, holder } from "./fields.js";
import { Frame } from "./frame.js";
import { boxOf, labelsOf, ratioOf, rounded } from "./geometry.js";
import { isHeic, open, thumbs } from "./picture.js";
import { aloud, contract, make, say } from "./words.js";

const place = document.getElementById("work");
const { box: about } = contract;
const names = about ? Object.values(about.labels) : [];
const SMALL = 240; // px: a picture smaller than this is shown larger, so that it can be drawn on

export class Work {
  files = [];
  size = null;
  #done = 0;
  #url;
  #frame;
  #unseen;
  #filling = false;

  constructor({ changed }) {
    this.changed = changed;
    if (about) document.addEventListener("input", (event) => this.#typed(event));
  }

  get file() {
    return this.files[0];
  }

  /** Whether a box is to be drawn on each picture, so that they are sent one by one. */
  get oneByOne() {
    return Boolean(about);
  }

  /** Take files in place of those that still wait. */
  async take(files) {
    this.files = [...files];
    this.#done = 0;
    await this.show();
  }

  /** Put a file before the others, to be worked on again. */
  async again(file) {
    this.files.unshift(file);
    await this.show();
  }

  /** Leave the file that was worked on, for the next. */
  async next() {
    this.files.shift();
    this.#done += 1;
    await this.show();
  }

  /** Draw another box on the same picture. */
  another() {
    this.#frame?.set(null);
  }

  /** Show the box of labels that were filled in. */
  restore(values) {
    const box = this.#frame && boxOf(values, about, this.size);
    if (box) this.#frame.follow(box);
    if (this.#frame) this.#follow();
  }

  /** Tell of a box that was not drawn as of one fault, where it is to be drawn. */
  undrawn(faults) {
    const missing = faults.filter(({ name, rule }) => rule === "required" && names.includes(name));
    if (!this.file || !names.length || missing.length < names.length) return faults;
    const others = faults.filter((each) => !missing.includes(each));
    if (!this.file.size) return others; // which is told of the file
    return [{ id: "work", message: say(this.#frame ? "box_missing" : this.#unseen) }, ...others];
  }

  async show() {
    const { file } = this;
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = this.#frame = this.size = null;
    place.hidden = !file;
    place.replaceChildren();
    this.changed();
    if (!file) return;
    if (contract.filename) fill({ [contract.filename]: file.name });
    const all = this.#done + this.files.length;
    const count = all > 1 && this.oneByOne ? say("of", { at: this.#done + 1, all }) : "";
    const head = make("p", { class: "head" }, make("span", {}, file.name), make("span", { class: "soft" }, count));
    if (this.files.length > 1 && !this.oneByOne) {
      place.append(thumbs(this.files));
      return;
    }
    place.append(head, ...(await this.#seen(file)), make("p", { class: "fault", id: "work-fault", hidden: true }));
    if (count) aloud(`${file.name}, ${count}`);
    this.changed();
  }

  /** Give the label that is the name of a file, where it was left as it was filled in. */
  called(file, values) {
    const { filename } = contract;
    return filename && file && values[filename] === this.file.name ? { [filename]: file.name } : {};
  }

  async #seen(file) {
    if (file.type.startsWith("audio/")) {
      this.#url = URL.createObjectURL(file);
      return [make("audio", { controls: true, src: this.#url, "aria-label": file.name })];
    }
    const seen = await open(file);
    if (file !== this.file) return [];
    if (!seen) {
      this.#unseen = about ? ((await isHeic(file)) ? "box_heic" : "box_impossible") : "cannot_show";
      return file.type.startsWith("image/") ? [make("p", { class: "help" }, say(this.#unseen))] : [];
    }
    this.#url = seen.url;
    this.size = seen.size;
    seen.image.alt = say("box_picture");
    if (!about) {
      seen.image.alt = file.name;
      return [make("div", { class: "stage" }, seen.image)];
    }
    return this.#drawing(seen.image);
  }

  #drawing(image) {
    const { width, height } = this.size;
    const most = Math.max(width, height);
    if (most < SMALL) image.style.width = `${(width * SMALL) / most}px`;
    const frame = (this.#frame = new Frame(image, this.size));
    const lock = make("input", { type: "checkbox" });
    lock.addEventListener("change", () => frame.shape(lock.checked && frame.box ? ratioOf(frame.box, this.size) : 0));
    const button = (name, click) => make("button", { type: "button", class: "quiet small", click }, say(name));
    const draw = button("box_place", () => frame.place());
    draw.id = "box-draw";
    draw.setAttribute("aria-describedby", "work-fault");
    frame.addEventListener("change", () => this.#drawn());
    frame.addEventListener("gone", () => draw.focus());
    this.#follow();
    const whole = button("box_whole", () => {
      lock.checked = false;
      frame.shape(0);
      frame.set({ left: 0, top: 0, right: 1, bottom: 1 });
    });
    const clear = button("box_clear", () => {
      frame.set(null);
      draw.focus();
    });
    const swap = () => ([draw.hidden, clear.hidden] = [Boolean(frame.box), !frame.box]);
    frame.addEventListener("shown", swap);
    frame.addEventListener("change", () => (document.getElementById("work-fault").hidden = true));
    swap();
    const fixed = chosenRatio() !== undefined;
    const keep = fixed ? [] : [make("label", { class: "choice" }, lock, make("span", {}, say("box_lock")))];
    const row = make("div", { class: "row" }, draw, whole, clear, ...keep);
    return [frame.stage, row, make("p", { class: "unseen", id: "box-keys" }, say("box_keys"))];
  }

  /** Fill the labels of the box from what was drawn. */
  #drawn() {
    const { box } = this.#frame;
    const values = box ? labelsOf(box, about, this.size) : Object.fromEntries(names.map((name) => [name, undefined]));
    const { ratio } = about;
    if (ratio && chosenRatio() === undefined && holder("field", ratio.label)) {
      const whole = box && (boxOf(values, about, this.size) ?? box);
      values[ratio.label] = ratio.of === "picture" ? rounded(this.size.width / this.size.height, 4)
        : whole ? rounded(ratioOf(whole, this.size), 4) : undefined;
    }
    if (about.turn && box && number(about.turn) === undefined) values[about.turn] = 0;
    this.#filling = true;
    fill(values);
    this.#filling = false;
    this.changed();
  }

  /** Follow what is typed or chosen: numbers of the box, its ratio, its turn. */
  #typed({ target }) {
    const name = target.name;
    const frame = this.#frame;
    if (!frame || this.#filling) return;
    if (names.includes(name)) {
      const box = boxOf(Object.fromEntries(names.map((each) => [each, number(each)])), about, this.size);
      if (box) frame.follow(box);
    } else if (name === about.turn || name === about.ratio?.label) this.#follow();
  }

  #follow() {
    if (about.turn) this.#frame.angle = number(about.turn) ?? 0;
    const ratio = chosenRatio();
    if (ratio !== undefined) this.#frame.shape(ratio);
  }
}

/** Give the ratio that is chosen where there is a choice of them; 0 before one is chosen. */
function chosenRatio() {
  const label = about.ratio?.of === "box" && about.ratio.label;
  const field = contract.fields.find(({ name }) => name === label);
  const allowed = field?.schema.enum ?? (field?.schema.const === undefined ? undefined : [field.schema.const]);
  if (!allowed) return undefined;
  if (allowed.length === 1) return Number(allowed[0]);
  const chosen = holder("field", label).querySelector(":checked");
  return chosen?.dataset.index ? Number(allowed[chosen.dataset.index]) : 0;
}

function number(name) {
  const value = holder("field", name)?.querySelector("input")?.valueAsNumber;
  return Number.isFinite(value) ? value : undefined;
}
