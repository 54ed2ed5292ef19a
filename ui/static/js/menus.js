// Arrow keys inside a menu. Opening, closing and Escape are the browser's (popover).
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("[data-menu]");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !step) return;
  const items = [...menu.querySelectorAll(".item")];
  const next = items[(items.indexOf(document.activeElement) + step + items.length) % items.length];
  event.preventDefault();
  next?.focus();
});

document.addEventListener("toggle", (event) => {
  if (event.newState === "open" && event.target.matches?.("[data-menu]")) event.target.querySelector(".item")?.focus();
}, true);

// A chosen item closes its menu; a form in it is sent all the same.
document.addEventListener("click", (event) => {
  const item = event.target.closest?.("[data-menu] .item");
  if (item) setTimeout(() => item.closest("[popover]")?.hidePopover?.());
});
