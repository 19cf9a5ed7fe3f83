// How is one contribution looked at without leaving the gallery? Its own page, in a dialog.

import { readInto } from "./shown.js";
import { zooming } from "./zoom.js";

export class Single {
  #dialog = document.getElementById("single");
  #desk;
  #card;
  #zoom = () => {};

  constructor(desk) {
    this.#desk = desk;
    this.#dialog.addEventListener("close", () => desk.go(this.#card));
    this.#dialog.addEventListener("click", ({ target }) => {
      const { act } = target.dataset;
      if (act) desk.judge(act);
      else if (target === this.#dialog || target.closest("[data-close]")) this.close();
    });
  }

  get open() {
    return this.#dialog.open;
  }

  /** Show a card's record. */
  async show(card) {
    this.#card = card;
    if (!this.open) this.#dialog.showModal();
    const link = card.querySelector(".shot").href;
    const answer = await fetch(link).catch(() => undefined);
    if (this.#card !== card || !this.open) return;
    const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
    const record = page.getElementById("record");
    if (!record) {
      this.#dialog.replaceChildren(closing(), "It cannot be shown just now.");
      return;
    }
    const own = document.adoptNode(record);
    own.querySelector(".beside")?.replaceWith(closing(link));
    for (const acts of own.querySelectorAll(".acts")) acts.hidden = false;
    own.querySelector(".withdraw")?.remove(); // that is done on its own page
    this.#dialog.replaceChildren(own);
    this.#zoom = zooming(own);
    this.follow(card);
    for (const each of own.querySelectorAll("[data-text]")) readInto(each);
    own.querySelector(".closing button").focus();
  }

  close() {
    this.#dialog.close();
  }

  /** Show what became of a card here, too. */
  follow(card) {
    if (!this.open || this.#card !== card) return;
    const head = this.#dialog.querySelector(".side .head");
    if (!head) return;
    head.querySelector(".badge").replaceWith(card.querySelector(".badge").cloneNode(true));
    const why = head.querySelector(".why");
    why.hidden = !card.dataset.reason;
    why.querySelector("bdi").textContent = card.dataset.reason;
  }

  zoom(step) {
    this.#zoom(step);
  }
}

function closing(link) {
  const place = document.createElement("p");
  place.className = "closing";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "small quiet";
  button.dataset.close = "";
  button.textContent = "Close";
  place.append(button);
  if (link) {
    const own = document.createElement("a");
    own.href = link;
    own.textContent = "on a page of its own";
    place.append(own);
  }
  return place;
}
