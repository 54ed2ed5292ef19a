// Handles at the thresholds of a histogram: dragged, or moved by keys. The amounts in the form are what counts; the
// server counts again, one request at a time, and the newest wish waits.
const begun = new WeakSet();

function begin(root) {
  if (!root || begun.has(root)) return;
  begun.add(root);
  const form = root.querySelector("form");
  const drawing = root.querySelector(".handles");
  const sliders = [...root.querySelectorAll("[role=slider]")]; // from the highest threshold down
  const low = Number(root.dataset.low);
  const high = Number(root.dataset.high);
  const numbers = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 6 });

  const inputOf = (slider) => document.getElementById(slider.dataset.input);
  const sliderOf = (input) => sliders.find((one) => inputOf(one) === input);
  const valueOf = (slider) => Number(inputOf(slider).value);
  const rounded = (value) => Number(value.toPrecision(2));
  const unit = (value) => 10 ** (Math.floor(Math.log10(value) + 1e-9) - 1);
  const placeOf = (value) => Math.min(1, Math.max(0, Math.log(value / low) / Math.log(high / low)));
  const clean = (value) => Number(value.toPrecision(12)); // 0.1 + 0.2

  // A threshold stays between its neighbours, one unit away from each.
  function bounds(slider) {
    const at = sliders.indexOf(slider);
    const above = sliders[at - 1] ? valueOf(sliders[at - 1]) : Infinity;
    const below = sliders[at + 1] ? valueOf(sliders[at + 1]) : 0;
    const least = below > 0 ? below + unit(below) : rounded(low);
    const most = above < Infinity ? above - unit(above) : rounded(high);
    return [clean(Math.min(least, valueOf(slider))), clean(Math.max(most, valueOf(slider)))];
  }

  function draw(slider) {
    const value = valueOf(slider);
    if (!(value > 0)) return;
    const words = root.dataset.prefix + numbers.format(value) + (root.dataset.suffix ? ` ${root.dataset.suffix}` : "");
    slider.ownerSVGElement.setAttribute("x", `${(placeOf(value) * 100).toFixed(3)}%`);
    slider.querySelector(".bubble").textContent = words;
    slider.setAttribute("aria-valuenow", value);
    slider.setAttribute("aria-valuetext", words);
  }

  function drawAll() {
    for (const slider of sliders) {
      draw(slider);
      const [least, most] = bounds(slider);
      slider.setAttribute("aria-valuemin", least);
      slider.setAttribute("aria-valuemax", most);
    }
  }

  function move(slider, value) {
    const [least, most] = bounds(slider);
    const wanted = clean(Math.min(most, Math.max(least, value)));
    if (wanted === valueOf(slider)) return;
    inputOf(slider).value = wanted;
    drawAll();
    count(slider.dataset.tier);
  }

  // ── counting ──────────────────────────────────────────────────────────────────────────────────────────────────
  let busy = false;
  let next = null;

  async function count(moved) {
    if (busy) { next = moved; return; }
    busy = true;
    const query = new URLSearchParams({ moved });
    for (const slider of sliders) query.set(inputOf(slider).name, inputOf(slider).value);
    try {
      const answer = await fetch(`${root.dataset.spread}?${query}`, { headers: { "HX-Request": "true" } });
      if (![200, 422].includes(answer.status) || answer.redirected) throw new Error(answer.status);
      put(new DOMParser().parseFromString(await answer.text(), "text/html"), moved);
    } catch {
      const said = document.getElementById("spread-said");
      said.textContent = said.dataset.failed;
      said.classList.remove("visually-hidden");
    }
    busy = false;
    if (next !== null) { const wish = next; next = null; count(wish); }
  }

  function put(fresh, moved) {
    for (const part of fresh.querySelectorAll("[id^=spread-live-]")) document.getElementById(part.id)?.replaceWith(part);
    const said = document.getElementById("spread-said");
    const line = inputOf(sliders.find((one) => one.dataset.tier === moved) ?? sliders[0]).closest("li");
    said.classList.add("visually-hidden");
    said.textContent = `${line.querySelector(".who").textContent.trim()}: ${line.querySelector(".size").innerText}`;
  }

  // ── pointer ───────────────────────────────────────────────────────────────────────────────────────────────────
  let held = null;
  let offset = 0;

  root.addEventListener("pointerdown", (event) => {
    const slider = event.target.closest("[role=slider]");
    if (!slider || event.button) return;
    event.preventDefault();
    const frame = drawing.getBoundingClientRect();
    held = slider;
    offset = event.clientX - frame.left - placeOf(valueOf(slider)) * frame.width;
    slider.setPointerCapture(event.pointerId);
    slider.classList.add("held");
    slider.focus({ preventScroll: true });
  });

  root.addEventListener("pointermove", (event) => {
    if (!held) return;
    const frame = drawing.getBoundingClientRect();
    const place = Math.min(1, Math.max(0, (event.clientX - frame.left - offset) / frame.width));
    move(held, rounded(low * (high / low) ** place));
  });

  for (const name of ["pointerup", "pointercancel"]) {
    root.addEventListener(name, () => { held?.classList.remove("held"); held = null; });
  }

  // ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────────
  const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 };

  root.addEventListener("keydown", (event) => {
    const slider = event.target.closest("[role=slider]");
    if (!slider || event.ctrlKey || event.metaKey || event.altKey) return;
    const value = valueOf(slider);
    const [least, most] = bounds(slider);
    if (event.key in steps) {
      const by = steps[event.key];
      // Below a power of ten the unit is the smaller one: 1,000 goes down to 990.
      const size = unit(by < 0 ? value * (1 - 1e-6) : value);
      move(slider, rounded(value + by * size));
    } else if (event.key === "Home") move(slider, least);
    else if (event.key === "End") move(slider, most);
    else return;
    event.preventDefault();
  });

  // ── the form ──────────────────────────────────────────────────────────────────────────────────────────────────
  for (const button of form.querySelectorAll("[data-count]")) button.hidden = true;

  form.addEventListener("input", (event) => {
    const slider = sliderOf(event.target);
    if (slider && valueOf(slider) > 0) { drawAll(); count(slider.dataset.tier); }
  });

  form.addEventListener("reset", () => setTimeout(() => { drawAll(); count(sliders[0].dataset.tier); }));

  form.addEventListener("submit", (event) => {
    if (event.submitter?.value === "draft") return;
    event.preventDefault();
    count(sliders[0].dataset.tier);
  });
}

const beginHere = () => begin(document.querySelector("[data-spread]"));
beginHere();
// Stepping back to today brings the histogram back.
document.addEventListener("htmx:after:swap", beginHere);
