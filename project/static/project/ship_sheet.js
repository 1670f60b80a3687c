// The shipping sheet saves each row as soon as Enter is pressed; without this script it is one form.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form[data-sheet]");
  if (!form) return;
  const rows = [...form.querySelectorAll("tr[data-order]")];
  const tracking = (row) => row.querySelector("[data-tracking]");
  const open = () => rows.filter(tracking);

  // What is typed and not yet saved outlives the page: in this browser, for this person, for some days.
  const KEPT_DAYS = 3;
  const prefix = `sheet:${form.dataset.reader}:`;
  const place = (row) => prefix + row.dataset.order;
  const drafts = {
    keep(row) {
      const [number, carrier] = [tracking(row).value, row.querySelector("[data-carrier]").value];
      if (!number && !carrier) return drafts.drop(row);
      try { localStorage.setItem(place(row), JSON.stringify({ number, carrier, at: Date.now() })); } catch { /* full or forbidden: then only the page keeps it */ }
    },
    drop(row) { try { localStorage.removeItem(place(row)); } catch { /* nothing was kept */ } },
    restore() {
      try {
        for (const key of Object.keys(localStorage).filter((name) => name.startsWith(prefix))) {
          const draft = JSON.parse(localStorage.getItem(key));
          const row = rows.find((each) => place(each) === key);
          if (Date.now() - draft.at > KEPT_DAYS * 86_400_000 || (row && !tracking(row))) localStorage.removeItem(key);
          else if (row && !tracking(row).value) {
            tracking(row).value = draft.number;
            row.querySelector("[data-carrier]").value ||= draft.carrier;
          }
        }
      } catch { /* unreadable or forbidden */ }
    },
  };

  const count = () => {
    form.querySelector("[data-shipped]").textContent = rows.filter((row) => row.dataset.state === "done").length;
    form.querySelector("[data-refused]").textContent = rows.filter((row) => row.dataset.state === "failed").length;
  };
  const say = (row, state, words) => {
    row.dataset.state = state;
    const paragraph = document.createElement("p");
    paragraph.className = state === "failed" ? "bo-error" : "bo-help";
    if (state === "failed") paragraph.setAttribute("role", "alert");
    paragraph.textContent = words;
    row.querySelector("[data-outcome]").replaceChildren(paragraph);
    count();
  };

  const goTo = (row) => { tracking(row).focus(); tracking(row).select(); };
  const goOn = (row) => {
    const left = open().filter((each) => each !== row && each.dataset.state !== "sending");
    const next = left.find((each) => rows.indexOf(each) > rows.indexOf(row) && !tracking(each).value)
      ?? left.find((each) => !tracking(each).value);
    if (next) goTo(next);
  };

  const send = async (row) => {
    const body = new FormData();
    for (const field of form.querySelectorAll("[name]")) {
      if (!field.closest("tr") || field.closest("tr") === row) body.append(field.name, field.value);
    }
    body.append("order", row.dataset.order);
    let answer;
    try {
      const response = await fetch(form.dataset.sheet, { method: "POST", body, signal: AbortSignal.timeout(30_000) });
      const isOurs = response.headers.get("Content-Type")?.startsWith("application/json");
      if (!response.ok || !isOurs) {
        const signedOut = response.redirected || response.status === 403;
        return say(row, "failed", signedOut ? form.dataset.wordsSignedOut : form.dataset.wordsUnsent);
      }
      answer = await response.json();
    } catch {
      return say(row, "failed", form.dataset.wordsUnsent);
    }
    row.dataset.state = answer.done ? "done" : "failed";
    row.querySelector("[data-outcome]").innerHTML = answer.html;  // escaped where it was made
    if (answer.done) {
      drafts.drop(row);
      const hadFocus = row.contains(document.activeElement);
      if (hadFocus) goOn(row);
      for (const field of row.querySelectorAll("input, label")) field.remove();
    } else {
      tracking(row).readOnly = false;
      tracking(row).setAttribute("aria-invalid", "true");
    }
    count();
  };
  // One after the other: two tabs of a warehouse must not make the database wait for itself.
  let queue = Promise.resolve();
  const save = (row) => {
    if (row.dataset.state === "sending") return;
    say(row, "sending", form.dataset.wordsSending);
    tracking(row).removeAttribute("aria-invalid");
    goOn(row);
    queue = queue.then(() => send(row));
  };

  const ORDER_NUMBER = /^(\d{3}|S\d{2})-\d{7}-\d{7}$/;
  const jump = (row, scanned) => {
    const found = rows.find((each) => each.dataset.numbers.split(" ").includes(scanned));
    if (!found && !ORDER_NUMBER.test(scanned)) return false;
    tracking(row).value = "";
    drafts.drop(row);
    if (found && tracking(found)) goTo(found);
    else if (found) found.scrollIntoView({ block: "center" });
    else say(row, "failed", form.dataset.wordsNotHere);
    return true;
  };

  form.addEventListener("keydown", (event) => {
    const row = event.target.closest("tr[data-order]");
    if (!row || event.isComposing) return;
    if (event.key === "Enter") {
      event.preventDefault();
      if (!event.target.matches("[data-tracking]")) return goTo(row);
      const scanned = tracking(row).value.trim();
      if (!scanned) goOn(row);
      else if (!jump(row, scanned)) save(row);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.matches("[data-tracking]")) {
      event.preventDefault();
      const shown = open();
      const next = shown[shown.indexOf(row) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) goTo(next);
    }
  });
  form.addEventListener("input", (event) => {
    const row = event.target.closest("tr[data-order]");
    if (row && tracking(row)) drafts.keep(row);
  });

  // The last carrier of this person is offered again.
  const carrier = form.querySelector("select[name=carrier_code]");
  if (carrier) {
    const remembered = `sheet-carrier:${form.dataset.reader}`;
    try {
      const last = localStorage.getItem(remembered);
      if (!carrier.value && [...carrier.options].some((option) => option.value === last)) carrier.value = last;
      carrier.addEventListener("change", () => localStorage.setItem(remembered, carrier.value));
      carrier.dispatchEvent(new Event("change"));
    } catch { /* forbidden */ }
  }

  for (const row of rows) {
    if (row.querySelector("[data-outcome] .bo-success")) row.dataset.state = "done";
    else if (row.querySelector("[data-outcome] .bo-error")) row.dataset.state = "failed";
  }
  drafts.restore();
  for (const hint of form.querySelectorAll("[data-counts], [data-scripted]")) hint.classList.remove("bo-hidden");
  count();
  if (open().length) tracking(open().find((row) => !tracking(row).value) ?? open()[0]).focus({ preventScroll: true });
});
