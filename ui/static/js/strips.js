// The chosen card of a strip is in sight from the start, on a phone too.
function show() {
  for (const strip of document.querySelectorAll(".tier-strip")) {
    const card = strip.querySelector("[aria-current]");
    if (card && strip.scrollWidth > strip.clientWidth) {
      const [outer, inner] = [strip.getBoundingClientRect(), card.getBoundingClientRect()];
      if (inner.left < outer.left || inner.right > outer.right) strip.scrollLeft += inner.left - outer.left - 12;
    }
  }
}

show();
document.addEventListener("htmx:after:swap", show);
