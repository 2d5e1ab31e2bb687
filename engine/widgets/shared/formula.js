// The browser's half of the formula language: scaled BigInt numbers, ISO dates, three-valued logic; what cannot be counted is null.
const LIMIT = 10n ** 18n - 1n;
const bounded = (n) => (n > LIMIT || n < -LIMIT ? null : n);
const abs = (n) => (n < 0n ? -n : n);
const pow = (n) => 10n ** BigInt(n);

function divided(top, bottom, way) {
  if (bottom === 0n) return null;
  const a = abs(top), b = abs(bottom);
  const q = way === "round" ? (2n * a + b) / (2n * b) : way === "round_up" ? (a + b - 1n) / b : a / b;
  return bounded((top < 0n) !== (bottom < 0n) ? -q : q);
}
function quotient(top, bottom, shift, way) {
  const s = Number(shift);
  if (s >= 0) { const wide = bounded(top * pow(s)); return wide === null ? null : divided(wide, bottom, way); }
  const deep = bounded(bottom * pow(-s));
  return deep === null ? null : divided(top, deep, way);
}
const rounded = (n, digits, way) => (digits <= 0 ? bounded(n * pow(-digits)) : divided(n, pow(digits), way));

// A form's text as a value of a kind; what is not one is null.
export function parse(text, kind, scale) {
  if (text === null || text === undefined || text === "") return null;
  if (kind === "decimal" || kind === "money") {
    const found = /^\s*(-?)(\d{1,18})(?:\.(\d*))?\s*(%?)\s*$/.exec(String(text).replace(/,/g, ""));
    if (!found) return null;
    const places = scale + (found[4] ? -2 : 0);
    const digits = (found[3] || "").padEnd(Math.max(places, 0) + 1, "0");
    if (places < 0) return null;
    const exact = BigInt(found[2]) * pow(places) + (places ? BigInt(digits.slice(0, places)) : 0n) + (digits[places] >= "5" ? 1n : 0n);
    return bounded(found[1] ? -exact : exact);
  }
  if (kind === "boolean") return text === true || text === "true";
  if (kind === "choices") return Array.isArray(text) ? text : [text];
  return text;
}
export function cell(cells, path, kind, scale) {
  let value = cells;
  for (const name of path) value = value === null || value === undefined ? null : value[name];
  return parse(value ?? null, kind, scale);
}
export const rows = (cells, name) => (cells[name] || []);
export const and_ = (...parts) => { let found = true; for (const p of parts) { const v = p(); if (v === false) return false; if (v === null) found = null; } return found; };
export const or_ = (...parts) => { let found = false; for (const p of parts) { const v = p(); if (v === true) return true; if (v === null) found = null; } return found; };
export const if_ = (condition, then, otherwise) => (condition() === true ? then() : otherwise());
export const coalesce_ = (...parts) => { for (const p of parts) { const v = p(); if (v !== null) return v; } return null; };

export function fold(name, list, argument, condition, scale, result) {
  const held = list.map((row) => (condition ? condition(row) : true));
  if (name === "any") return held.some((one) => one === true);
  if (name === "all") return held.every((one) => one === true);
  const kept = list.filter((_, index) => held[index] === true);
  const known = (argument ? kept.map(argument) : kept.map(() => true)).filter((value) => value !== null);
  if (name === "count") return BigInt(known.length);
  if (name === "count_distinct") return BigInt(new Set(known.map(String)).size);
  if (name === "sum") return bounded(known.reduce((total, value) => total + value, 0n));
  if (!known.length) return null;
  if (name === "avg") return quotient(known.reduce((total, value) => total + value, 0n), BigInt(known.length), BigInt(result - scale), "round");
  return known.reduce((best, value) => ((name === "min" ? value < best : value > best) ? value : best));
}

const chars = (text) => Array.from(text);
const DAY = 86400000;
const time = (day) => Date.parse(day + "T00:00:00Z");
const iso = (ms) => { const d = new Date(ms); return Number.isNaN(d.getTime()) || d.getUTCFullYear() > 9999 || d.getUTCFullYear() < 1 ? null : d.toISOString().slice(0, 10); };
const ymd = (day) => day.split("-").map(Number);
const last = (year, month) => new Date(Date.UTC(year, month, 0)).getUTCDate();
const two = (n, size = 2) => String(n).padStart(size, "0");
const local = (instant, zone) => Object.fromEntries(new Intl.DateTimeFormat("en-CA", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit" }).formatToParts(new Date(instant)).map((p) => [p.type, p.value]));
const codes = (a, b) => { const x = chars(a), y = chars(b); for (let i = 0; i < Math.min(x.length, y.length); i++) { const d = x[i].codePointAt(0) - y[i].codePointAt(0); if (d) return d; } return x.length - y.length; };
const order = (a, b) => (typeof a === "string" ? codes(a, b) : a < b ? -1 : a > b ? 1 : 0);
export function text(value, kind, scale) {
  if (kind === "decimal" || kind === "money") {
    if (!scale) return String(value);
    const a = abs(value), unit = pow(scale);
    return (value < 0n ? "-" : "") + a / unit + "." + two(a % unit, scale);
  }
  return String(value);
}
const strict = {
  eq: ([a, b]) => a === b, ne: ([a, b]) => a !== b,
  lt: ([a, b]) => order(a, b) < 0, le: ([a, b]) => order(a, b) <= 0, gt: ([a, b]) => order(a, b) > 0, ge: ([a, b]) => order(a, b) >= 0,
  not: ([a]) => !a,
  add: ([a, b]) => bounded(a + b), subtract: ([a, b]) => bounded(a - b), multiply: ([a, b]) => bounded(a * b), negate: ([a]) => -a,
  rescale: ([a], s) => rounded(a, s.scales[0] - s.result, "round"), round: ([a], s) => rounded(a, s.scales[0] - s.result, "round"),
  round_up: ([a], s) => rounded(a, s.scales[0] - s.result, "round_up"), round_down: ([a], s) => rounded(a, s.scales[0] - s.result, "round_down"),
  divide_round: ([a, b, n]) => quotient(a, b, n, "round"), divide_round_up: ([a, b, n]) => quotient(a, b, n, "round_up"), divide_round_down: ([a, b, n]) => quotient(a, b, n, "round_down"),
  abs: ([a]) => abs(a), sign: ([a]) => (a > 0n ? 1n : a < 0n ? -1n : 0n),
  floor: ([a], s) => { const u = pow(s.scales[0]); return a >= 0n ? a / u : -((-a + u - 1n) / u); },
  ceil: ([a], s) => { const u = pow(s.scales[0]); return a > 0n ? (a + u - 1n) / u : -(-a / u); },
  mod: ([a, b]) => (b === 0n ? null : ((a % b) + b) % b),
  upper: ([a]) => a.replace(/[a-z]/g, (c) => c.toUpperCase()), lower: ([a]) => a.replace(/[A-Z]/g, (c) => c.toLowerCase()), trim: ([a]) => a.replace(/^ +| +$/g, ""),
  length: ([a]) => BigInt(chars(a).length),
  left: ([a, n]) => chars(a).slice(0, Math.max(Number(n), 0)).join(""),
  right: ([a, n]) => (n > 0n ? chars(a).slice(Math.max(chars(a).length - Number(n), 0)).join("") : ""),
  mid: ([a, m, n]) => { const first = Math.max(Number(m), 1) - 1; return n > 0n ? chars(a).slice(first, Math.max(first, Number(m) - 1 + Number(n))).join("") : ""; },
  contains: ([a, b]) => a.includes(b), starts_with: ([a, b]) => a.startsWith(b), ends_with: ([a, b]) => a.endsWith(b),
  replace: ([a, b, c]) => (b ? a.split(b).join(c) : a),
  text: ([a], s) => text(a, s.kinds[0], s.scales[0]),
  date_of: ([a], s) => { const p = local(a, s.zone); return `${p.year}-${p.month}-${p.day}`; }, hour: ([a], s) => BigInt(local(a, s.zone).hour),
  year: ([a]) => BigInt(ymd(a)[0]), quarter: ([a]) => BigInt(Math.floor((ymd(a)[1] + 2) / 3)), month: ([a]) => BigInt(ymd(a)[1]), day: ([a]) => BigInt(ymd(a)[2]),
  weekday: ([a]) => BigInt(((new Date(time(a)).getUTCDay() + 6) % 7) + 1),
  days_between: ([a, b]) => BigInt(Math.round((time(b) - time(a)) / DAY)), add_days: ([a, n]) => iso(time(a) + Number(n) * DAY),
  add_duration: ([a, s]) => (a.length === 10 ? iso(time(a) + Math.trunc(Number(s) / 86400) * DAY) : new Date(Date.parse(a) + Number(s) * 1000).toISOString()),
  add_months: ([a, n]) => { const [y, m, d] = ymd(a); const index = y * 12 + m - 1 + Number(n); const year = Math.floor(index / 12), month = (((index % 12) + 12) % 12) + 1; return year < 1 || year > 9999 ? null : `${two(year, 4)}-${two(month)}-${two(Math.min(d, last(year, month)))}`; },
  start_of_month: ([a]) => a.slice(0, 8) + "01", end_of_month: ([a]) => { const [y, m] = ymd(a); return a.slice(0, 8) + two(last(y, m)); }, start_of_year: ([a]) => a.slice(0, 5) + "01-01",
};
const loose = {
  is_empty: ([a]) => a === null || a === "" || (Array.isArray(a) && !a.length),
  in: ([a, list], s) => { const members = list || []; if (a === null) return Array.isArray(list) && members.length && s.kinds[1] !== "listof" ? null : false; return members.includes(a) ? true : members.includes(null) ? null : false; },
  least: (list) => { const known = list.filter((v) => v !== null); return known.length ? known.reduce((b, v) => (order(v, b) < 0 ? v : b)) : null; },
  greatest: (list) => { const known = list.filter((v) => v !== null); return known.length ? known.reduce((b, v) => (order(v, b) > 0 ? v : b)) : null; },
  concat: (list) => list.filter((v) => v !== null).join(""),
};
export function call(name, values, shape) {
  if (loose[name]) return loose[name](values, shape);
  return values.some((value) => value === null) ? null : strict[name](values, shape);
}
// A value for people's forms: numbers as exact text.
export const out = (value, kind, scale) => (value === null ? null : kind === "decimal" || kind === "money" ? text(value, kind, scale) : value);
