// The chosen card of a strip, and the tab of this page, are in sight from the start, on a phone too.
function show() {
  for (const strip of document.querySelectorAll(".tier-strip, .tabs")) {
    const card = strip.querySelector("[aria-current]");
    if (card && strip.scrollWidth > strip.clientWidth) {
      const [outer, inner] = [strip.getBoundingClientRect(), card.getBoundingClientRect()];
      if (inner.left < outer.left || inner.right > outer.right) strip.scrollLeft += inner.left - outer.left - 12;
    }
  }
}

show();
document.addEventListener("htmx:after:swap", show);
