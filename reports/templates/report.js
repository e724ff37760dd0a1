// Sorts a table by a column whose header is pressed, copies lists, unfolds what's linked to or printed.
// The page says all it has to without it.
"use strict";
(() => {
  const words = new Intl.Collator(document.documentElement.lang, { numeric: true });

  // What a cell is sorted by: a number as it's written for readers, or text; empty ones last.
  function key(row, at, numeric) {
    const text = row.cells[at].textContent.trim();
    if (!numeric) return text;
    const plain = text.replace(/−/g, "-").replace(/[^\d.-]/g, "");
    return /\d/.test(plain) ? parseFloat(plain) : "";
  }

  function compare(a, b, numeric, sign) {
    if (a === "" || b === "") return (a === "") - (b === "");
    return sign * (numeric ? a - b : words.compare(a, b));
  }

  // The table as a spreadsheet takes it, by way of a selection where the clipboard isn't to be had.
  function copy(table, button) {
    const lines = [...table.rows].map((row) => [...row.cells].map((cell) => cell.innerText.trim()).join("\t"));
    const done = () => (button.textContent = document.body.dataset.copied);
    if (navigator.clipboard) return navigator.clipboard.writeText(lines.join("\n")).then(done, () => {});
    getSelection().selectAllChildren(table);
    if (document.execCommand("copy")) done();
  }

  for (const table of document.querySelectorAll("table.list")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = document.body.dataset.copy;
    button.addEventListener("click", () => copy(table, button));
    table.parentElement.before(button);
  }

  function unfold(element) {
    for (let at = element; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  }

  const linked = () => unfold(document.getElementById(decodeURIComponent(location.hash.slice(1))));
  addEventListener("hashchange", linked);
  linked();
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("main details:not([open]):not(.glossary)")];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => opened.forEach((one) => (one.open = false)));

  // Pressed again it turns round, and the third time the rows stand as they stood.
  function turn(head, numeric) {
    const [first, second] = numeric ? ["descending", "ascending"] : ["ascending", "descending"];
    const now = head.getAttribute("aria-sort");
    return now === first ? second : now === second ? null : first;
  }

  for (const table of document.querySelectorAll("main table")) {
    const body = table.tBodies[0];
    const heads = table.tHead ? [...table.tHead.rows[0].cells] : [];
    if (!body || body.rows.length < 2) continue;
    const rows = [...body.rows];
    heads.forEach((head, at) => {
      const numeric = head.classList.contains("n");
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const way = turn(head, numeric);
        for (const other of heads) other.removeAttribute("aria-sort");
        if (way) head.setAttribute("aria-sort", way);
        const sign = way === "ascending" ? 1 : -1;
        const keyed = rows.map((row) => [key(row, at, numeric), row]);
        if (way) keyed.sort((a, b) => compare(a[0], b[0], numeric, sign));
        body.append(...keyed.map((one) => one[1]));
      });
    });
  }
})();
