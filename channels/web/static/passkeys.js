// Passkeys: asks the server for a challenge, the browser for an answer to it, and sends that in the page's own form.
// Without script, or where the browser has no passkeys, the buttons stay hidden and the other ways remain.
(() => {
  "use strict";

  const can = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON
    && PublicKeyCredential.parseCreationOptionsFromJSON;
  if (!can) return;

  async function ask(form) {
    const answer = await fetch(form.dataset.options, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const told = answer.headers.get("content-type") || "";
    if (!told.startsWith("application/json")) throw new Error("no challenge");
    return answer.json();
  }

  async function answer(form) {
    const options = await ask(form);
    if (options.problem) return say(form, options.problem);
    const credential = form.dataset.passkey === "add"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    form.elements.credential.value = JSON.stringify(credential.toJSON());
    form.submit();
  }

  function say(form, text) {
    const place = form.querySelector("[role=alert]");
    place.textContent = text;
    place.hidden = false;
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const place = form.querySelector("[role=alert]");
      place.hidden = true;
      answer(form).catch(() => say(form, form.dataset.failed));
    });
  }
})();
