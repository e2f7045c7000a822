// Files may be dropped onto a field with data-drop; what was chosen is listed and can be taken back one by one.
// Without this script the field is an ordinary choice of files.
"use strict";

for (const place of document.querySelectorAll("[data-drop]")) {
  const input = place.querySelector("input[type=file]");
  const list = place.querySelector("[data-drop-list]");
  let chosen = [];

  place.querySelector("[data-drop-hint]").hidden = false;

  const keep = (files) => {
    chosen = files;
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    input.files = transfer.files;
    list.replaceChildren(...files.map(line));
  };

  const line = (file, index) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = place.dataset.remove;
    button.setAttribute("aria-label", `${place.dataset.remove}: ${file.name}`);
    button.addEventListener("click", () => {
      keep(chosen.filter((_, at) => at !== index));
      input.focus();
    });
    item.append(`${file.name} (${size(file.size)}) `, button);
    return item;
  };

  const size = (octets) => {
    const [amount, unit] = octets < 1e6 ? [octets / 1e3, "kilobyte"] : [octets / 1e6, "megabyte"];
    const shown = { style: "unit", unit, maximumFractionDigits: 1 };
    return amount.toLocaleString(document.documentElement.lang, shown);
  };

  input.addEventListener("change", () => keep([...chosen, ...input.files]));
  place.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    place.classList.add("over");
  });
  place.addEventListener("dragleave", () => place.classList.remove("over"));
  place.addEventListener("drop", (event) => {
    place.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    keep([...chosen, ...event.dataTransfer.files]);
  });
}
