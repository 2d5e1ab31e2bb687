import { whereIAm } from "../parts/here.js";

// A place: where the device is when asked, or a point that is written. What the device says of it, how exact and when,
// belongs to that point alone.
const VAGUE = 100;
const SIGNS = "0123456789bcdefghjkmnpqrstuvwxyz", WRITTEN = /^\s*([+-]?\d{1,2}(?:\.\d+)?)\s*[,，]\s*([+-]?\d{1,3}(?:\.\d+)?)\s*$/;
const part = (box, name) => box.querySelector(`[name="${CSS.escape(`${box.dataset.place}@${name}`)}"]`);

export default function (box, api) {
  const signal = new AbortController(), here = box.querySelector("[data-here]"), told = box.querySelector("[data-found]");
  const [point, accuracy, taken, was, system] = ["point", "accuracy", "taken", "was", "system"].map((name) => part(box, name));
  const words = (zh, en) => (api.language === "zh" ? zh : en);
  const say = (text, bad = false) => { told.textContent = text; told.classList.toggle("error", bad); };

  function tell() {
    system.hidden = Boolean(accuracy.value) || !WRITTEN.test(point.value);
    if (!accuracy.value) return say("");
    const exact = words(`精度约 ${accuracy.value} 米`, `Accurate to about ${accuracy.value} m`), at = taken.value && new Date(taken.value).toLocaleTimeString(api.language, { hour: "2-digit", minute: "2-digit" });
    const vague = Number(accuracy.value) > VAGUE ? words("：不够准，走到窗边或室外再点一次会好一些", ": vague; try again by a window or outside") : "";
    say(`${exact}${at ? ` · ${at}` : ""}${vague}`);
  }
  async function locate() {
    here.disabled = true;
    here.setAttribute("aria-busy", "true");
    say(words("正在定位…", "Finding where you are…"));
    try {
      const found = await whereIAm(api);
      point.value = was.value = found.point;
      accuracy.value = String(found.accuracy);
      taken.value = found.taken;
      system.value = "wgs84";
      tell();
      accuracy.dispatchEvent(new Event("input", { bubbles: true }));
    } catch (error) {
      say(error.message, true);
    }
    here.disabled = false;
    here.removeAttribute("aria-busy");
    here.focus();
  }

  here.addEventListener("click", locate, { signal: signal.signal });
  here.disabled = false;  // a tap before this would be lost
  point.addEventListener("input", () => { if (point.value !== was.value) { accuracy.value = ""; taken.value = ""; } tell(); }, { signal: signal.signal });
  tell();
  return () => signal.abort();
}

/** What the places of a form stand for, as engine.model.locations writes it; null for what only the server can read. */
export function placeCells(form) {
  return [...form.querySelectorAll("[data-place]")].map((box) => {
    const found = WRITTEN.exec(part(box, "point").value), plain = part(box, "system").value === "wgs84";
    if (!found || !plain || Math.abs(found[1]) > 90 || Math.abs(found[2]) > 180) return [box.dataset.place, null];
    const behind = ["taken", "words"].map((name) => part(box, name).value.trim()).filter(Boolean).map((one) => ` ${one}`).join("");
    return [box.dataset.place, `${stored(Math.round(found[1] * 1e6), Math.round(found[2] * 1e6))}${part(box, "accuracy").value}${behind}`];
  });
}

/** Micro-degrees as the cell around them and as ISO 6709 writes them. */
function stored(lat, lng) {
  const cell = (at, half) => Math.min(Math.floor(((at + half) * 1048576) / (2 * half)), 1048575);
  const row = cell(lat, 90000000), column = cell(lng, 180000000);
  let hash = "";
  for (let sign = 0; sign < 8; sign += 1) {
    let bits = 0;
    for (let at = sign * 5; at < sign * 5 + 5; at += 1) bits = (bits << 1) | (((at % 2 ? row : column) >> (19 - (at >> 1))) & 1);
    hash += SIGNS[bits];
  }
  const digits = (micro, width) => `${micro < 0 ? "-" : "+"}${String(Math.floor(Math.abs(micro) / 1e6)).padStart(width, "0")}.${String(Math.abs(micro) % 1e6).padStart(6, "0")}`;
  return `${hash}${digits(lat, 2)}${digits(lng, 3)}/`;
}
