// The browser's half of the formula language: scaled BigInt numbers, ISO dates, instants in microseconds, durations in
// seconds, three-valued logic. What cannot be counted is null. The written specification is docs/reference/formula.md.
const LIMIT = 10n ** 18n - 1n;
const DURATION_LIMIT = 10n ** 13n - 1n;
const FARTHEST = 42;
const bounded = (n, limit = LIMIT) => (n > limit || n < -limit ? null : n);
const abs = (n) => (n < 0n ? -n : n);
const ten = (n) => 10n ** BigInt(n);
const known = (list) => list.filter((value) => value !== null);

// ── numbers ──

function divided(top, bottom, way) {
  if (bottom === 0n) return null;
  const a = abs(top), b = abs(bottom);
  const q = way === "round" ? (2n * a + b) / (2n * b) : way === "round_up" ? (a + b - 1n) / b : a / b;
  return bounded((top < 0n) !== (bottom < 0n) ? -q : q);
}

function quotient(top, bottom, shift, way) {
  const s = Number(shift);
  const x = s > 0 ? bounded(top * ten(s)) : top, y = s < 0 ? bounded(bottom * ten(-s)) : bottom;
  return x === null || y === null ? null : divided(x, y, way);
}

const rounded = (n, digits, way) => (digits <= 0 ? bounded(n * ten(-digits)) : divided(n, ten(digits), way));
const scaled = (way) => ([a], s) => rounded(a, s.scales[0] - s.result, way);
const limit = (s) => (s.of === "duration" ? DURATION_LIMIT : LIMIT);

// Twelve significant digits of a float, then the scale, half away from zero.
function significant(value, scale) {
  if (value === null || !Number.isFinite(value)) return null;
  const [head, exponent] = value.toExponential(11).split("e");
  const digits = BigInt(head.replace(".", "")), shift = Number(exponent) - 11 + scale;
  if (shift > 6) return digits === 0n ? 0n : null;
  return shift >= 0 ? bounded(digits * ten(shift)) : shift < -12 ? 0n : divided(digits, ten(-shift), "round");
}

function power(base, exponent) {
  if (base === 0) return exponent === 0 ? 1 : exponent > 0 ? 0 : null;
  if (base < 0 && exponent !== Math.floor(exponent)) return null;
  const reach = exponent * Math.log(Math.abs(base));
  return Math.abs(reach) > FARTHEST ? (reach < 0 ? 0 : null) : base ** exponent;
}

const growth = (rate, periods) => (rate > -1 ? power(1 + rate, periods) : null);
const compounded = (amount, grown) => (grown === null ? null : amount * grown);
const floats = {
  power,
  sqrt: (x) => (x >= 0 ? Math.sqrt(x) : null),
  exp: (x) => (Math.abs(x) > FARTHEST ? (x < 0 ? 0 : null) : Math.exp(x)),
  ln: (x) => (x > 0 ? Math.log(x) : null),
  log10: (x) => (x > 0 ? Math.log10(x) : null),
  payment(principal, rate, periods) {
    if (periods <= 0) return null;
    if (rate === 0) return principal / periods;
    const reach = rate > -1 ? periods * Math.log1p(rate) : null;
    return reach === null || reach < -FARTHEST ? null : (principal * rate) / -Math.expm1(-reach);
  },
  future_value: (amount, rate, periods) => compounded(amount, growth(rate, periods)),
  present_value: (amount, rate, periods) => compounded(amount, growth(rate, -periods)),
};
const inexact = (name) => (values, s) => significant(floats[name](...values.map((v, at) => Number(v) / 10 ** s.scales[at])), s.result);

// Metres along the great circle between the points that two locations begin with, on a sphere of the earth's mean radius.
const PLACE = /^[0-9a-z]{8}([+-]\d{2}\.\d{6})([+-]\d{3}\.\d{6})\//, RADIUS = 6371008.8;
function distance([one, other], s) {
  const a = PLACE.exec(one), b = PLACE.exec(other);
  if (!a || !b) return null;
  const half = Math.PI / 360, turn = Math.PI / 180;
  const up = Math.sin((Number(b[1]) - Number(a[1])) * half), across = Math.sin((Number(b[2]) - Number(a[2])) * half);
  const part = up * up + Math.cos(Number(a[1]) * turn) * Math.cos(Number(b[1]) * turn) * across * across;
  return significant(2 * RADIUS * Math.asin(Math.sqrt(Math.min(1, part))), s.result);
}

// ── cells ──

// A written value as one of a kind; what is not one is null.
export function parse(text, kind, scale) {
  if (text === null || text === undefined || (text === "" && kind !== "text")) return null;
  if (kind === "decimal" || kind === "money") return parseNumber(String(text), scale);
  if (kind === "boolean") return text === true || text === "true";
  if (kind === "choices") return Array.isArray(text) ? text : [text];
  if (kind === "instant") return parseInstant(String(text));
  if (kind === "duration") return parseDuration(String(text));
  return kind === "relation" ? String(text) : text;
}

// Texts of numbers are read once: the sums of a thousand lines read the same ones at every key.
const MOST_READ = 50000;
const numbersRead = new Map();

function parseNumber(text, scale) {
  let known = numbersRead.get(scale);
  if (!known || known.size > MOST_READ) numbersRead.set(scale, (known = new Map()));
  let number = known.get(text);
  if (number === undefined) known.set(text, (number = readNumber(text, scale)));
  return number;
}

function readNumber(text, scale) {
  const found = /^\s*(-?)(\d{1,18})(?:\.(\d*))?\s*(%?)\s*$/.exec(text.replace(/,/g, ""));
  if (!found) return null;
  const all = BigInt(found[2] + (found[3] || "")), places = (found[3] || "").length + (found[4] ? 2 : 0);
  const exact = rounded(all, places - scale, "round");
  return exact === null ? null : bounded(found[1] ? -exact : exact);
}

function parseInstant(text) {
  const found = /^(.*T\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,6})\d*)?(.*)$/.exec(text);
  const at = found ? Date.parse(found[1] + found[3]) : NaN;
  return Number.isNaN(at) ? null : BigInt(at) * 1000n + BigInt((found[2] || "").padEnd(6, "0"));
}

// Seconds, 1:30, or ISO 8601 such as PT1H30M.
function parseDuration(text) {
  if (/^-?\d+$/.test(text)) return BigInt(text);
  const clock = /^(-?)(\d+):(\d\d)$/.exec(text), iso = /^(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  const found = clock ? [clock[1], 0, clock[2], clock[3], 0] : iso ? iso.slice(1) : null;
  if (!found) return null;
  const [days, hours, minutes, seconds] = found.slice(1).map((part) => BigInt(part || 0));
  const total = ((days * 24n + hours) * 60n + minutes) * 60n + seconds;
  return found[0] ? -total : total;
}

export function cell(cells, path, kind, scale) {
  let value = cells;
  for (const name of path) value = value === null || value === undefined ? null : value[name];
  if (value !== null && typeof value === "object" && !Array.isArray(value)) value = value.id;
  return parse(value ?? null, kind, scale);
}
export const rows = (cells, name) => cells[name] || [];

export function variable(moment, name, kind) {
  const value = moment.variables[name] ?? null;
  return Array.isArray(value) ? value.map(String) : value === null || kind !== "relation" ? value : String(value);
}
export const now = (moment) => parseInstant(moment.now);

// ── logic ──

export const and_ = (...parts) => { let found = true; for (const p of parts) { const v = p(); if (v === false) return false; if (v === null) found = null; } return found; };
export const or_ = (...parts) => { let found = false; for (const p of parts) { const v = p(); if (v === true) return true; if (v === null) found = null; } return found; };
export const coalesce_ = (...parts) => { for (const p of parts) { const v = p(); if (v !== null) return v; } return null; };
export function if_(...parts) {
  for (let at = 0; at + 1 < parts.length; at += 2) if (parts[at]() === true) return parts[at + 1]();
  return parts[parts.length - 1]();
}

// ── collections ──

const mean = (values, shift) => { const total = bounded(values.reduce((sum, value) => sum + value, 0n)); return total === null ? null : quotient(total, BigInt(values.length), shift, "round"); };

function deviation(values, scale, result) {
  if (values.length < 2) return null;
  const low = values.reduce((a, b) => (b < a ? b : a)), numbers = values.map((value) => Number(value - low)), middle = numbers.reduce((a, b) => a + b, 0) / numbers.length;
  const squares = numbers.reduce((sum, x) => sum + (x - middle) * (x - middle), 0);
  return significant(Math.sqrt(squares / (numbers.length - 1)) / 10 ** scale, result);
}

// Rows folded into one value; `parts` are functions of a row: argument, condition, order, each may be null.
export function fold(name, list, parts, scale, result) {
  const held = list.map((row) => (parts.condition ? parts.condition(row) : true));
  if (name === "any") return held.some((one) => one === true);
  if (name === "all") return held.every((one) => one === true);
  const kept = list.filter((_, index) => held[index] === true);
  const values = known(parts.argument ? kept.map(parts.argument) : kept.map(() => true));
  if (name === "count") return BigInt(values.length);
  if (name === "count_distinct") return BigInt(new Set(values.map(String)).size);
  if (name === "sum") return bounded(values.reduce((total, value) => total + value, 0n));
  if (name === "first" || name === "last") return outermost(kept.map((row) => [parts.order(row), parts.argument(row)]), name === "first" ? 1 : -1);
  if (name === "stdev") return deviation(values, scale, result);
  if (!values.length) return null;
  if (name === "avg") return mean(values, result - scale);
  const sorted = values.sort(order);
  if (name === "median") return mean(sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1), result - scale);
  return name === "min" ? sorted[0] : sorted[sorted.length - 1];
}

function outermost(pairs, sign) {
  const found = pairs.filter(([place, value]) => place !== null && value !== null);
  found.sort((a, b) => sign * (order(a[0], b[0]) || order(a[1], b[1])));
  return found.length ? found[0][1] : null;
}

// ── texts ──

const chars = (text) => Array.from(text);
const codes = (a, b) => { const x = chars(a), y = chars(b); for (let i = 0; i < Math.min(x.length, y.length); i++) { const d = x[i].codePointAt(0) - y[i].codePointAt(0); if (d) return d; } return x.length - y.length; };
const order = (a, b) => (typeof a === "string" ? codes(a, b) : a < b ? -1 : a > b ? 1 : 0);
const two = (n, size = 2) => String(n).padStart(size, "0");
const least = (n, floor) => (n < floor ? floor : n);
const clamped = (n) => Number(n < -1000000000n ? -1000000000n : n > 1000000000n ? 1000000000n : n);
const repeated = (text, n) => chars(text.repeat(Math.min(Math.max(clamped(n), 0), 1000))).slice(0, 10000).join("");

function padding([text, size, fill]) {
  const missing = Math.max(Math.min(clamped(size), 1000) - chars(text).length, 0);
  return chars(repeated(fill, BigInt(missing))).slice(0, missing).join("");
}

export function text(value, kind, scale, group = (whole) => whole) {
  if (kind === "decimal" || kind === "money") {
    const unit = ten(scale), whole = group(String(abs(value) / unit));
    return (value < 0n ? "-" : "") + whole + (scale ? "." + two(abs(value) % unit, scale) : "");
  }
  if (kind !== "instant") return String(value);
  const shown = instantText(value);
  return shown.slice(0, 19) + "Z";
}

const UNITS = ["仟", "佰", "拾", "万", "仟", "佰", "拾", "亿", "仟", "佰", "拾", "万", "仟", "佰", "拾", ""];
const STEPS = [["零仟", "零"], ["零佰", "零"], ["零拾", "零"], ...Array(4).fill(["零零", "零"]), ["零亿", "亿零"], ["零万", "万零"], ...Array(2).fill(["零零", "零"]), ["亿万", "亿"], ...Array(2).fill(["零零", "零"])];

function capitals(value) {
  const digits = two(abs(value), 18).replace(/\d/g, (d) => "零壹贰叁肆伍陆柒捌玖"[d]);
  let whole = UNITS.map((unit, at) => digits[at] + unit).join("");
  for (const [written, wanted] of STEPS) whole = whole.split(written).join(wanted);
  whole = whole.replace(/^[零万亿]+/, "").replace(/零+$/, "");
  const [tenth, hundredth] = digits.slice(16);
  const part = (tenth !== "零" ? tenth + "角" : whole && hundredth !== "零" ? "零" : "") + (hundredth !== "零" ? hundredth + "分" : "整");
  if (!whole && part === "整") whole = "零";
  return (value < 0n ? "负" : "") + (whole ? whole + "元" : "") + part;
}

// ── dates and instants ──

const DAY = 86400000;
const FARTHEST_DAYS = 4000000n;
const FIRST_INSTANT = -62135596800000000n, LAST_INSTANT = 253402300799999999n;
const FIRST_ZONED = -2208988800n, LAST_ZONED = 4102444800n;
const time = (day) => Date.parse(day + "T00:00:00Z");
const iso = (ms) => { const d = new Date(ms), year = d.getUTCFullYear(); return Number.isNaN(d.getTime()) || year > 9999 || year < 1 ? null : d.toISOString().slice(0, 10); };
const moved = (day, n) => (abs(n) < FARTHEST_DAYS ? iso(time(day) + Number(n) * DAY) : null);
const index = (day) => Math.round(time(day) / DAY) + 719162;
const ymd = (day) => day.split("-").map(Number);
const last = (year, month) => [31, year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
const made = (year, month, day) => `${two(year, 4)}-${two(month)}-${two(day)}`;
const floored = (n, unit) => { const q = n / unit; return n % unit < 0n ? q - 1n : q; };
const formats = new Map();

// Seconds since 1970 by the clocks of a zone; before 1900 and after 2100 as far from UTC as then.
function local(instant, zone) {
  if (!formats.has(zone)) formats.set(zone, new Intl.DateTimeFormat("en-CA", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" }));
  const seconds = floored(instant, 1000000n), at = Number(seconds < FIRST_ZONED ? FIRST_ZONED : seconds > LAST_ZONED ? LAST_ZONED : seconds) * 1000;
  const p = Object.fromEntries(formats.get(zone).formatToParts(new Date(at)).map((part) => [part.type, Number(part.value)]));
  return seconds + BigInt((Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - at) / 1000);
}
const within = (n, unit) => ((n % unit) + unit) % unit;

function instantText(instant) {
  const micros = ((instant % 1000000n) + 1000000n) % 1000000n;
  return new Date(Number(floored(instant, 1000000n)) * 1000).toISOString().slice(0, 19) + (micros ? "." + two(micros, 6) : "") + "Z";
}

function addMonths(day, n) {
  const [y, m, d] = ymd(day), at = BigInt(y * 12 + m - 1) + n;
  if (at < 12n || at > 119999n) return null;
  const year = Number(at / 12n), month = Number(at % 12n) + 1;
  return made(year, month, Math.min(d, last(year, month)));
}

function monthsBetween(one, other) {
  const [y, m, d] = ymd(one), [year, month, day] = ymd(other), months = (year - y) * 12 + month - m;
  return BigInt(months > 0 && day < d ? months - 1 : months < 0 && day > d ? months + 1 : months);
}

function workdays(one, other) {
  const until = (at) => Math.floor(at / 7) * 5 + Math.min((at % 7) + 1, 5);
  const low = Math.min(index(one), index(other)), high = Math.max(index(one), index(other));
  const count = until(high + 7) - until(low + 6);
  return BigInt(one <= other ? count : -count);
}

function week(day) {
  const thursday = iso(time(day) + (3 - (index(day) % 7)) * DAY) ?? day;
  return BigInt(Math.floor((index(thursday) - index(thursday.slice(0, 4) + "-01-01")) / 7) + 1);
}

function addDuration([start, seconds], s) {
  if (s.kinds[0] !== "instant") return moved(start, seconds / 86400n);
  const at = start + seconds * 1000000n;
  return at < FIRST_INSTANT || at > LAST_INSTANT ? null : at;
}

function bound(unit, end) {
  return ([day]) => {
    const [year, month] = ymd(day), first = Math.floor((month - 1) / unit) * unit, at = first + (end ? unit : 1);
    return made(year, at, end ? last(year, at) : 1);
  };
}

// ── the kernel ──

// Functions that are empty when an argument is.
const strict = {
  eq: ([a, b]) => a === b, ne: ([a, b]) => a !== b,
  lt: ([a, b]) => order(a, b) < 0, le: ([a, b]) => order(a, b) <= 0, gt: ([a, b]) => order(a, b) > 0, ge: ([a, b]) => order(a, b) >= 0,
  not: ([a]) => !a,
  add: (list, s) => bounded(list.reduce((total, value) => total + value, 0n), limit(s)),
  subtract: ([a, b], s) => bounded(a - b, limit(s)), multiply: ([a, b], s) => bounded(a * b, limit(s)), negate: ([a]) => -a,
  rescale: scaled("round"), round: scaled("round"), round_up: scaled("round_up"), round_down: scaled("round_down"),
  align: ([a], s) => a * ten(s.result - s.scales[0]),
  divide_round: ([a, b, n]) => quotient(a, b, n, "round"), divide_round_up: ([a, b, n]) => quotient(a, b, n, "round_up"), divide_round_down: ([a, b, n]) => quotient(a, b, n, "round_down"),
  abs: ([a]) => abs(a), sign: ([a]) => (a > 0n ? 1n : a < 0n ? -1n : 0n),
  floor: ([a], s) => floored(a, ten(s.scales[0])), ceil: ([a], s) => -floored(-a, ten(s.scales[0])),
  mod: ([a, b]) => (b === 0n ? null : ((a % b) + b) % b),
  ...Object.fromEntries(Object.keys(floats).map((name) => [name, inexact(name)])),
  distance,
  upper: ([a]) => a.replace(/[a-z]/g, (c) => c.toUpperCase()), lower: ([a]) => a.replace(/[A-Z]/g, (c) => c.toLowerCase()),
  trim: ([a]) => a.replace(/^[ \t\n\r\u00a0\u3000]+|[ \t\n\r\u00a0\u3000]+$/g, ""),
  length: ([a]) => BigInt(chars(a).length), size: ([a]) => BigInt(a.length),
  left: ([a, n]) => chars(a).slice(0, least(clamped(n), 0)).join(""),
  right: ([a, n]) => (n > 0n ? chars(a).slice(least(chars(a).length - clamped(n), 0)).join("") : ""),
  mid: ([a, m, n]) => { const first = least(clamped(m), 1) - 1; return n > 0n ? chars(a).slice(first, least(clamped(m) - 1 + clamped(n), first)).join("") : ""; },
  contains: ([a, b]) => a.includes(b), starts_with: ([a, b]) => a.startsWith(b), ends_with: ([a, b]) => a.endsWith(b),
  position: ([a, b]) => { const at = b.indexOf(a); return at < 0 ? 0n : BigInt(chars(b.slice(0, at)).length + 1); },
  replace: ([a, b, c]) => (b ? a.split(b).join(c) : a),
  repeat: ([a, n]) => repeated(a, n), pad_left: (list) => padding(list) + list[0], pad_right: (list) => list[0] + padding(list),
  text: ([a], s) => text(a, s.kinds[0], s.scales[0]), rmb_upper: ([a]) => capitals(a),
  grouped: ([a], s) => text(a, s.kinds[0], s.scales[0], (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ",")),
  date_of: ([a], s) => moved("1970-01-01", floored(local(a, s.zone), 86400n)),
  hour: ([a], s) => within(local(a, s.zone), 86400n) / 3600n, minute: ([a], s) => within(local(a, s.zone), 3600n) / 60n,
  year: ([a]) => BigInt(ymd(a)[0]), quarter: ([a]) => BigInt(Math.floor((ymd(a)[1] + 2) / 3)), month: ([a]) => BigInt(ymd(a)[1]), day: ([a]) => BigInt(ymd(a)[2]),
  weekday: ([a]) => BigInt((index(a) % 7) + 1), week: ([a]) => week(a), day_of_year: ([a]) => BigInt(index(a) - index(a.slice(0, 4) + "-01-01") + 1),
  days_between: ([a, b]) => BigInt(index(b) - index(a)), elapsed: ([a, b]) => (b - a) / 1000000n,
  months_between: ([a, b]) => monthsBetween(a, b), workdays: ([a, b]) => workdays(a, b),
  add_days: ([a, n]) => moved(a, n), add_duration: addDuration, add_months: ([a, n]) => addMonths(a, n),
  start_of_week: ([a]) => moved(a, BigInt(-(index(a) % 7))),
  start_of_month: bound(1, false), end_of_month: bound(1, true), start_of_quarter: bound(3, false), end_of_quarter: bound(3, true), start_of_year: bound(12, false), end_of_year: bound(12, true),
};
// Functions that look at empty arguments themselves.
const loose = {
  is_empty: ([a]) => a === null || a === "" || (Array.isArray(a) && !a.length),
  in([a, list], s) {
    if (!s.written) return a !== null && (list || []).includes(a);
    if (!list.length) return false;
    return a === null ? null : list.includes(a) ? true : list.includes(null) ? null : false;
  },
  least: (list) => known(list).sort(order)[0] ?? null,
  greatest: (list) => known(list).sort(order).pop() ?? null,
  concat: (list) => known(list).join(""),
  join: ([between, ...list]) => (between === null ? null : list.filter(Boolean).join(between)),
  case([value, ...list]) {
    for (let at = 0; at + 1 < list.length; at += 2) if (value !== null && list[at] === value) return list[at + 1];
    return list[list.length - 1];
  },
};

export function call(name, values, shape) {
  if (loose[name]) return loose[name](values, shape);
  return values.some((value) => value === null) ? null : strict[name](values, shape);
}

// A value for people's forms: numbers and instants as exact text, durations as `90 s`.
export function out(value, kind, scale) {
  if (value === null) return null;
  if (kind === "decimal" || kind === "money") return text(value, kind, scale);
  if (kind === "instant") return instantText(value);
  return kind === "duration" ? `${value} s` : value;
}
