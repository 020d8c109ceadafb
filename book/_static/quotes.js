// Lets a reader filter the passages on a page by theme and by what is known of the speaker. Nothing is hidden without scripts.
document.addEventListener("DOMContentLoaded", () => {
  const passages = [...document.querySelectorAll("section.passages blockquote")];
  if (passages.length < 4) return;
  const choices = { theme: [] };
  const valueOf = (passage, name) =>
    name === "theme" ? passage.closest(".theme").dataset.themeName : passage.dataset[name];
  for (const passage of passages) for (const name of Object.keys(passage.dataset)) choices[name] ??= [];
  const form = document.createElement("form");
  form.className = "passage-filter";
  form.setAttribute("aria-label", "Filter the passages");
  for (const name of Object.keys(choices)) {
    const values = [...new Set(passages.map((p) => valueOf(p, name)).filter(Boolean))].sort();
    if (values.length < 2) continue;
    const label = document.createElement("label");
    const select = document.createElement("select");
    select.name = name;
    for (const value of ["", ...values]) {
      const option = document.createElement("option");
      option.value = value;
      option.textContent = value || "all";
      select.append(option);
    }
    label.append(name + " ", select);
    form.append(label);
  }
  const count = document.createElement("output");
  form.append(count);
  const filter = () => {
    const chosen = [...form.querySelectorAll("select")].filter((s) => s.value);
    let shown = 0;
    for (const passage of passages) {
      passage.hidden = chosen.some((s) => valueOf(passage, s.name) !== s.value);
      shown += !passage.hidden;
    }
    for (const theme of document.querySelectorAll("section.passages .theme"))
      theme.hidden = !theme.querySelector("blockquote:not([hidden])");
    count.textContent = `${shown} of ${passages.length} passages`;
  };
  form.addEventListener("change", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.querySelector("section.passages").before(form);
  filter();
});
