// Messages leave by themselves, unless they offer something to do or are being read.
const SECONDS = { go: 6, stay: 14 };
const timers = new WeakMap();

function start(toast) {
  stop(toast);
  timers.set(toast, setTimeout(() => toast.remove(), SECONDS[toast.dataset.toast] * 1000));
}

function stop(toast) {
  clearTimeout(timers.get(toast));
}

export function show(toast) {
  document.getElementById("toasts")?.append(toast);
}

const region = document.getElementById("toasts");

function watch(root) {
  for (const toast of root.querySelectorAll("[data-toast]")) if (!timers.has(toast)) start(toast);
}

if (region) {
  watch(region);
  new MutationObserver(() => {
    const here = document.getElementById("toasts");
    if (here) watch(here);
  }).observe(document.body, { childList: true, subtree: true });
}

const of = (event) => event.target.closest?.("[data-toast]");
for (const name of ["pointerover", "focusin"]) document.addEventListener(name, (event) => of(event) && stop(of(event)));
for (const name of ["pointerout", "focusout"]) document.addEventListener(name, (event) => of(event) && start(of(event)));

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-toast-close]")) of(event)?.remove();
});
