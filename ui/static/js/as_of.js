// The month slider of the as-of picker: it says the month's name while its handle moves. The form sends itself.
const names = new Intl.DateTimeFormat(document.documentElement.lang, { year: "numeric", month: "short", timeZone: "UTC" });

document.addEventListener("input", (event) => {
  const slider = event.target;
  if (!slider.matches?.("input[data-months]")) return;
  const number = Number(slider.value);
  const name = names.format(Date.UTC(Math.floor(number / 12), number % 12, 1));
  slider.setAttribute("aria-valuetext", name);
  const shown = document.getElementById("as-of-month-name");
  if (shown) shown.textContent = name;
});
