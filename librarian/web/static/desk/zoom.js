// How is a picture looked at closely? It grows within its frame, which is scrolled, or pulled.

const STEPS = [1, 1.5, 2, 3, 4, 6, 8];

/** Let the pictures in a place be zoomed; give what keys do it with. */
export function zooming(place) {
  const frames = [...place.querySelectorAll(".zoomed")].map((frame) => zoomed(frame));
  return (step) => frames[0]?.(step);
}

function zoomed(frame) {
  const sheet = frame.querySelector(".sheet-of");
  const buttons = frame.parentElement.querySelector(".zoom");
  const image = sheet.querySelector("img");
  let at = 0;
  const show = (step, x = 0.5, y = 0.5) => {
    const before = STEPS[at];
    at = step === 0 ? 0 : Math.min(Math.max(at + step, 0), STEPS.length - 1);
    const grown = STEPS[at] / before;
    const [left, top] = [frame.scrollLeft, frame.scrollTop];
    sheet.style.setProperty("--zoom", STEPS[at]);
    frame.classList.toggle("in", at > 0);
    frame.scrollLeft = (left + x * frame.clientWidth) * grown - x * frame.clientWidth;
    frame.scrollTop = (top + y * frame.clientHeight) * grown - y * frame.clientHeight;
    if (at > 1 && sheet.dataset.full) { // closer than the small one can be seen
      image.src = sheet.dataset.full;
      delete sheet.dataset.full;
    }
  };
  buttons.hidden = false;
  buttons.addEventListener("click", ({ target }) => {
    if (target.dataset.zoom) show(Number(target.dataset.zoom));
  });
  frame.addEventListener("dblclick", (event) => {
    const area = frame.getBoundingClientRect();
    const place = [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
    show(at ? 0 : 2, ...place);
  });
  frame.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button || !at) return;
    event.preventDefault();
    frame.setPointerCapture(event.pointerId);
    const stop = new AbortController();
    frame.addEventListener("pointermove", ({ movementX, movementY }) => {
      frame.scrollBy(-movementX, -movementY);
    }, { signal: stop.signal });
    frame.addEventListener("pointerup", () => stop.abort(), { signal: stop.signal });
  });
  return show;
}
