// How do ten thousand cards stay smooth? They come in sheets while one scrolls; sheets that are far
// away are taken out of the page, and their place is kept.

import { readInto } from "./shown.js";

const AHEAD = "1500px";
const NEAR = "4000px";

export class Sheets extends EventTarget {
  cards = [];
  #away = new Map();
  #more = document.getElementById("more");
  #fetching;

  constructor(gallery) {
    super();
    this.gallery = gallery;
    this.texts = new IntersectionObserver((seen) => {
      for (const { isIntersecting, target } of seen) {
        if (!isIntersecting) continue;
        this.texts.unobserve(target);
        readInto(target);
      }
    }, { rootMargin: "300px" });
    this.near = new IntersectionObserver((seen) => {
      for (const { isIntersecting, target } of seen) {
        if (isIntersecting) this.#bring(target);
        else this.#take(target);
      }
    }, { rootMargin: NEAR });
    this.ahead = new IntersectionObserver((seen) => {
      if (seen.some((each) => each.isIntersecting)) this.more();
    }, { rootMargin: AHEAD });
    for (const sheet of gallery.children) this.#add(sheet);
    if (this.#more) {
      this.ahead.observe(this.#more);
      this.#more.addEventListener("click", (event) => {
        event.preventDefault();
        this.more();
      });
    }
  }

  /** Fetch the next sheet, if there is one; give whether there was. */
  async more() {
    if (!this.#more?.isConnected) return false;
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  /** Make sure that a card is in the page. */
  bring(card) {
    this.#bring(card.sheet);
  }

  async #fetch() {
    const said = this.#more.textContent;
    this.#more.textContent = "Loading…";
    const answer = await fetch(this.#more.href).catch(() => undefined);
    if (!answer?.ok) {
      this.#more.textContent = "It could not be loaded; try again";
      this.ahead.disconnect();
      return false;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const sheet = page.querySelector("#gallery .sheet");
    const next = page.getElementById("more");
    if (sheet?.children.length) {
      const own = document.adoptNode(sheet);
      this.gallery.append(own);
      this.#add(own);
    }
    if (next) {
      this.#more.href = next.getAttribute("href");
      this.#more.textContent = next.textContent || said;
      this.ahead.unobserve(this.#more); // so that one still in sight is told again
      this.ahead.observe(this.#more);
    } else {
      this.ahead.disconnect();
      this.#more.remove();
    }
    return true;
  }

  #add(sheet) {
    for (const card of sheet.children) {
      card.sheet = sheet;
      this.cards.push(card);
      const acts = card.querySelector(".acts");
      if (acts) acts.hidden = false;
      const text = card.querySelector("[data-text]");
      if (text) this.texts.observe(text);
    }
    this.near.observe(sheet);
    this.dispatchEvent(new CustomEvent("grown", { detail: [...sheet.children] }));
  }

  #take(sheet) {
    if (this.#away.has(sheet) || sheet.contains(document.activeElement)) return;
    sheet.style.height = `${sheet.offsetHeight}px`;
    this.#away.set(sheet, [...sheet.children]);
    sheet.replaceChildren();
  }

  #bring(sheet) {
    const cards = this.#away.get(sheet);
    if (!cards) return;
    this.#away.delete(sheet);
    sheet.replaceChildren(...cards);
    sheet.style.height = "";
  }
}
