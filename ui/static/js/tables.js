// A pinned first column gets its edge only once something is hidden behind it.
document.addEventListener("scroll", (event) => {
  const box = event.target;
  if (box.matches?.("[data-scroll]")) box.classList.toggle("scrolled", box.scrollLeft > 2);
}, true);

// The box in a table's head picks every row.
document.addEventListener("change", (event) => {
  if (!event.target.matches?.("[data-pick-all]")) return;
  for (const box of event.target.closest("table").querySelectorAll("tbody .pick")) {
    if (box.checked === event.target.checked) continue;
    box.checked = event.target.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
