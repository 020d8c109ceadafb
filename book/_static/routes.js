// Who starts a route on “How to read this” is told at the end of each of its pages what comes next. Without scripts the list on that page is the route.
document.addEventListener("DOMContentLoaded", () => {
  const plain = (address) => address.split("#")[0];
  const store = (() => { try { return window.sessionStorage; } catch { return null; } })();
  if (!store) return;
  for (const card of document.querySelectorAll(".route")) {
    const links = [...card.querySelectorAll("ol a")];
    const route = {
      name: card.querySelector(".sd-card-title")?.textContent.trim() ?? "",
      steps: links.map((link) => ({ href: plain(link.href), title: link.textContent.trim() })),
    };
    for (const link of links) link.addEventListener("click", () => store.setItem("route", JSON.stringify(route)));
  }
  const route = JSON.parse(store.getItem("route") ?? "null");
  const place = route?.steps.findIndex((step) => step.href === plain(location.href)) ?? -1;
  const article = document.querySelector("article.bd-article");
  if (place < 0 || !article) return;
  const line = document.createElement("nav");
  line.className = "route-next";
  line.setAttribute("aria-label", `Route: ${route.name}`);
  line.append(`${route.name}, step ${place + 1} of ${route.steps.length}. `);
  const next = route.steps[place + 1];
  if (next) {
    const link = document.createElement("a");
    link.href = next.href;
    link.textContent = next.title;
    line.append("Next: ", link);
  } else line.append("This was the last one.");
  const cite = article.querySelector(".cite-page");
  cite ? cite.before(line) : article.append(line);
});
