// Small conveniences; every page works without them.
"use strict";

// Also those that stand outside of their form.
const buttonsOf = (form) => [...form.elements].filter((field) => field.type === "submit");

document.addEventListener("DOMContentLoaded", () => {
  // The name of the carrier is asked for only while "other" is chosen.
  for (const form of document.forms) {
    const carrier = form.querySelector("select[data-other-carrier]");
    const name = form.querySelector("[data-carrier-name]");
    if (!carrier || !name) continue;
    const show = () => {
      const isOther = carrier.value !== "" && carrier.value === carrier.dataset.otherCarrier;
      name.classList.toggle("bo-hidden", !isOther && !name.querySelector(".errorlist"));
    };
    carrier.addEventListener("change", show);
    show();
  }

  // Only marketplaces of the chosen region can belong to an account.
  const region = document.querySelector("select[data-chooses-marketplaces]");
  if (region) {
    const show = () => {
      for (const group of document.querySelectorAll("[data-region]")) {
        const isChosen = group.dataset.region === region.value;
        group.classList.toggle("bo-hidden", !isChosen);
        for (const box of group.querySelectorAll("input")) box.disabled = !isChosen;
      }
    };
    region.addEventListener("change", show);
    show();
  }

  // A form that ships or connects is sent once; the server refuses a second time all the same.
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", () => {
      // Later, since what a disabled button says is not sent.
      setTimeout(() => { for (const button of buttonsOf(form)) button.disabled = true; });
    });
  }

  // What a worker does shows without a hand on the keyboard, unless somebody is filling in a field.
  const progress = document.querySelector("[data-reload-seconds]");
  if (progress) {
    setInterval(() => {
      if (!document.hidden && !document.activeElement?.matches("input, select, textarea")) location.reload();
    }, 1000 * progress.dataset.reloadSeconds);
  }

  // Wide tables scroll in their own box, which the keyboard must reach.
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
  });
  for (const box of document.querySelectorAll(".bo-scroll")) watch.observe(box);

  // Labels of a list on a phone begin as headings do, and only their first word.
  for (const { dataset } of document.querySelectorAll(".data-row [data-label]")) {
    dataset.label = dataset.label.charAt(0).toLocaleUpperCase(document.documentElement.lang) + dataset.label.slice(1);
  }

  // The theme's icons are words of a font, which nobody wants to hear; its scrolling boxes have one English name for all.
  for (const icon of document.querySelectorAll(".material-symbols-outlined")) icon.ariaHidden = "true";
  for (const opener of document.querySelectorAll('main a[href="#"]:has(+ ul)')) {
    if (![...opener.children].some((part) => !part.ariaHidden)) opener.ariaLabel = opener.nextElementSibling.textContent.trim();
  }
  const search = document.querySelector("#searchbar-submit");
  if (search) search.ariaLabel = document.querySelector("#searchbar").placeholder;
  const menu = document.querySelector("[aria-controls=nav-sidebar]");
  for (const box of document.querySelectorAll("[data-simplebar]")) {
    box.dataset.simplebarAriaLabel = box.closest("#nav-sidebar") ? menu?.ariaLabel : document.title;
  }
});

// A page that the browser's Back button brings again can be sent again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-once]")) {
    for (const button of buttonsOf(form)) button.disabled = false;
  }
});

// Django's boxes of permissions explain themselves on a part that has no role yet; they are made when the page has loaded.
window.addEventListener("load", () => setTimeout(() => {
  for (const help of document.querySelectorAll(".help-tooltip[aria-label]")) help.role = "img";
}));
