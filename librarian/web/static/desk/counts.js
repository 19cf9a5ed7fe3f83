// How many are there now? Asked every few seconds while the page is looked at, not else.

const PAUSE = 5000;

/** Keep the counts of the states, and say how many came in since the page was loaded. */
export function follow(changes) {
  const gallery = document.getElementById("gallery");
  const news = document.getElementById("new");
  let waiting;
  const ask = async () => {
    clearTimeout(waiting);
    if (document.hidden) return;
    const answer = await fetch("/desk/counts").catch(() => undefined);
    if (answer?.ok && !changes.busy) show(await answer.json());
    waiting = setTimeout(ask, PAUSE);
  };
  const show = ({ states, total }) => {
    for (const place of document.querySelectorAll("[data-count]")) {
      const count = place.dataset.count === "total" ? total : states[place.dataset.count];
      place.textContent = count.toLocaleString("en");
    }
    const more = total - Number(gallery.dataset.total);
    news.hidden = more <= 0;
    if (more > 0) news.firstElementChild.textContent = `${more.toLocaleString("en")} new: show`;
  };
  document.addEventListener("visibilitychange", ask);
  changes.addEventListener("settled", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 2100); // the service believes its counts for two seconds
  });
  waiting = setTimeout(ask, PAUSE);
}
