// Keyboard of the technicians' pages, and the one stream of changes a page listens to while somebody looks at it.
"use strict";

const live = document.getElementById("live");
const dialog = document.getElementById("shortcuts");
const toggle = document.getElementById("shortcuts-on");
const KEPT = "intake-shortcuts";
let stream = null;

// A browser has few connections to one host: a page that nobody sees gives its own back.
function listen() {
  if (document.hidden || stream) return;
  stream = new EventSource(live.dataset.events);
  stream.addEventListener("tickets", renew);
  stream.addEventListener("ticket", (event) => {
    if (event.data === live.dataset.ticket) htmx.trigger(live, "ticket");
  });
}

// Whoever is choosing tickets is not to lose the choice.
function renew() {
  if (!document.querySelector("#list input:checked")) htmx.trigger(live, "tickets");
}

function stop() {
  if (stream) stream.close();
  stream = null;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return stop();
  listen();
  renew();
  if (live.dataset.ticket) htmx.trigger(live, "ticket");
});
window.addEventListener("pagehide", stop);
setInterval(() => {
  if (!document.hidden && live.dataset.ticket) htmx.trigger(live, "looking");
}, 30000);
if (live && window.EventSource) listen();

// WCAG 2.1.4: single letters can be turned off.
toggle.checked = localStorage.getItem(KEPT) !== "off";
toggle.addEventListener("change", () => localStorage.setItem(KEPT, toggle.checked ? "on" : "off"));

document.getElementById("shortcuts-close").addEventListener("click", () => dialog.close());

function step(by) {
  const rows = [...document.querySelectorAll("a.row")];
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1);
  if (rows[next]) rows[next].focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || dialog.open) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "?") {
    dialog.showModal();
  } else if (!toggle.checked) {
    return;
  } else if (event.key === "j" || event.key === "k") {
    step(event.key === "j" ? 1 : -1);
  } else if (event.key === "o") {
    if (document.activeElement.matches("a.row")) document.activeElement.click();
  } else if (event.key === "u") {
    location.assign("/console");
  } else {
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target) return;
    const folded = target.closest("details");
    if (folded) folded.open = true;
    if (target.matches("a, button")) target.click();
    else target.focus();
  }
  event.preventDefault();
});

// A passage from the list goes where the cursor is.
document.addEventListener("change", (event) => {
  const picked = event.target;
  if (!picked.matches("select[data-into]") || !picked.value) return;
  const text = document.getElementById(picked.dataset.into);
  const passage = picked.selectedOptions[0].dataset.text;
  text.setRangeText(passage, text.selectionStart, text.selectionEnd, "end");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  picked.value = "";
  text.focus();
});
