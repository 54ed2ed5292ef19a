// The CSRF token goes with every htmx request; an answer that never came is said out loud.
import { show } from "./toasts.js";

const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (!/^(GET|HEAD|QUERY)$/.test(request.method)) request.headers["X-CSRFToken"] = token();
});

const lost = () => {
  const template = document.getElementById("lost-connection");
  if (template) show(template.content.firstElementChild.cloneNode(true));
};

document.addEventListener("htmx:error", (event) => {
  if (event.detail.error instanceof TypeError) lost(); // fetch() fails with a TypeError when there is no network
});

document.addEventListener("htmx:response:error", (event) => {
  // Our own errors bring their message along; a proxy's error page does not.
  const { ctx } = event.detail;
  if (ctx.response.status >= 500 && !ctx.text?.includes("<hx-partial")) lost();
});
