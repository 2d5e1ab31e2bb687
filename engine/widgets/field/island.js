import { addressCells } from "./address.js";
import { picker } from "./picker.js";
import { keepDrafts } from "./drafts.js";
import { preview } from "./preview.js";

// A form that computes while one types: live formulas, conditions, lines added and dropped, pickers that search.
const INDEX = /^c\.([a-z0-9_]+)\.(\d+)\.(.+)$/;

// What a control stands for: nothing written is null. A percent is entered as 30 and stored as 0.30; the point moves in
// the text, so that nothing is rounded.
function stored(control) {
  const text = control.value.trim().replace(/\s*%$/, "");
  const found = control.dataset.percent === undefined ? null : /^(-?)(\d+)(?:\.(\d*))?$/.exec(text);
  if (!found) return control.value === "" ? null : control.value;
  const digits = found[2].padStart(3, "0");
  return `${found[1]}${digits.slice(0, -2)}.${digits.slice(-2)}${found[3] || ""}`;
}

export default async function (form, api) {
  const module = form.dataset.formulas ? await import(form.dataset.formulas) : { formulas: {} };
  const signal = new AbortController();
  const listen = (target, name, act, more) => target.addEventListener(name, act, { ...more, signal: signal.signal });
  const moment = () => { const now = new Date(); const local = new Date(now.getTime() - now.getTimezoneOffset() * 60000); return { today: local.toISOString().slice(0, 10), now: now.toISOString(), zone: Intl.DateTimeFormat().resolvedOptions().timeZone, variables: {} }; };

  function cellsOf() {
    const cells = {};
    for (const one of form.querySelectorAll("[data-given]")) cells[one.dataset.given] = one.dataset.value;
    for (const control of form.elements) {
      const name = control.name;
      if (!name || control.disabled || (/^(checkbox|radio)$/.test(control.type) && !control.checked)) continue;
      if (name.includes("@") && control.closest("[data-address]")) continue;
      if (name.startsWith("f.")) cells[name.slice(2)] = stored(control);
      const found = INDEX.exec(name);
      if (found) ((cells[found[1]] ||= [])[Number(found[2])] ||= {})[found[3]] = stored(control);
    }
    for (const [name, value] of addressCells(form)) if (name.startsWith("f.")) cells[name.slice(2)] = value;
    for (const [name, list] of Object.entries(cells)) if (Array.isArray(list)) cells[name] = list.filter((row) => row && !row["@delete"] && Object.entries(row).some(([key, value]) => key !== "@id" && value !== null && value !== "false"));
    return cells;
  }
  function refresh() {
    const cells = cellsOf(), at = moment();
    const levels = [...form.querySelectorAll("output[data-formula]")];
    for (let round = 0; round < 3; round++) for (const place of levels) compute(place, cells, at);
    for (const place of form.querySelectorAll("[data-show]")) {
      const shows = module.formulas[place.dataset.show];
      if (shows) place.hidden = shows(cells, at) !== true;
    }
  }
  function compute(place, cells, at) {
    const key = place.dataset.formula, formula = module.formulas[key];
    if (!formula) return;
    const row = place.closest("tr[data-row]");
    const scope = row ? rowCells(row) : cells;
    const value = formula(scope, at);
    place.textContent = value === null ? "—" : shown(value);
    if (row) { const list = cells[key.split(".")[0]] || []; const index = [...row.parentElement.children].indexOf(row); if (list[index]) list[index][key.split(".").pop()] = value; row.dataset.computed = JSON.stringify({ ...JSON.parse(row.dataset.computed || "{}"), [key.split(".").pop()]: value }); }
    else cells[key] = value;
  }
  function rowCells(row) {
    const cells = { ...JSON.parse(row.dataset.computed || "{}") };
    for (const input of row.querySelectorAll("[name]")) { const found = INDEX.exec(input.name); if (found && (!/^(checkbox|radio)$/.test(input.type) || input.checked)) cells[found[3]] = stored(input); }
    return cells;
  }
  /** A fact that is no longer chosen takes along what was said about it; no more are chosen than may be. */
  function tick(box) {
    if (!box.checked) for (const part of box.closest(".fact").querySelectorAll(".fact-more :is(input, textarea, select)")) { if (part.type === "radio" || part.type === "checkbox") part.checked = false; else part.value = ""; }
    const all = [...box.closest("[data-facts]").querySelectorAll(".fact-tick")], full = all.filter((one) => one.checked).length >= Number(box.closest("[data-facts]").dataset.most);
    for (const one of all) one.disabled = full && !one.checked;
  }
  const shown = (value) => (/^-?\d+(\.\d+)?$/.test(value) ? value.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ",") : String(value));

  // A slider and the number beside it are one: whichever moves takes the other along.
  const number = (slider) => document.getElementById(slider.dataset.slides);
  for (const slider of form.querySelectorAll("[data-slides]")) {
    slider.hidden = false;
    listen(number(slider), "told", () => { slider.value = number(slider).value; });
  }
  listen(form, "input", (event) => {
    if (event.target.dataset.slides) number(event.target).value = event.target.value;
    else if (event.target.id) for (const slider of form.querySelectorAll(`[data-slides="${event.target.id}"]`)) slider.value = event.target.value;
  });
  listen(form, "input", refresh);
  listen(form, "change", (event) => { if (event.target.matches(".fact-tick")) tick(event.target); if (event.target.name?.endsWith(".@delete")) event.target.closest("tr").hidden = event.target.checked; refresh(); });
  listen(form, "click", (event) => {
    const add = event.target.closest("button[name='@add']");
    if (!add) return;
    event.preventDefault();
    const box = add.closest("[data-lines]"), body = box.querySelector("tbody"), next = Math.max(-1, ...[...body.children].map((row) => Number(row.dataset.row))) + 1;
    const line = box.querySelector("template").content.firstElementChild.cloneNode(true);
    line.dataset.row = next;
    for (const part of line.querySelectorAll("[name], [id]")) { if (part.name) part.name = part.name.replace(".999.", `.${next}.`); if (part.id) part.id = part.id.replace("-999-", `-${next}-`); }
    body.append(line);
    for (const select of line.querySelectorAll("select[data-pick]")) picker(select, api, listen);
    api.start();
    line.querySelector("input:not([type=checkbox]), select")?.focus();
    refresh();
  });

  listen(form, "click", (event) => { const button = event.target.closest("[data-scan]"); if (button) import("./scan.js").then((one) => one.scan(button, api)); });
  // A hand scanner types and ends with Enter: that is no wish to send the form.
  listen(form, "keydown", (event) => {
    if (event.key !== "Enter" || event.defaultPrevented || !event.target.matches("input.input") || !event.target.closest(".field")?.querySelector("[data-scan]")) return;
    event.preventDefault();
    const all = [...form.querySelectorAll("input:not([type=hidden]), select:not([hidden]), textarea")].filter((one) => one.checkVisibility());
    all[all.indexOf(event.target) + 1]?.focus();
  });

  for (const select of form.querySelectorAll("select[data-pick]")) picker(select, api, listen);
  refresh();
  preview(form, listen, refresh);
  keepDrafts(form, listen);
  return () => signal.abort();
}
