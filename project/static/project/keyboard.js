// Shortcuts of the shipping path. Each is on the page as data-key, or named in the help under "?"; none fires while
// something is typed or with a modifier key.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const help = document.querySelector("[data-shortcuts]");
  if (!help) return;
  const rows = [...document.querySelectorAll("[data-row]")];
  const remembered = `row ${location.pathname}`;
  const linkOf = (row) => row?.querySelector(".bo-row-link");
  const current = () => rows.findIndex((row) => row.classList.contains("bo-cursor"));

  // Where the cursor is, the focus is: what is read aloud and what Enter opens are the same row.
  const point = (index) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (!row) return;
    for (const other of rows) other.classList.toggle("bo-cursor", other === row);
    linkOf(row)?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const follow = (link) => link && link.click();
  const focusOn = (field) => {
    if (!field) return;
    field.focus();
    field.scrollIntoView({ block: "center" });
    if (field.select) field.select();
  };

  const keys = {
    "?": () => help.showModal(),
    "/": () => focusOn(document.querySelector("[data-search]")),
    j: () => point(current() + 1),
    k: () => point(current() < 0 ? 0 : current() - 1),
    ArrowDown: rows.length ? () => point(current() + 1) : null,
    ArrowUp: rows.length ? () => point(current() < 0 ? 0 : current() - 1) : null,
    o: () => follow(linkOf(rows[current()])),
    x: () => rows[current()]?.querySelector("[data-select]")?.click(),
    s: () => focusOn(document.querySelector("#ship select, #ship input:not([type=hidden])")),
    m: () => focusOn(document.querySelector("#note")),
  };
  for (const key of ["u", "p", "n"]) keys[key] = () => follow(document.querySelector(`a[data-key="${key}"]`));
  // On the list, "s" opens the sheet of what is ticked; without a tick it ships nothing.
  const shipButton = document.querySelector('button[name="action"][value="ship_selected"]');
  if (shipButton) keys.s = () => document.querySelector("[data-select]:checked") && shipButton.click();

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.target;
    const isTyping = target.isContentEditable || target.matches?.("textarea, select, input:not([type=checkbox], [type=radio])");
    if (isTyping || document.querySelector("dialog[open]")) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  for (const button of document.querySelectorAll("[data-show-shortcuts]")) {
    button.classList.remove("bo-hidden");
    button.addEventListener("click", () => help.showModal());
  }

  // Coming back from an order, the cursor stands on its row.
  for (const row of rows) {
    linkOf(row)?.addEventListener("click", () => sessionStorage.setItem(remembered, linkOf(row).id));
    linkOf(row)?.addEventListener("focus", () => {
      for (const other of rows) other.classList.toggle("bo-cursor", other === row);
    });
  }
  const left = document.getElementById(sessionStorage.getItem(remembered) ?? "");
  if (left) rows.find((row) => linkOf(row) === left)?.classList.add("bo-cursor");
});
