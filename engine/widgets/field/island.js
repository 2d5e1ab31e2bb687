import { computing } from "./computing.js";
import { keepDrafts } from "./drafts.js";
import { picker } from "./picker.js";
import { preview } from "./preview.js";

// A form that computes while one types: live formulas, conditions, lines of sub-tables, pickers that search.
export default async function (form, api) {
  const signal = new AbortController();
  const listen = (target, name, act, more) => target.addEventListener(name, act, { ...more, signal: signal.signal });
  const boxes = [...form.querySelectorAll("[data-lines]")];
  const [module, lines, hands] = await Promise.all([form.dataset.formulas ? import(form.dataset.formulas) : { formulas: {} }, boxes.length && import("./sheet.js"), boxes.length && import("./sheet_hands.js")]);
  const sheets = boxes.map((box) => new lines.Sheet(box, { api, listen }));
  const sheetOf = (target) => sheets.find((one) => one.box.contains(target));
  const live = computing(form, module, sheets);

  /** What is typed in a line is its sheet's, whatever stands beside it is the form's. */
  function refresh(event) {
    const sheet = sheetOf(event.target), line = sheet?.lineAt(event.target);
    if (line) live.line(sheet, line);
    else if (!sheet) live.whole();
  }
  /** A fact that is no longer chosen takes along what was said about it; no more are chosen than may be. */
  function tick(box) {
    if (!box.checked) for (const part of box.closest(".fact").querySelectorAll(".fact-more :is(input, textarea, select)")) { if (part.type === "radio" || part.type === "checkbox") part.checked = false; else part.value = ""; }
    const all = [...box.closest("[data-facts]").querySelectorAll(".fact-tick")], full = all.filter((one) => one.checked).length >= Number(box.closest("[data-facts]").dataset.most);
    for (const one of all) one.disabled = full && !one.checked;
  }

  // A slider and the number beside it are one: whichever moves takes the other along.
  const number = (slider) => document.getElementById(slider.dataset.slides);
  for (const slider of form.querySelectorAll("[data-slides]")) {
    slider.hidden = false;
    for (const part of [slider.closest(".field"), slider.closest(".form")]) part?.classList.add("slides");
    listen(number(slider), "told", () => { slider.value = number(slider).value; });
  }
  const slides = form.querySelector("[data-slides]") !== null;
  listen(form, "input", (event) => {
    if (event.target.dataset.slides) number(event.target).value = event.target.value;
    else if (slides && event.target.id) for (const slider of form.querySelectorAll(`[data-slides="${event.target.id}"]`)) slider.value = event.target.value;
  });
  listen(form, "input", refresh);
  listen(form, "change", (event) => { if (event.target.matches(".fact-tick")) tick(event.target); refresh(event); });
  listen(form, "formdata", (event) => { for (const sheet of sheets) for (const [name, value] of sheet.inputs()) event.formData.append(name, value); });
  listen(form, "click", (event) => { const button = event.target.closest("[data-scan]"); if (button) import("./scan.js").then((one) => one.scan(button, api)); });
  // A hand scanner types and ends with Enter: that is no wish to send the form.
  listen(form, "keydown", (event) => {
    if (event.key !== "Enter" || event.defaultPrevented || !event.target.matches("input.input") || !event.target.closest(".field")?.querySelector("[data-scan]")) return;
    event.preventDefault();
    const all = [...form.querySelectorAll("input:not([type=hidden]), select:not([hidden]), textarea")].filter((one) => one.checkVisibility());
    all[all.indexOf(event.target) + 1]?.focus();
  });
  for (const select of form.querySelectorAll("select[data-pick]")) picker(select, api, listen);
  for (const sheet of sheets) {
    for (const button of sheet.box.querySelectorAll(".line-copy")) button.hidden = false;
    hands.handle(sheet, { api, listen, settle: (changed) => live.lines(sheet, changed) });
  }
  live.all();
  preview(form, listen, { sheets, refresh: () => live.whole(), settle: (sheet, changed) => live.lines(sheet, changed), local: (key) => key in module.formulas });
  keepDrafts(form, listen);
  return () => signal.abort();
}
