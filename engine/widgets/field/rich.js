import { address, cleaned, plainly, wordsOf } from "./rich_text.js";

// A long text with its formatting. What is written here goes along as HTML beside the plain words, which the text area keeps;
// the server makes of it what is kept. Until something is changed nothing but the words is sent.
const TOOLS = [
  ["bold", "粗体", "Bold", "M7.5 5h5.2a3.4 3.4 0 0 1 0 6.8H7.5zM7.5 11.800h6a3.600 3.600 0 0 1 0 7.200h-6z", "B"],
  ["italic", "斜体", "Italic", "M10 5h7M7 19h7M14 5l-4 14", "I"],
  ["h3", "标题", "Heading", "M6 5v14M17 5v14M6 12h11", "Alt+1"],
  ["h4", "小标题", "Small heading", "M5 8v11M13 8v11M5 13.500h8M17 13v6", "Alt+2"],
  ["insertUnorderedList", "项目列表", "Bulleted list", "M10 6.500h10M10 12h10M10 17.500h10M5 6.500h.01M5 12h.01M5 17.500h.01", "Shift+8"],
  ["insertOrderedList", "编号列表", "Numbered list", "M10 6.500h10M10 12h10M10 17.500h10M4 5l1.500-.7V9M4 14.500c0-1.600 2.500-1.600 2.500 0 0 1.200-2.500 1.800-2.500 3.700h2.600", "Shift+7"],
  ["blockquote", "引用", "Quote", "M5 6v12M10 8h9M10 12h9M10 16h6", "Shift+9"],
  ["link", "链接", "Link", "M10 14a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1", ""],
  ["removeFormat", "清除格式", "Clear formatting", "M6 5h12M12 5l-2.500 9M5 19h7M15 15l5 5M20 15l-5 5", "\\"],
];
const BY_KEY = { 1: "h3", 2: "h4", "\\": "removeFormat" };
const BY_SHIFTED = { Digit7: "insertOrderedList", Digit8: "insertUnorderedList", Digit9: "blockquote" };
const BY_SIGN = { "-": "insertUnorderedList", "*": "insertUnorderedList", "1.": "insertOrderedList", "1、": "insertOrderedList", "#": "h3", "##": "h4", ">": "blockquote" };
const BLOCKS = new Set(["h3", "h4", "blockquote"]);

export default function (box, api) {
  const words = (zh, en) => (api.language === "zh" ? zh : en);
  const signal = new AbortController();
  const listen = (target, name, act) => target.addEventListener(name, act, { signal: signal.signal });
  const make = (tag, given, ...inside) => { const made = Object.assign(document.createElement(tag), given); made.append(...inside); return made; };
  const area = box.querySelector("textarea"), label = document.querySelector(`label[for="${area.id}"]`), most = Number(box.dataset.most) || 0;
  const editor = make("div", { className: "input rich-text rich-editor", contentEditable: "true", role: "textbox", ariaMultiLine: "true", innerHTML: box.dataset.markup || "<p><br></p>" });
  const sent = make("input", { type: "hidden", name: `${area.name}@html`, value: box.dataset.markup, disabled: box.dataset.typed === undefined });
  const counted = make("span", { className: "help rich-count", hidden: true });
  const tools = make("span", { className: "rich-tools", role: "toolbar", ariaLabel: words("格式", "Formatting") }, ...TOOLS.map(button));
  const link = linkRow();

  for (const name of ["aria-describedby", "aria-invalid"]) if (area.hasAttribute(name)) editor.setAttribute(name, area.getAttribute(name));
  if (area.required) editor.ariaRequired = "true";
  if (label) { label.id ||= `${area.id}-label`; editor.setAttribute("aria-labelledby", label.id); listen(label, "click", () => editor.focus()); }
  else editor.ariaLabel = area.ariaLabel || "";
  area.hidden = true;
  area.required = false;
  box.prepend(tools, link.row, editor);
  box.append(counted, sent);
  box.classList.add("ready");

  function button([name, zh, en, path, keys]) {
    const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg"), line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    picture.setAttribute("viewBox", "0 0 24 24");
    picture.setAttribute("class", "icon icon-s");
    picture.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    picture.append(line);
    const told = words(zh, en);
    return make("button", { type: "button", className: "icon-btn small", value: name, title: keys ? `${told} (${/Mac|iP/.test(navigator.platform) ? "⌘" : "Ctrl+"}${keys})` : told, ariaLabel: told, tabIndex: name === "bold" ? 0 : -1 }, picture);
  }
  function linkRow() {
    const input = make("input", { className: "input", type: "text", inputMode: "url", autocomplete: "off", placeholder: "https://", ariaLabel: words("链接地址", "Address of the link") });
    const row = make("span", { className: "rich-link", hidden: true }, input, make("button", { type: "button", className: "btn small", value: "take", textContent: words("确定", "Set") }), make("button", { type: "button", className: "btn small", value: "leave", textContent: words("取消", "Cancel") }));
    return { input, row, range: null };
  }

  const selection = () => { const found = getSelection(); return found.rangeCount && editor.contains(found.anchorNode) ? found : null; };
  const block = () => { let node = selection()?.anchorNode; while (node && node.parentNode !== editor && !/^(LI|P|H3|H4)$/.test(node.nodeName)) node = node.parentNode; return node; };
  const within = (name) => { const node = selection()?.anchorNode; return (node?.nodeType === 1 ? node : node?.parentElement)?.closest(name) ?? null; };

  /** What a tool does to what is selected. A heading or a quote that is on is taken off again. */
  function apply(name) {
    if (name === "link") return openLink();
    editor.focus();
    document.execCommand("styleWithCSS", false, false);
    if (name === "blockquote" && within("blockquote")) document.execCommand("outdent");
    else if (BLOCKS.has(name)) document.execCommand("formatBlock", false, within(name) ? "p" : name);
    else {
      document.execCommand(name);
      if (name === "removeFormat") { document.execCommand("unlink"); if (within("h3,h4")) document.execCommand("formatBlock", false, "p"); }
    }
    show();
  }
  function openLink() {
    const found = selection();
    link.range = found ? found.getRangeAt(0).cloneRange() : null;
    link.input.value = within("a")?.getAttribute("href") || "";
    link.row.hidden = false;
    link.input.focus();
  }
  function closeLink(taken) {
    const href = taken ? address(link.input.value) : null;
    if (taken && link.input.value.trim() && !href) { api.toast(words("请填写网址、邮箱或电话", "Enter a web address, an e-mail address or a phone number"), { error: true }); return; }
    link.row.hidden = true;
    editor.focus();
    if (link.range) { getSelection().removeAllRanges(); getSelection().addRange(link.range); }
    if (!taken) return;
    if (!href) document.execCommand("unlink");
    else if (getSelection().isCollapsed && !within("a")) document.execCommand("insertHTML", false, `<a href="${plainly(href)}">${plainly(link.input.value.trim())}</a>`);
    else {
      if (getSelection().isCollapsed) getSelection().selectAllChildren(within("a"));
      document.execCommand("createLink", false, href);
    }
  }
  function insert(data) {
    const html = data.getData("text/html"), text = data.getData("text/plain");
    if (!html && !text && data.files.length) { api.toast(words("文字里不放图片和文件，请作为附件上传", "Pictures and files do not go into a text; attach them"), { error: true }); return; }
    const kept = html ? cleaned(html) : text.trim().includes("\n") ? text.trim().split(/\r?\n/).map((line) => `<p>${plainly(line) || "<br>"}</p>`).join("") : plainly(text);
    document.execCommand("insertHTML", false, kept);
  }
  /** A sign at the start of a line, and a space behind it, is what people write for a list or a heading. */
  function bySign() {
    const place = block(), found = selection();
    if (!place || place.nodeName === "LI" || !found?.isCollapsed) return;
    const before = document.createRange();
    before.setStart(place, 0);
    before.setEnd(found.anchorNode, found.anchorOffset);
    const name = BY_SIGN[before.toString().replace(/\s$/, "")];
    if (!name) return;
    found.removeAllRanges();
    found.addRange(before);
    document.execCommand("delete");
    apply(name);
  }
  function tell() {
    area.value = wordsOf(editor);
    sent.value = editor.innerHTML;
    sent.disabled = false;
    const length = area.value.length;
    counted.hidden = !most || length < most * 0.8;
    counted.textContent = `${length} / ${most}`;
    counted.classList.toggle("error", length > most);
  }
  function show() {
    if (!selection()) return;
    for (const one of tools.children) {
      const name = one.value;
      one.ariaPressed = name === "removeFormat" ? null : String(BLOCKS.has(name) ? within(name) !== null : name === "link" ? within("a") !== null : document.queryCommandState(name));
    }
  }

  listen(editor, "focus", () => document.execCommand("defaultParagraphSeparator", false, "p"));
  listen(editor, "input", (event) => {
    if (!editor.textContent && !editor.querySelector("li,br,h3,h4,blockquote")) { editor.innerHTML = "<p><br></p>"; getSelection().collapse(editor.firstChild, 0); }
    if (event.inputType === "insertText" && event.data === " " && !event.isComposing) bySign();
    tell();
  });
  listen(editor, "paste", (event) => { event.preventDefault(); insert(event.clipboardData); });
  listen(editor, "drop", (event) => { if (event.dataTransfer.types.includes("text/html") || event.dataTransfer.files.length) { event.preventDefault(); insert(event.dataTransfer); } });
  listen(editor, "keydown", (event) => {
    if (event.isComposing || !(event.ctrlKey || event.metaKey)) return;
    const name = event.altKey ? BY_KEY[event.key] : event.shiftKey ? BY_SHIFTED[event.code] : event.key === "\\" ? "removeFormat" : { b: "bold", i: "italic" }[event.key.toLowerCase()];
    const inList = !event.altKey && !event.shiftKey && within("li") && { "]": "indent", "[": "outdent" }[event.key];
    if (!name && !inList) return;
    event.preventDefault();
    event.stopPropagation();
    if (inList) document.execCommand(inList);
    else apply(name);
  });
  listen(editor, "click", (event) => { const found = event.target.closest("a"); if (found && (event.ctrlKey || event.metaKey)) window.open(found.href, "_blank", "noopener"); });
  listen(document, "selectionchange", show);
  listen(tools, "pointerdown", (event) => { if (event.target.closest("button")) event.preventDefault(); });
  listen(tools, "click", (event) => { const found = event.target.closest("button"); if (found) apply(found.value); });
  listen(tools, "keydown", (event) => {
    const all = [...tools.children], at = all.indexOf(document.activeElement), to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = all[(to + all.length) % all.length];
    for (const one of all) one.tabIndex = one === next ? 0 : -1;
    next.focus();
  });
  listen(link.row, "click", (event) => { const found = event.target.closest("button"); if (found) closeLink(found.value === "take"); });
  listen(link.row, "keydown", (event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key) || event.target !== link.input) return;
    event.preventDefault();
    event.stopPropagation();
    closeLink(event.key === "Enter");
  });
  return () => { signal.abort(); for (const one of [tools, link.row, editor, sent, counted]) one.remove(); area.hidden = false; box.classList.remove("ready"); };
}
