// The nested builder ([data-rules] is its form). Every edit is a request; requests wait for one another, and each takes
// the version that the answer before it brought. Answers change the page around what somebody is typing.
const form = (element) => element?.closest?.("[data-rules]");
const controls = (root) => root.querySelectorAll("input:not([type=hidden]), select, textarea");
const byId = (id) => (id ? document.getElementById(id) : null);

let clock = 0;
const touched = new WeakMap(); // control → when somebody last changed it
const sent = new WeakMap(); // request → when its values were taken

for (const name of ["input", "change"]) {
  document.addEventListener(name, (event) => form(event.target) && touched.set(event.target, ++clock), true);
}

document.addEventListener("htmx:config:request", (event) => {
  if (event.target.matches?.("[data-rules]")) sent.set(event.detail.ctx, clock);
});

document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  const version = event.target.matches?.("[data-rules]") && event.target.querySelector("input[name=version]");
  if (version && ctx.request.body?.set) ctx.request.body.set("version", version.value);
});

// Morphing sets attributes; what a person has touched shows its property. Bring the two together again, but leave alone
// what was changed after the request went, and the text that is being typed.
let before = null;

document.addEventListener("htmx:before:swap", (event) => {
  const root = event.target;
  if (!root.matches?.("[data-rules]")) return;
  const { ctx } = event.detail;
  const op = new URLSearchParams(ctx.request.body).get("op") ?? "noop";
  const fresh = [...controls(root)].filter((one) => (touched.get(one) ?? 0) > (sent.get(ctx) ?? 0));
  before = {
    op,
    typing: op === "noop" ? document.activeElement : null,
    focus: document.activeElement?.id,
    around: document.activeElement?.closest?.("[data-node]")?.parentElement?.closest("[data-node]")?.dataset.node,
    fresh: new Map(fresh.map((one) => [one.id, one.type === "checkbox" || one.type === "radio" ? one.checked : one.value])),
    nodes: new Set([...root.querySelectorAll("[data-node]")].map((one) => one.dataset.node)),
  };
});

document.addEventListener("htmx:after:swap", (event) => {
  const root = event.target;
  if (!before || !root.matches?.("[data-rules]")) return;
  for (const one of controls(root)) settle(one);
  focusAgain(root);
  before = null;
});

function settle(one) {
  const ticked = one.type === "checkbox" || one.type === "radio";
  if (before.fresh.has(one.id)) {
    if (ticked) one.checked = before.fresh.get(one.id);
    else one.value = before.fresh.get(one.id);
  } else if (ticked) {
    one.checked = one.hasAttribute("checked");
  } else if (one.tagName === "SELECT") {
    const wanted = one.querySelector("option[selected]") ?? one.options[0];
    if (wanted && one.value !== wanted.value) one.value = wanted.value;
  } else if (one !== before.typing && one.value !== (one.getAttribute("value") ?? "")) {
    one.value = one.getAttribute("value") ?? "";
  }
}

function focusAgain(root) {
  const added = [...root.querySelectorAll("[data-node]")].find((one) => !before.nodes.has(one.dataset.node));
  if (added && (before.op.startsWith("add") || before.op.startsWith("dup") || !before.nodes.size)) {
    added.querySelector("select, input:not([type=hidden])")?.focus();
    return;
  }
  const now = document.activeElement;
  if (now && now !== document.body && !now.disabled) return;
  const wanted = byId(before.focus);
  if (wanted && !wanted.disabled && wanted.checkVisibility()) wanted.focus();
  else (byId(`${before.around}-addc`) ?? root.querySelector("[data-node] .group-foot button"))?.focus();
}

// The rule check comes a moment after each answer. What it said before stays until then, so that nothing jumps.
const checks = () => document.querySelector('[id^="checks-"]');
let said = null;

document.addEventListener("htmx:before:swap", () => (said = checks()?.firstElementChild?.cloneNode(true)));

document.addEventListener("htmx:after:swap", () => {
  const place = checks();
  if (!said || !place || place.firstElementChild) return;
  said.setAttribute("aria-busy", "true");
  place.append(said);
});

// Shortcuts press the buttons that carry them.
document.addEventListener("keydown", (event) => {
  if (event.altKey && !event.ctrlKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
    const node = form(event.target) && event.target.closest("[data-node]")?.dataset.node;
    if (!node) return;
    event.preventDefault();
    byId(`${node}-${event.key === "ArrowUp" ? "up" : "down"}`)?.click();
  } else if ((event.ctrlKey || event.metaKey) && !event.altKey && /^[zy]$/i.test(event.key)) {
    if (document.querySelector("dialog[open]") || event.target.closest?.("input[type=search]")) return;
    const redo = event.shiftKey || event.key.toLowerCase() === "y";
    const button = document.querySelector(`[data-key="${redo ? "Control+Shift+Z" : "Control+z"}"]`);
    if (!button) return;
    event.preventDefault();
    if (!button.disabled) button.click();
  }
});

// Dragging is the quick way for a mouse; the buttons do the same. A node dropped elsewhere is sent as move:<node>:<group>:<place>.
const sortable = new WeakSet();

function draggable() {
  if (!window.Sortable) return;
  for (const list of document.querySelectorAll("[data-rules] .branches")) {
    if (sortable.has(list)) continue;
    sortable.add(list);
    window.Sortable.create(list, { group: "rules", handle: ".grip", animation: 120, ghostClass: "dragging", onEnd: dropped });
  }
}

function dropped({ item, from, to, oldIndex, newIndex }) {
  if (from === to && oldIndex === newIndex) return;
  const node = item.querySelector("[data-node]").dataset.node;
  const group = to.closest("[data-node]").dataset.node;
  const button = document.createElement("button");
  button.name = "op";
  button.value = `move:${node}:${group}:${newIndex}`;
  button.hidden = true;
  form(to).append(button);
  button.click();
  button.remove();
}

window.addEventListener("load", draggable);
document.addEventListener("htmx:after:swap", draggable);
