// What is pasted from a sheet: a block of texts, each read as its column's control would have it.
const AFFIXES = /^[\s¥￥$€£]+|[\s%％]+$/g;
const DAY = /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/;
const YES = new Set(["是", "yes", "true", "1", "√", "✓", "y"]);

/** The lines and cells of a text from a sheet; null for what is one cell. */
export function blockOf(text) {
  const plain = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  if (!/[\t\n]/.test(plain)) return null;
  const lines = [[]];
  for (const found of plain.matchAll(/(?:"((?:[^"]|"")*)"(?=[\t\n]|$)|([^\t\n]*))([\t\n]|$)/g)) {
    lines.at(-1).push(found[1] === undefined ? found[2] : found[1].replaceAll('""', '"'));
    if (found[3] === "\n") lines.push([]);
    if (found[3] === "") break;
  }
  return lines;
}

/** A text as its column's control holds it, and how it reads; a row that is not known yet has no value. */
export function entered(sheet, column, text) {
  if (text === "") return ["", ""];
  if (column.numeric) { const raw = text.replace(AFFIXES, "").replace(/[,，\s]/g, "").replace(/^\((.*)\)$/, "-$1"); return [raw, sheet.inWords(column, raw)]; }
  if (column.kind === "switch") { const raw = String(YES.has(text.toLowerCase())); return [raw, sheet.inWords(column, raw)]; }
  if (column.kind === "date") { const day = DAY.exec(text); const raw = day ? `${day[1]}-${day[2].padStart(2, "0")}-${day[3].padStart(2, "0")}` : text; return [raw, raw]; }
  if (column.kind === "select" || column.kind === "picker") {
    const option = sheet.options(column).find((one) => one.text.toLowerCase() === text.toLowerCase() || one.value === text);
    return option ? [option.value, option.text] : column.kind === "picker" ? ["", text] : ["", ""];
  }
  return [text, text];
}

/** Looks up rows by what was pasted, each text once; the texts that no row bears. */
export async function found(sheet, missing) {
  const wanted = Map.groupBy ? Map.groupBy(missing, ([, column, text]) => `${column.name}\t${text}`) : missing.reduce((all, one) => { const key = `${one[1].name}\t${one[2]}`; return all.set(key, [...(all.get(key) || []), one]); }, new Map());
  const unknown = [];
  for (const places of wanted.values()) {
    const [, column, text] = places[0], url = sheet.fresh.cells[column.at].querySelector("[data-pick]").dataset.pick;
    const answer = await fetch(`${url}?q=${encodeURIComponent(text)}`, { headers: { accept: "application/json" } }).catch(() => null);
    const rows = answer?.ok ? (await answer.json()).data : [];
    const row = rows.find((one) => one.label.toLowerCase() === text.toLowerCase()) || (rows.length === 1 ? rows[0] : null);
    if (!row) unknown.push(text);
    for (const [line] of places) sheet.write(line, column, row ? row.id : "", row ? row.label : "");
  }
  return unknown;
}
