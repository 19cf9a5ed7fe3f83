// Which keys do what? Single ones, so they can be switched off (WCAG 2.2, 2.1.4), and never while
// something is typed.

const KEPT = "librarian-keys";

/** Listen to keys; `desk` is what they move and judge. */
export function keys(desk) {
  const on = document.getElementById("keys-on");
  const help = document.getElementById("keys");
  const opening = document.getElementById("keys-open");
  opening.hidden = false;
  opening.addEventListener("click", () => help.showModal());
  on.checked = kept() !== "off";
  on.addEventListener("change", () => keep(on.checked ? "on" : "off"));

  const done = {
    j: () => desk.move(1), ArrowRight: () => desk.move(1),
    k: () => desk.move(-1), ArrowLeft: () => desk.move(-1),
    ArrowDown: () => desk.move(desk.single.open ? 1 : desk.row()),
    ArrowUp: () => desk.move(desk.single.open ? -1 : -desk.row()),
    a: () => desk.judge("approve"),
    r: () => desk.judge("reject"),
    R: () => desk.judge("reject", true),
    f: () => desk.judge("flag"),
    u: () => desk.undo(),
    x: () => desk.toggle(false),
    X: () => desk.toggle(true),
    " ": () => (desk.single.open ? desk.single.close() : desk.current && desk.single.show(desk.current)),
    "+": () => desk.single.zoom(1), "=": () => desk.single.zoom(1),
    "-": () => desk.single.zoom(-1), 0: () => desk.single.zoom(0),
    "/": () => document.getElementById("q").focus(),
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (!on.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches("input:not([type=checkbox]), textarea, select")) return;
    const dialog = target.closest("dialog");
    if (dialog && dialog.id !== "single") return;
    if (key === " " && target.matches("button, summary, input")) return;
    if (key.startsWith("Arrow") && target.closest(".zoomed.in, audio, video, pre")) return;
    const act = Object.hasOwn(done, key) ? done[key] : undefined;
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep(value) {
  try {
    localStorage.setItem(KEPT, value);
  } catch {
    // then it holds until the page is left
  }
}
