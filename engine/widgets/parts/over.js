// A dialog over the page: a heading, a way to close it, and what stands in it. Loaded by what opens one.
export const parse = (text) => new DOMParser().parseFromString(text, "text/html");
export const ask = (url, options) => fetch(url, { credentials: "same-origin", ...options, headers: { accept: "text/html", "x-requested-with": "dougong" } });
export const sent = (form, button) => new URLSearchParams([...new FormData(form, button)].filter(([, value]) => typeof value === "string"));

/** Why the server refused, from the page that says so. */
export const reason = (page) => page.querySelector("main [role=alert]")?.textContent.trim() || page.querySelector(".state p")?.textContent.trim() || page.querySelector("h1")?.textContent.trim() || "";

/** Opens a dialog, over the page or beside what it shows; it goes with the page that it stands on. */
export function over(title, body, { name = "", close, beside = false }) {
  const box = document.createElement("dialog"), head = document.createElement("header"), words = document.createElement("h2"), shut = document.createElement("button"), inner = document.createElement("div");
  box.className = `dialog ${name}`.trim();
  box.setAttribute("aria-label", title);
  words.textContent = title;
  Object.assign(shut, { type: "button", className: "btn quiet small", textContent: close });
  shut.dataset.close = "";
  head.append(words, shut);
  inner.className = "dialog-body";
  inner.append(body);
  box.append(head, inner);
  document.body.append(box);
  if (beside) box.show(); else box.showModal();
  return box;
}

/** Two pages stand on one: no id of the part that comes over the other stands there twice. */
export function rename(part, by) {
  for (const one of part.querySelectorAll("*")) {
    if (one.id) one.id = by + one.id;
    for (const name of ["for", "form", "list", "data-slides", "data-open", "data-for"]) if (one.hasAttribute(name)) one.setAttribute(name, by + one.getAttribute(name));
    for (const name of ["aria-describedby", "aria-labelledby", "aria-controls"]) if (one.hasAttribute(name)) one.setAttribute(name, one.getAttribute(name).split(" ").map((id) => by + id).join(" "));
    if (/^#./.test(one.getAttribute("href") ?? "")) one.setAttribute("href", `#${by}${one.getAttribute("href").slice(1)}`);
    if (one.content) rename(one.content, by);
  }
}
