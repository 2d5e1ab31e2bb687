// Where the device is, asked of the browser once; what stands in the way is said in words.
const WAIT = 15000;
const REASONS = {
  1: ["没有定位权限：在浏览器或系统设置里允许本站定位，再点一次；也可以直接填写坐标", "No permission: allow this site to know where you are and try again, or write the coordinates"],
  2: ["现在定不到位置：打开手机的定位服务，走到窗边或室外再点一次", "No position now: turn on location services and try again by a window or outside"],
  3: ["等了 15 秒没有定到位置：走到窗边或室外再点一次，也可以直接填写坐标", "No position within 15 seconds: try again by a window or outside, or write the coordinates"],
};
const INSECURE = ["本站没有用 https 打开，浏览器不提供定位：请直接填写坐标，或请管理员启用 https", "This site was not opened by https, so the browser gives no position: write the coordinates, or ask for https"];
const UNABLE = ["这个浏览器不能定位：请直接填写坐标", "This browser knows no position: write the coordinates"];

/** The point as people write it, metres of accuracy, and when; rejects with an Error whose message is for people. */
export function whereIAm(api) {
  return new Promise((found, failed) => {
    const fail = ([zh, en]) => failed(new Error(api.language === "zh" ? zh : en));
    if (!window.isSecureContext) return fail(INSECURE);
    if (!navigator.geolocation) return fail(UNABLE);
    const tell = ({ coords, timestamp }) => found({
      point: `${coords.latitude.toFixed(6)}, ${coords.longitude.toFixed(6)}`,
      accuracy: Math.min(Math.round(coords.accuracy), 999999),
      taken: `${new Date(timestamp).toISOString().slice(0, 19)}Z`,
    });
    navigator.geolocation.getCurrentPosition(tell, ({ code }) => fail(REASONS[code] || REASONS[2]), { enableHighAccuracy: true, timeout: WAIT, maximumAge: 0 });
  });
}
