// A barcode is read by the camera, where the browser can; a hand scanner types into the field and needs nothing of this.
import { over } from "../parts/over.js";

const GLANCE = 200;

export async function scan(button, api) {
  const words = (zh, en) => (api.language === "zh" ? zh : en);
  const input = document.getElementById(`${button.dataset.scan}-find`) ?? document.getElementById(button.dataset.scan);
  const unable = (why) => { api.toast(why, { error: true }); input.focus(); };
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) {
    unable(words("这个浏览器不能用相机扫码。可以用扫码枪对准扫描，或直接输入编码", "This browser cannot scan by camera. Use a hand scanner, or type the code"));
    return;
  }
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
  if (!stream) { unable(words("没有相机权限。请在浏览器设置里允许使用相机，或直接输入编码", "No permission for the camera. Allow it in the browser's settings, or type the code")); return; }
  const video = Object.assign(document.createElement("video"), { className: "scan-view", muted: true, playsInline: true, srcObject: stream });
  const box = over(words("把条码对准画面", "Hold the code before the camera"), video, { close: words("取消", "Cancel") });
  const detector = new BarcodeDetector();
  box.addEventListener("close", () => { for (const track of stream.getTracks()) track.stop(); box.remove(); input.focus(); });
  await video.play();
  while (box.open) {
    const [found] = await detector.detect(video).catch(() => []);
    if (found) { box.close(); take(input, found.rawValue); return; }
    await new Promise((done) => setTimeout(done, GLANCE));
  }
}

/** Puts a code in as a hand scanner does: typed, and ended with Enter. */
function take(input, code) {
  input.value = code;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
}
