// A dialog over the page: a heading, a way to close it, and what stands in it. Loaded by what opens one.
export const parse = (text) => new DOMParser().parseFromString(text, "text/html");
export const ask = (url, options) => fetch(url, { credentials: "same-origin", ...options, headers: { accept: "text/html", "x-requested-with": "dougong" } });
export const sent = (form, button) => new URLSearchParams([...new FormData(form, button)].filter(([, value]) => typeof value === "string"));

/** Why the server refused, from the page that says so. */
export const reason = (page) => page.querySelector("main [role=alert]")?.textContent.trim() || page.querySelector(".state p")?.textContent.trim() || page.querySelector("h1")?.textContent.trim() || "";

/** Opens a dialog; it goes with the page that it stands on. */
export function over(title, body, { name = "", close }) {
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
  box.showModal();
  return box;
}
