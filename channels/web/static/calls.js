// The list of calls renews itself while somebody looks at it.
"use strict";

let calls = null;

function listen() {
  if (document.hidden || calls) return;
  calls = new EventSource(document.getElementById("calls").dataset.events);
  calls.addEventListener("calls", renew);
}

function renew() {
  htmx.trigger(document.getElementById("calls"), "calls");
}

function stop() {
  if (calls) calls.close();
  calls = null;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return stop();
  listen();
  renew();
});
window.addEventListener("pagehide", stop);
if (window.EventSource) listen();
