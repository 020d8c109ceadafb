// A table that is still wider than its page is set smaller, and only if that is not enough may its words break.
// On a narrow screen each row of a wide table becomes a small card: every cell is given the heading of its column to show.
// Without scripts the table is simply scrolled. Roles are set because a table laid out as blocks loses them in some browsers.
document.addEventListener("DOMContentLoaded", () => {
  const role = (elements, name) => elements.forEach((e) => e.hasAttribute("role") || e.setAttribute("role", name));
  const tooWide = (table) => {
    const box = table.closest(".table-scroll") ?? table;
    return box.scrollWidth > box.clientWidth + 1;
  };
  const steps = ["tight", "tighter", "hyphened", "broken"];
  // Places where a long word may part: after a vowel and at most one consonant, before a consonant with a vowel.
  const syllable = /([aeiouyаеёиоуыэюя][b-df-hj-np-tv-xzбвгджзйклмнпрстфхцчшщ]?)(?=[b-df-hj-np-tv-xzбвгджзйклмнпрстфхцчшщ][aeiouyаеёиоуыэюя])/giu;
  const hyphen = (table) => {
    if (table.dataset.hyphened) return;
    table.dataset.hyphened = "yes";
    const texts = document.createTreeWalker(table, NodeFilter.SHOW_TEXT);
    while (texts.nextNode())
      texts.currentNode.data = texts.currentNode.data.replace(/\p{L}{9,}/gu, (word) =>
        word.slice(0, 2) + word.slice(2, -3).replace(syllable, "$1\u00AD") + word.slice(-3));
  };
  const fit = () => {
    for (const table of document.querySelectorAll(".bd-article table")) {
      table.classList.remove(...steps);
      for (const step of steps) {
        if (!tooWide(table)) break;
        if (step === "hyphened") hyphen(table);
        table.classList.add(step);
      }
    }
  };
  for (const table of document.querySelectorAll(".bd-article table.casework, .bd-article table.table")) {
    const headings = [...table.querySelectorAll("thead tr:last-child > *")].map((cell) => cell.textContent.trim());
    if (headings.length < 3 || table.querySelector("[colspan], [rowspan]")) continue;
    table.classList.add("stacks");
    role([table], "table");
    role(table.querySelectorAll("thead, tbody"), "rowgroup");
    role(table.querySelectorAll("tr"), "row");
    role(table.querySelectorAll("thead th"), "columnheader");
    role(table.querySelectorAll("tbody th"), "rowheader");
    role(table.querySelectorAll("td"), "cell");
    for (const row of table.querySelectorAll("tbody tr"))
      [...row.children].forEach((cell, place) => {
        if (place) cell.dataset.label = headings[place];
        cell.classList.toggle("bare", !cell.textContent.trim());
      });
  }
  fit();
  addEventListener("resize", fit);
});
