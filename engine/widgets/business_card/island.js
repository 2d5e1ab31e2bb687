// A card on a form: what a code says is read at once, what is pasted too, and the photo is made small and goes along with the form.
const WIDEST = 1200, QUALITY = 0.7;

export default function (box, api) {
  const signal = new AbortController();
  const listen = (target, name, act) => target?.addEventListener(name, act, { signal: signal.signal });
  const area = box.querySelector("textarea"), read = box.querySelector("[data-read]"), kept = box.querySelector("[data-card-kept]"), file = box.querySelector("[data-card-file]");
  const soon = () => setTimeout(() => { if (area.value.trim() && box.isConnected) read.click(); });

  listen(area, "paste", soon);
  listen(area, "keydown", (event) => { if (event.key === "Enter" && !event.isTrusted) soon(); });
  listen(box.querySelector("[data-card-photo]"), "click", () => file.click());
  listen(file, "change", async () => {
    if (!file.files[0]) return;
    const picture = await small(file.files[0]).catch(() => null);
    file.value = "";
    if (!picture) { api.toast(kept.dataset.wrong, { error: true }); return; }
    show(picture);
  });
  listen(box.querySelector("[data-card-drop]"), "click", () => show(""));
  box.querySelector(".card-read")?.focus({ preventScroll: true });

  function show(picture) {
    kept.querySelector("input").value = picture;
    kept.querySelector("img")?.remove();
    if (picture) kept.querySelector("input").after(Object.assign(new Image(), { src: picture, alt: kept.dataset.alt }));
    kept.hidden = !picture;
  }
  return () => signal.abort();
}

async function small(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, WIDEST / Math.max(picture.width, picture.height)), canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", QUALITY);
}
