// The little that the server cannot do. Everything listens on the document, so that it still works after
// htmx has replaced a part of the page; each module looks for data attributes of its own.
import "./requests.js";
import "./toasts.js";
import "./dialogs.js";
import "./menus.js";
import "./dropzone.js";
import "./keyboard.js";
import "./tables.js";
import "./strips.js";
import "./copy.js";
