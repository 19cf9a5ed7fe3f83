// How is the box drawn on the picture? With mouse, finger or keys; it says `change` each time, and
// `shown` also where the box was typed.

import { drawn, moved, placed, pulled } from "./geometry.js";
import { aloud, make, say } from "./words.js";

const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];
const TAP = 6; // px within which a pointer has not moved
const TIGHT = 110; // px of a box too small for eight handles
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Frame extends EventTarget {
  box = null;
  ratio = 0; // width / height in pixels; 0 is free
  turn = 0;
  #size;
  #told;

  constructor(image, size) {
    super();
    this.#size = size;
    this.image = image;
    this.frame = make(
      "div",
      {
        class: "frame", tabindex: "0", role: "application", hidden: true,
        "aria-roledescription": say("box"), "aria-describedby": "box-keys",
      },
      ...HANDLES.map((name) => make("i", { class: name, "data-handle": name })),
    );
    this.hint = make("p", { class: "hint" }, say("box_draw"));
    this.stage = make("div", { class: "stage drawn" }, image, this.frame, this.hint);
    this.stage.addEventListener("pointerdown", (event) => this.#press(event));
    this.frame.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.#show()).observe(this.stage);
  }

  /** Put the box somewhere, or take it away (null). */
  set(box) {
    this.box = box;
    this.#show();
    this.dispatchEvent(new Event("change"));
  }

  /** Show a box that was typed. */
  follow(box) {
    this.box = box;
    this.#show();
  }

  /** Place a box in the middle, or about a point, and let keys move it. */
  place(x = 0.5, y = 0.5) {
    this.set(placed(x, y, this.#size, this));
    this.frame.focus({ preventScroll: true });
  }

  /** Turn the frame as the label says; the box itself stays. */
  set angle(degrees) {
    this.turn = degrees;
    this.#show();
  }

  /** Keep a shape from now on, and give the box it; 0 sets it free. */
  shape(ratio) {
    this.ratio = ratio;
    if (ratio && this.box) this.set(pulled(this.box, "se", 0, 0, this.#size, this));
  }

  #show() {
    const { box, frame } = this;
    frame.hidden = !box;
    this.hint.hidden = Boolean(box);
    this.dispatchEvent(new Event("shown"));
    if (!box) return;
    const percent = (each) => `${each * 100}%`;
    Object.assign(frame.style, {
      left: percent(box.left), top: percent(box.top),
      width: percent(box.right - box.left), height: percent(box.bottom - box.top),
      rotate: `${this.turn}deg`,
    });
    const { width, height } = this.image.getBoundingClientRect();
    const least = Math.min((box.right - box.left) * width, (box.bottom - box.top) * height);
    this.stage.classList.toggle("tight", least < TIGHT);
    const at = Object.entries(box).map(([side, each]) => [side, Math.round(each * 100)]);
    frame.setAttribute("aria-label", say("box_at", Object.fromEntries(at)));
  }

  #press(event) {
    if (event.button) return;
    const { stage, box } = this;
    const area = this.image.getBoundingClientRect();
    const at = ({ clientX, clientY }) => ({
      x: within((clientX - area.left) / area.width),
      y: within((clientY - area.top) / area.height),
    });
    const handle = event.target.dataset?.handle;
    const inFrame = this.frame.contains(event.target);
    const from = at(event);
    const stop = new AbortController();
    const { signal } = stop;
    let far = false;
    event.preventDefault();
    stage.setPointerCapture(event.pointerId);
    const follow = (each) => {
      if (each.pointerId !== event.pointerId) return;
      const [dx, dy] = [each.clientX - event.clientX, each.clientY - event.clientY];
      far ||= Math.hypot(dx, dy) > TAP;
      if (!far) return;
      const [across, down] = [dx / area.width, dy / area.height];
      if (handle) {
        const { width, height } = this.#size;
        this.set(pulled(box, handle, across * width, down * height, this.#size, this));
      } else if (inFrame) this.set(moved(box, across, down));
      else this.set(drawn(from, at(each), this.#size, this));
    };
    const end = (each) => {
      if (each.pointerId !== event.pointerId) return;
      stop.abort();
      if (each.type === "pointercancel") this.set(box);
      else if (!far && !inFrame) this.place(from.x, from.y);
      else this.frame.focus({ preventScroll: true });
    };
    stage.addEventListener("pointermove", follow, { signal });
    stage.addEventListener("pointerup", end, { signal });
    stage.addEventListener("pointercancel", end, { signal });
  }

  #key(event) {
    const { key, shiftKey, altKey } = event;
    if (key === "Delete" || key === "Backspace") {
      event.preventDefault();
      this.set(null);
      this.dispatchEvent(new Event("gone"));
      return;
    }
    const arrow = ARROWS[key];
    if (!arrow) return;
    event.preventDefault();
    const { width, height } = this.#size;
    const step = altKey ? 1 : Math.max(1, Math.round(Math.min(width, height) / 50));
    const [across, down] = arrow.map((each) => each * step);
    if (shiftKey) {
      this.set(pulled(this.box, across ? "e" : "s", across, down, this.#size, this));
    } else this.set(moved(this.box, across / width, down / height));
    clearTimeout(this.#told);
    this.#told = setTimeout(() => aloud(this.frame.getAttribute("aria-label")), 500);
  }
}

function within(share) {
  return Math.min(Math.max(share, 0), 1);
}
