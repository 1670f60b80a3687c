// The order lists; every one of them works without this.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const list = document.querySelector("[data-list]");
  if (!list) return;

  // One box ticks them all, and the number of ticked ones stands beside the buttons.
  const boxes = [...list.querySelectorAll("[data-select]")];
  const all = list.querySelector("[data-select-all]");
  const counter = list.querySelector("[data-selected]");
  const count = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    if (counter) counter.textContent = `${counter.dataset.selected} ${ticked}`;
    if (all) all.checked = ticked > 0 && ticked === boxes.length;
    if (all) all.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  let last = null;
  for (const box of boxes) {
    box.addEventListener("click", (event) => {
      // With the shift key: all from the last one ticked to this one.
      if (event.shiftKey && last) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
      }
      last = box;
      count();
    });
  }
  if (all) {
    all.classList.remove("bo-hidden");
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      count();
    });
  }
  count();

  // What is not asked for is not in the address.
  for (const form of list.querySelectorAll("form[method=get]")) {
    form.addEventListener("submit", () => {
      for (const field of form.querySelectorAll("select, input[type=date]")) field.disabled = field.value === "";
    });
  }

  // One menu is open at a time; Escape and a click elsewhere close it.
  const menus = [...list.querySelectorAll(".bo-menu")];
  for (const menu of menus) {
    menu.addEventListener("toggle", () => {
      if (menu.open) for (const other of menus) if (other !== menu) other.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
  document.addEventListener("click", (event) => {
    for (const menu of menus) if (!menu.contains(event.target)) menu.open = false;
  });

  // The list is where it was when one comes back to it after an action or from an order.
  const key = `scroll ${location.pathname}${location.search}`;
  const kept = sessionStorage.getItem(key);
  if (kept && !location.hash) scrollTo(0, Number(kept));
  sessionStorage.removeItem(key);
  addEventListener("pagehide", () => sessionStorage.setItem(key, scrollY));
});
