// How does a record look on the page after it was judged? Its badge and reason, and nothing else.

export const WORDS = {
  received: "New", flagged: "Flagged", approved: "Approved", rejected: "Rejected",
};

/** Show a state and a reason on a card or in the single view. */
export function paint(place, { state, reason }) {
  place.dataset.state = state;
  place.dataset.reason = reason;
  const badge = place.querySelector(".badge");
  badge.className = `badge ${state}`;
  badge.textContent = WORDS[state];
  const why = place.querySelector(".why");
  why.hidden = !reason;
  const said = why.querySelector("bdi");
  said.textContent = reason;
}

/** Tell the state and reason that a place shows. */
export function painted({ dataset }) {
  return { state: dataset.state, reason: dataset.reason };
}

/** Let a text that was sent be read where it stands. */
export async function readInto(place) {
  const address = place.dataset.text;
  delete place.dataset.text;
  const answer = await fetch(address).catch(() => undefined);
  place.textContent = answer?.ok ? await answer.text() : "It cannot be shown just now.";
}
