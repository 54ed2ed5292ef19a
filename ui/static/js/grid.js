// Another page or order of a list begins at its top again.
let before = "";
const page = () => document.getElementById("grid")?.dataset.page ?? "";

document.addEventListener("htmx:before:swap", () => { before = page(); });
document.addEventListener("htmx:after:swap", () => {
  if (before && page() && before !== page()) document.getElementById("grid-table")?.scrollTo({ top: 0 });
});

// The filter arrives after its dialog has opened: begin in its first control.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.target.id === "open-filter") document.querySelector("#filter-panel [data-node] .condition select")?.focus();
});
