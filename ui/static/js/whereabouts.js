// What the browser knows about where it is: its time zone, and with it the currency. Only fills in; nothing is sent.
const form = document.querySelector("form[data-whereabouts]");

function choose(select, value) {
  const option = value && [...select.options].find((each) => each.value === value);
  if (option) select.value = value;
  return option;
}

if (form) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const option = choose(form.elements.zone, timeZone);
  if (option) choose(form.elements.currency, option.dataset.currency);
}
