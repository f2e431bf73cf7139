// Filters tables and relationships by name, and opens what a link or the printer asks for. The page works without it.
const parts = [...document.querySelectorAll("details.part")];
const search = document.getElementById("search");
const shown = document.getElementById("shown");
if (search) {
  document.querySelector(".filter").hidden = false;
  search.addEventListener("input", () => {
    const wanted = search.value.trim().toLowerCase();
    let count = 0;
    for (const part of document.querySelectorAll("[data-name]")) {
      part.hidden = !part.dataset.name.toLowerCase().includes(wanted);
      if (!part.hidden && part.matches("details")) count += 1;
    }
    shown.textContent = wanted ? `${count} of ${parts.length} shown` : "";
  });
  document.getElementById("open").addEventListener("click", () => {
    const visible = parts.filter((part) => !part.hidden);
    const open = visible.some((part) => !part.open);
    for (const part of visible) part.open = open;
  });
}
const follow = () => {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && target.matches("details")) { target.open = true; target.scrollIntoView(); }
};
addEventListener("hashchange", follow);
addEventListener("beforeprint", () => { for (const part of parts) part.open = true; });
follow();
