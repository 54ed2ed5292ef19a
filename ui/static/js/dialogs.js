// <dialog> needs a script only to be opened as a modal one; focus and Escape are the browser's.
function open(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-dialog-open]");
  if (opener) {
    event.preventDefault();
    opener.closest("[popover]")?.hidePopover?.();
    open(opener.dataset.dialogOpen);
    return;
  }
  if (event.target.closest?.("[data-dialog-close]")) {
    event.preventDefault();
    event.target.closest("dialog")?.close();
  } else if (event.target instanceof HTMLDialogElement) {
    event.target.close(); // only the veil around the dialog is the dialog itself
  }
});

// A dialog that the server sends opened: on the page, or in an answer to htmx.
function openSent() {
  for (const dialog of document.querySelectorAll("dialog[data-open]:not([open])")) {
    delete dialog.dataset.open;
    dialog.showModal();
  }
}

// What a failed form wants read first.
function focusSent() {
  const wanted = document.querySelector("[data-focus]");
  if (!wanted) return;
  delete wanted.dataset.focus;
  wanted.focus();
}

function arrived() {
  openSent();
  focusSent();
}

arrived();
document.addEventListener("htmx:after:swap", arrived);
