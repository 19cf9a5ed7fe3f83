// How does the link with a key in it open the desk? The key stands after "#", which is not sent.

function open() {
  const [, key] = /^#key=(.+)$/.exec(location.hash) ?? [];
  if (!key) return;
  history.replaceState(null, "", location.pathname + location.search);
  const form = document.getElementById("door");
  if (!form) return; // it is open already
  form.elements.key.value = decodeURIComponent(key);
  form.submit();
}

addEventListener("hashchange", open);
open();
