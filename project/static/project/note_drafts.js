// What is typed into a note outlives the page, as when the session has ended meanwhile: in this tab, for this person,
// until it is in the timeline or somebody logs out.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const PREFIX = "note:";
  const loggedOut = new BroadcastChannel("logged-out");
  const forget = (isMeant = () => true) => {
    try {
      for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX) && isMeant(key)) sessionStorage.removeItem(key);
    } catch { /* forbidden: nothing was kept */ }
  };

  // Whoever logs out leaves nothing behind, in other tabs either.
  loggedOut.onmessage = () => forget();
  for (const form of document.querySelectorAll('form[action$="/logout/"]')) {
    form.addEventListener("submit", () => { forget(); loggedOut.postMessage(""); });
  }

  const note = document.querySelector("textarea[data-reader]");
  if (!note) return;
  const own = `${PREFIX}${note.dataset.reader}:`;
  const key = own + note.form.getAttribute("action");
  const keep = (isSent) => {
    if (!note.value) return forget((each) => each === key);
    try { sessionStorage.setItem(key, JSON.stringify({ text: note.value, isSent })); } catch { /* full or forbidden */ }
  };
  note.addEventListener("input", () => keep(false));
  note.form.addEventListener("submit", () => keep(true));

  forget((each) => !each.startsWith(own));
  const draft = () => {
    try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; }
  };
  const { text, isSent } = draft() ?? {};
  const plain = (words) => words.replace(/\s+/g, " ").trim();
  const isThere = () => [...document.querySelectorAll(".bo-note .bo-said")].some((said) => plain(said.textContent) === plain(text));
  if (text && isSent && isThere()) forget((each) => each === key);
  else if (text) note.value ||= text;
});
