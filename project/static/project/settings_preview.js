// Shows what other settings would do as soon as they are chosen; without it the page's second button does.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-live-preview]");
  if (!form) return;
  for (const button of document.querySelectorAll("[data-without-script]")) button.hidden = true;
  let latest = 0;
  form.addEventListener("change", async () => {
    const asked = ++latest;
    const choices = new FormData(form);
    choices.set("preview", "1");
    const reply = await fetch(location.href, { method: "POST", body: choices });
    if (!reply.ok || asked !== latest) return;
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    for (const part of document.querySelectorAll("[data-preview]")) {
      const news = page.querySelector(`[data-preview="${CSS.escape(part.dataset.preview)}"]`);
      if (news && news.innerHTML !== part.innerHTML) part.replaceChildren(...news.childNodes);
    }
    // What is saved must have been shown.
    form.elements.shown.value = page.querySelector('input[name="shown"]').value;
  });
});
