// The text of an editor: what of pasted HTML is taken, and how it reads without formatting. The server decides; this is what is seen meanwhile.
const KEPT = { B: "strong", STRONG: "strong", I: "em", EM: "em", H1: "h3", H2: "h3", H3: "h3", H4: "h4", H5: "h4", H6: "h4", UL: "ul", OL: "ol", LI: "li", BLOCKQUOTE: "blockquote" };
const BLOCK = /^(ADDRESS|ARTICLE|ASIDE|CENTER|DD|DIV|DL|DT|FIGURE|FOOTER|HEADER|MAIN|NAV|P|PRE|SECTION|TABLE|TBODY|TR)$/;
const UNSEEN = /^(APPLET|AUDIO|CANVAS|EMBED|HEAD|IFRAME|MATH|META|NOSCRIPT|OBJECT|SCRIPT|SELECT|STYLE|SVG|TEMPLATE|TEXTAREA|TITLE|VIDEO)$/i;
const INNER = "address,article,aside,blockquote,div,dl,h1,h2,h3,h4,h5,h6,li,ol,p,pre,section,table,tr,ul";
const SIGN = /^\s*(?:([·•●▪o§Ø\-–])|\(?\d{1,3}[.、)）．])[\s\u00a0]+/;

export const plainly = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** An address that may be linked to, from what somebody typed; null for what is none. */
export function address(typed) {
  const text = typed.trim();
  if (/^(https?:\/\/|mailto:|tel:)[^\s<>"'\\^`{|}]+$/i.test(text)) return text;
  if (/^[^\s@<>"']+@[^\s@<>"']+\.[^\s@<>"']+$/.test(text)) return `mailto:${text}`;
  if (/^\+?[\d\s()-]{5,20}$/.test(text)) return `tel:${text.replace(/[^\d+]/g, "")}`;
  return /^[\w\u0080-\uffff-]+(\.[\w\u0080-\uffff-]+)+([/?#][^\s<>"'\\^`{|}]*)?$/.test(text) ? `https://${text}` : null;
}

/** Of HTML that was copied somewhere: paragraphs, headings, lists, quotes, bold, italic, links. */
export function cleaned(html) {
  const inert = html.replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(/([\s"'/])(style|on[a-z]+)(?=\s*=)/gi, "$1data-$2"));
  return inside(new DOMParser().parseFromString(inert, "text/html").body).trim();
}

function inside(node) {
  return [...node.childNodes].map(taken).join("");
}

function taken(node) {
  if (node.nodeType === 3) return plainly(node.data.replace(/[^\S\u00a0\u3000]+/g, " "));
  if (node.nodeType !== 1 || UNSEEN.test(node.nodeName)) return "";
  if (node.nodeName === "BR") return "<br>";
  const text = inside(node), tag = looks(node);
  if (node.nodeName === "P" && /MsoListParagraph/.test(node.className)) return item(node, text);
  if (node.nodeName === "A") { const href = address(node.getAttribute("href") || ""); return href ? `<a href="${plainly(href)}">${text}</a>` : text; }
  if (/^(TD|TH)$/.test(node.nodeName)) return `${text} `;
  if (tag) return text.trim() ? `<${tag}>${text}</${tag}>` : "";
  return BLOCK.test(node.nodeName) && !node.querySelector(INNER) ? `<p>${text.trim() || "<br>"}</p>` : text;
}

function looks(node) {
  const style = node.dataset.style || "", weight = /font-weight\s*:\s*([a-z0-9]+)/i.exec(style)?.[1], heavy = weight === "bold" || Number(weight) >= 600;
  if (weight && !heavy && /^(B|STRONG)$/.test(node.nodeName)) return "";
  if (/^(SPAN|FONT)$/.test(node.nodeName)) return heavy ? "strong" : /font-style\s*:\s*(italic|oblique)/i.test(style) ? "em" : "";
  return KEPT[node.nodeName] || "";
}

/** An item as word processors write one: a paragraph that begins with its sign or number. */
function item(node, text) {
  const found = SIGN.exec(node.textContent);
  if (!found) return `<p>${text}</p>`;
  const list = found[1] ? "ul" : "ol";
  return `<${list}><li>${plainly(node.textContent.slice(found[0].length).trim())}</li></${list}>`;
}

/** What is written, as plain text: a line a paragraph, items with their sign or number. */
export function wordsOf(editor) {
  const lines = [""];
  const fresh = (sign = "") => { if (lines.at(-1) !== "" || sign) lines.push(sign); };
  function walk(node, depth) {
    for (const one of node.childNodes) {
      if (one.nodeType === 3) lines[lines.length - 1] += one.data.replace(/\s+/g, " ");
      else if (one.nodeName === "BR") { if (one.nextSibling || one.previousSibling) lines.push(""); }
      else if (one.nodeName === "LI") {
        fresh("  ".repeat(depth - 1) + (one.parentNode.nodeName === "OL" ? `${[...one.parentNode.children].indexOf(one) + 1}. ` : "- "));
        walk(one, depth);
      } else if (/^(P|DIV|H3|H4|BLOCKQUOTE|UL|OL)$/.test(one.nodeName)) {
        const inItem = one.parentNode.closest("li") !== null;
        if (!inItem) fresh();
        walk(one, depth + /^(UL|OL)$/.test(one.nodeName));
        if (!inItem && !one.querySelector("ul,ol,p,blockquote")) lines.push("");
      } else walk(one, depth);
    }
  }
  walk(editor, 0);
  return lines.map((line) => line.trimEnd()).join("\n").replace(/\n{3,}/g, "\n\n").replace(/^\n+|\n+$/g, "");
}
