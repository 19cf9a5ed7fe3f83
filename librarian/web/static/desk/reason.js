// Why is it rejected? Asked in a dialog that keeps the last reasons, for they are few and come again.

const KEPT = "librarian-reasons";
const MOST = 6;

export function lastReasons() {
  try {
    const known = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(known) ? known.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

/** Ask for a reason; null where it is not to be rejected after all. */
export function askReason(title) {
  const dialog = document.getElementById("reason");
  const text = document.getElementById("reason-text");
  const choices = document.getElementById("reasons");
  document.getElementById("reason-title").textContent = title;
  text.value = "";
  choices.replaceChildren(...lastReasons().map((reason) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small quiet";
    button.dir = "auto";
    button.textContent = reason;
    button.addEventListener("click", () => {
      text.value = reason;
      dialog.close("yes");
    });
    return button;
  }));
  dialog.querySelector("[data-close]").onclick = () => dialog.close("");
  dialog.returnValue = "";
  dialog.showModal();
  text.focus();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "yes") return done(null);
      const reason = text.value.trim();
      if (reason) keep(reason);
      return done(reason);
    }, { once: true });
  });
}

function keep(reason) {
  const others = lastReasons().filter((each) => each !== reason);
  try {
    localStorage.setItem(KEPT, JSON.stringify([reason, ...others].slice(0, MOST)));
  } catch {
    // a browser that keeps nothing asks each time
  }
}
