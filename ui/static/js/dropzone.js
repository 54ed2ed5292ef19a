// A file input that takes a drop anywhere on its frame, and says what it holds.
function enhance() {
  for (const zone of document.querySelectorAll("[data-dropzone]:not(.enhanced)")) zone.classList.add("enhanced");
}

enhance();
document.addEventListener("htmx:after:swap", enhance);

for (const [name, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
  document.addEventListener(name, (event) => event.target.closest?.("[data-dropzone]")?.classList.toggle("over", over));
}

document.addEventListener("change", (event) => {
  const zone = event.target.closest?.("[data-dropzone]");
  if (!zone || event.target.type !== "file") return;
  const names = [...event.target.files].map((file) => {
    const item = document.createElement("li");
    item.textContent = file.name;
    return item;
  });
  zone.querySelector(".chosen")?.replaceChildren(...names);
});
