// Lets a reader filter the ledger of claims by source, verdict, kind, theme and words. Without scripts every claim is simply there.
document.addEventListener("DOMContentLoaded", () => {
  const places = [...document.querySelectorAll('td > [id^="claim-"], td > p > [id^="claim-"]')];
  if (!places.length) return;
  const rows = places.map((place) => {
    const [row, marks] = [place.closest("tr"), place.dataset];
    const section = row.closest("section");
    return {
      row,
      section,
      text: row.textContent.toLowerCase(),
      source: section.querySelector("h2, h3").firstChild.textContent.trim(),
      verdict: row.children[2].querySelector("strong").textContent,
      part: marks.part ?? "",
      kind: marks.kind ?? "",
      theme: marks.theme ?? "",
    };
  });
  const form = document.createElement("form");
  form.className = "ledger-filter";
  form.setAttribute("role", "search");
  form.setAttribute("aria-label", "Filter the claims");
  const field = (name, control) => {
    const label = document.createElement("label");
    control.name = name;
    label.append(name + " ", control);
    form.append(label);
  };
  const names = ["source", "verdict", "part", "kind", "theme"];
  for (const name of names) {
    const select = document.createElement("select");
    for (const value of ["", ...new Set(rows.map((r) => r[name]).filter(Boolean))]) {
      const option = document.createElement("option");
      option.value = value;
      option.textContent = value ? value.replaceAll("-", " ") : "all";
      select.append(option);
    }
    field(name, select);
  }
  const words = document.createElement("input");
  words.type = "search";
  field("words", words);
  const count = document.createElement("output");
  form.append(count);
  const filter = () => {
    const wanted = words.value.trim().toLowerCase();
    let shown = 0;
    for (const each of rows) {
      const hidden = names.some((n) => form.elements[n].value && form.elements[n].value !== each[n]);
      each.row.hidden = hidden || !each.text.includes(wanted);
      shown += !each.row.hidden;
    }
    for (const section of new Set(rows.map((r) => r.section)))
      section.hidden = !rows.some((r) => r.section === section && !r.row.hidden);
    count.textContent = `${shown} of ${rows.length} claims`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  rows[0].section.before(form);
  filter();
});
