// What controls stand for, and how numbers are read and written in them: nothing written is null.
const FRACTION = /^(-?)(\d+)(?:\.(\d*))?$/, NUMBER = /^(-?)(\d+)(\.\d*)?$/;

/** A percent is entered as 30 and stored as 0.30; the point moves in the text, so that nothing is rounded. */
export function storedText(text, percent) {
  if (!percent) return text === "" ? null : text;
  const plain = text.trim().replace(/\s*%$/, ""), found = FRACTION.exec(plain);
  if (!found) return plain === "" ? null : text;
  const digits = found[2].padStart(3, "0");
  return `${found[1]}${digits.slice(0, -2)}.${digits.slice(-2)}${found[3] || ""}`;
}

/** The stored fraction as a percent with one decimal, halves away from zero: 0.31449 is 31.4. */
function percentText(text) {
  const found = FRACTION.exec(text);
  if (!found) return text;
  const digits = BigInt(found[2] + (found[3] || "").padEnd(3, "0")), more = 10n ** BigInt(Math.max((found[3] || "").length - 3, 0));
  const tenths = (2n * digits + more) / (2n * more), rest = tenths % 10n;
  return `${tenths ? found[1] : ""}${grouped(String(tenths / 10n))}${rest ? `.${rest}` : ""}`;
}

/** A number with its thousands set apart; what is no number stays as it is. */
export function grouped(text) {
  const found = NUMBER.exec(text);
  return found ? found[1] + found[2].replace(/\B(?=(\d{3})+$)/g, ",") + (found[3] || "") : text;
}

/** What a formula found, as its place shows it: `data-percent` (its sign), `data-sign` (¥), `data-suffix` (a unit). */
export function shown(value, { percent, sign = "", suffix = "", least } = {}) {
  if (value === null) return "—";
  const plain = least === undefined ? String(value) : String(value).replace(/(\.\d\d\d*?)0+$/, "$1");
  const text = percent === undefined ? grouped(plain) : percentText(plain) + percent;
  return (text.startsWith("-") && FRACTION.test(String(value)) ? `−${sign}${text.slice(1)}` : sign + text) + (suffix && ` ${suffix}`);
}

/** The exact sum of numbers with so many decimals; what is no number counts as nothing. */
export function sumOf(texts, scale) {
  let total = 0n;
  for (const text of texts) {
    const found = FRACTION.exec(text ?? "");
    if (found) total += BigInt(`${found[1]}${found[2]}${(found[3] || "").slice(0, scale).padEnd(scale, "0")}`);
  }
  const digits = String(total < 0n ? -total : total).padStart(scale + 1, "0"), whole = digits.slice(0, digits.length - scale);
  return `${total < 0n ? "-" : ""}${whole}${scale ? `.${digits.slice(-scale)}` : ""}`;
}

/** Says a text in a place that has one: the text changes, not the children, so that no selector is asked anew. */
export function say(place, text) {
  if (place.firstChild?.nodeType === 3 && !place.firstChild.nextSibling) { if (place.firstChild.data !== text) place.firstChild.data = text; }
  else place.textContent = text;
}

/** Keeps what a control says under a key; boxes of one name that are ticked are a list. */
export function take(cells, key, control) {
  const box = control.type === "checkbox" || control.type === "radio";
  if (box && !control.checked) return;
  if (control.type === "checkbox" && !control.classList.contains("switch") && !control.classList.contains("sr-only")) cells[key] = [...(Array.isArray(cells[key]) ? cells[key] : []), control.value];
  else cells[key] = storedText(control.value, control.dataset.percent !== undefined);
}
