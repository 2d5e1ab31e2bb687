// Ways to make a file on the spot: a photo made small and marked with time and place, a signature, a voice note.
const WIDEST = 1600, QUALITY = 0.82, LONGEST = 120, PATIENCE = 4000;
const two = (number) => String(number).padStart(2, "0");
const stamp = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
const fileName = (word, ending) => `${word}-${stamp(new Date()).replace(/[-:]/g, "").replace(" ", "-")}.${ending}`;

export default function (box, api) {
  const signal = new AbortController(), words = (zh, en) => (api.language === "zh" ? zh : en);
  const listen = (target, name, act) => target?.addEventListener(name, act, { signal: signal.signal });
  let recorder = null;

  async function send(blob, name) {
    const body = new FormData();
    body.append("file", blob, name);
    const answer = await fetch(box.dataset.url, { method: "POST", body }).catch(() => null);
    if (!answer?.ok) { api.toast(words("没有上传成功，请再试一次", "It was not uploaded; try again"), { error: true }); return; }
    api.toast(words("已上传", "Uploaded"));
    api.go(location.pathname + location.search);
  }

  async function photo(file) {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
    if (!picture) { api.toast(words("这不是图片", "This is no picture"), { error: true }); return; }
    const scale = Math.min(1, WIDEST / Math.max(picture.width, picture.height)), canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    const pen = canvas.getContext("2d");
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    mark(pen, canvas, [`${stamp(new Date())}  ${document.querySelector("#me .menu-who .strong")?.textContent || ""}`, await place(), box.dataset.about].filter(Boolean));
    canvas.toBlob((blob) => send(blob, fileName(words("照片", "photo"), "jpg")), "image/jpeg", QUALITY);
  }
  function mark(pen, canvas, lines) {
    const size = Math.max(14, Math.round(canvas.width / 45)), pad = Math.round(size * 0.7), height = lines.length * size * 1.35 + pad;
    pen.fillStyle = "rgb(0 0 0 / 45%)";
    pen.fillRect(0, canvas.height - height, canvas.width, height);
    pen.fillStyle = "#fff";
    pen.font = `${size}px system-ui, sans-serif`;
    pen.textBaseline = "top";
    lines.forEach((line, at) => pen.fillText(line, pad, canvas.height - height + pad / 2 + at * size * 1.35, canvas.width - 2 * pad));
  }
  /** Where the device says it is; nothing where it does not say so in time. */
  const place = () => new Promise((done) => {
    if (!navigator.geolocation) { done(""); return; }
    const tell = ({ coords }) => done(`${coords.latitude.toFixed(4)}, ${coords.longitude.toFixed(4)} ±${Math.round(coords.accuracy)} m`);
    navigator.geolocation.getCurrentPosition(tell, () => done(""), { enableHighAccuracy: true, timeout: PATIENCE, maximumAge: 60000 });
    setTimeout(() => done(""), PATIENCE + 500);
  });

  function signing(dialog) {
    const canvas = dialog.querySelector("canvas"), pen = canvas.getContext("2d"), name = dialog.querySelector("input");
    let drawn = false, down = false;
    const at = (event) => { const area = canvas.getBoundingClientRect(); return [((event.clientX - area.left) * canvas.width) / area.width, ((event.clientY - area.top) * canvas.height) / area.height]; };
    const clear = () => { pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height); Object.assign(pen, { strokeStyle: "#101418", fillStyle: "#101418", lineWidth: 5, lineCap: "round", lineJoin: "round" }); drawn = false; };
    const written = () => { if (drawn) return true; if (!name.value.trim()) return false; pen.font = "96px cursive"; pen.textBaseline = "middle"; pen.textAlign = "center"; pen.fillText(name.value.trim(), canvas.width / 2, canvas.height / 2, canvas.width - 80); return true; };
    listen(canvas, "pointerdown", (event) => { down = drawn = true; canvas.setPointerCapture(event.pointerId); pen.beginPath(); pen.moveTo(...at(event)); pen.lineTo(...at(event)); pen.stroke(); });
    listen(canvas, "pointermove", (event) => { if (!down) return; for (const one of event.getCoalescedEvents?.() ?? [event]) pen.lineTo(...at(one)); pen.stroke(); });
    for (const end of ["pointerup", "pointercancel"]) listen(canvas, end, () => { down = false; });
    listen(dialog.querySelector("[data-clear]"), "click", () => { clear(); name.value = ""; });
    listen(dialog.querySelector("[data-use]"), "click", () => {
      if (!written()) { name.focus(); return; }
      canvas.toBlob((blob) => { dialog.close(); send(blob, fileName(words("签名", "signature"), "png")); }, "image/png");
    });
    clear();
  }

  async function voice(button) {
    if (recorder) { recorder.stop(); return; }
    const heard = await navigator.mediaDevices?.getUserMedia({ audio: true }).catch(() => null);
    if (!heard || !window.MediaRecorder) { api.toast(words("没有可用的麦克风，或没有允许使用", "There is no microphone, or it is not allowed"), { error: true }); return; }
    const parts = [], label = button.lastElementChild, before = label.textContent, began = Date.now();
    recorder = new MediaRecorder(heard);
    const told = () => { const gone = Math.floor((Date.now() - began) / 1000); label.textContent = `${words("停止", "Stop")} ${Math.floor(gone / 60)}:${two(gone % 60)}`; if (gone >= LONGEST) recorder?.stop(); };
    const clock = setInterval(told, 500);
    recorder.ondataavailable = (event) => parts.push(event.data);
    recorder.onstop = () => {
      clearInterval(clock);
      for (const track of heard.getTracks()) track.stop();
      const kind = recorder.mimeType.split(";")[0];
      recorder = null;
      label.textContent = before;
      button.setAttribute("aria-pressed", "false");
      if (box.isConnected) send(new Blob(parts, { type: kind }), fileName(words("录音", "voice"), kind.includes("mp4") ? "m4a" : kind.split("/")[1] || "webm"));
    };
    recorder.start();
    button.setAttribute("aria-pressed", "true");
    told();
  }

  for (const part of box.querySelectorAll("[data-needs-script]")) part.hidden = false;
  const chooser = box.querySelector("[data-photo-file]");
  listen(box.querySelector("[data-photo]"), "click", () => chooser.click());
  listen(chooser, "change", () => { if (chooser.files[0]) photo(chooser.files[0]); chooser.value = ""; });
  const dialog = box.querySelector("dialog");
  if (dialog) signing(dialog);
  const voiced = box.querySelector("[data-voice]");
  listen(voiced, "click", () => voice(voiced));
  return () => { recorder?.stop(); signal.abort(); };
}
