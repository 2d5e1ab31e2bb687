// What a week would be like at the price that is tried: the curve that the server estimated, with its interval.
export default function (box) {
  const { quantity, price, cost, power, low, high, draft, field } = box.dataset;
  const slider = box.querySelector("input[type=range]"), link = box.querySelector("[data-drafts]");
  const at = (tried, exponent) => Number(quantity) * (tried / Number(price)) ** Number(exponent);
  const number = (digits) => new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: digits });
  const put = (name, words) => { const place = box.querySelector(`[data-shows=${name}]`); if (place) place.textContent = words; };
  function show() {
    const tried = Number(slider.value), counts = [power, low, high].map((one) => at(tried, one));
    const range = (each, sign, digits) => { const [middle, ...ends] = counts.map((one) => one * each); return `${sign}${number(digits).format(middle)} (${ends.sort((a, b) => a - b).map((one) => sign + number(digits).format(one)).join("–")})`; };
    put("price", `¥${tried.toFixed(2)}`);
    put("quantity", range(1, "", 1));
    put("sales", range(tried, "¥", 0));
    if (cost !== "") put("margin", range(tried - Number(cost), "¥", 0));
    if (link) link.href = `${draft}&${field}=${tried.toFixed(2)}`;
  }
  for (const one of box.querySelectorAll(".simulated")) one.hidden = false;
  slider.addEventListener("input", show);
  show();
}
