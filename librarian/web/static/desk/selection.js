// Which cards are meant together? Those that are ticked, in whatever sheet they are.

export class Selection {
  cards = new Set();
  bar = document.getElementById("bulk");
  #last;

  get size() {
    return this.cards.size;
  }

  /** Tick a card or not; with all cards given, those from the last one on, too. */
  set(card, on, among) {
    const meant = among && this.#last ? between(among, this.#last, card) : [card];
    for (const each of meant) {
      each.querySelector(".tick input").checked = on;
      each.classList.toggle("chosen", on);
      this.cards[on ? "add" : "delete"](each);
    }
    this.#last = card;
    this.#show();
  }

  toggle(card, among) {
    this.set(card, !this.cards.has(card), among);
  }

  all(cards) {
    this.#last = undefined;
    for (const each of cards) this.set(each, true);
  }

  clear() {
    for (const each of [...this.cards]) this.set(each, false);
    this.#last = undefined;
  }

  #show() {
    if (!this.bar) return;
    this.bar.hidden = this.size === 0;
    document.getElementById("chosen").textContent = `${this.size.toLocaleString("en")} selected`;
  }
}

function between(cards, one, other) {
  const [from, to] = [cards.indexOf(one), cards.indexOf(other)].sort((a, b) => a - b);
  return cards.slice(from, to + 1);
}
