// Elements, text and verdicts. What a customer typed only ever becomes text or an attribute, never markup.

const SVG = "http://www.w3.org/2000/svg";
const FOCUSABLE = "a, button, input, select, summary, textarea, [tabindex]";

function h(tag, props = {}, ...children) {
  return built(document.createElement(tag), props, children);
}

function s(tag, props = {}, ...children) {
  return built(document.createElementNS(SVG, tag), props, children);
}

function built(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "key") element.key = value;
    else if (name.startsWith("on")) on(element, name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  // JupyterLab obeys its own shortcuts unless the very element that has the focus says not to.
  if (element.matches(FOCUSABLE)) element.setAttribute("data-lm-suppress-shortcuts", "");
  element.key ??= element.dataset.k;
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// What an element does stands beside it, so that an element that stays can be given what the new one would have done.
function on(element, event, act) {
  element.acts ??= {};
  if (!(event in element.acts)) element.addEventListener(event, acted);
  element.acts[event] = act;
}

function acted(event) {
  return event.currentTarget.acts[event.type]?.(event);
}

// Makes the children of an element what is wanted now. Whatever is wanted still stays the same element (told by its
// key, else by its place): nothing that has the focus, is pressed, chosen from or typed into is replaced under the hand.
function settle(parent, wanted) {
  const children = [...wanted], keys = new Set(children.map((one) => one.key));
  for (const one of [...parent.childNodes]) if (one.key !== undefined && !keys.has(one.key)) one.remove();
  const held = new Map([...parent.childNodes].map((one) => [one.key, one]));
  let at = parent.firstChild;
  for (const next of children) {
    const old = next.key === undefined ? at : held.get(next.key);
    if (!old || old.key !== next.key || old.nodeName !== next.nodeName) {
      parent.insertBefore(next, at);
      continue;
    }
    if (old === at) at = at.nextSibling;
    else (parent.moveBefore || parent.insertBefore).call(parent, old, at); // the first keeps the focus, where there is one
    if (old !== next) become(old, next);
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function become(old, next) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== next.data) old.data = next.data;
    return;
  }
  const untouched = old.value === old.defaultValue; // else a person is typing
  for (const { name } of [...old.attributes]) if (name !== "open" && !next.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of next.attributes) if (name !== "open") put(old, name, value); // people open and close
  for (const event of Object.keys({ ...old.acts, ...next.acts })) on(old, event, next.acts?.[event]);
  old.said = next.said;
  if (!next.filled) settle(old, next.childNodes);
  if (old.type === "checkbox") old.checked = next.checked;
  else if (untouched && old.defaultValue !== undefined && old.value !== next.value) old.value = next.value;
}

function put(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

// `k` names an element over paintings.
function button(words, act, k, more = {}) {
  return h("button", { type: "button", onclick: act, "data-k": k, ...more }, words);
}

// Something folded away, which stays as a person left it.
function folded(app, k, props, summary, ...body) {
  return h("details", { "data-k": k, open: app.opened.has(k), ...props }, summary, body);
}

function chip(one) {
  if (!one.sign) return h("span", { class: "chip v-none" }, one.word);
  return h("span", { class: `chip v-${one.verdict}` }, h("span", { "aria-hidden": "true" }, one.sign), ` ${one.word}`);
}

function count(number, one, many) {
  return `${number} ${number === 1 ? one : many || one + "s"}`;
}

function keyOf(section, name) {
  return `${section}:${name}`;
}

const FONT = '-apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif';
const ruler = document.createElement("canvas").getContext("2d");

// The same words are measured and wrapped at every painting: `work` is done once for the same arguments.
function remembering(work) {
  const known = new Map();
  return (...given) => {
    const key = given.join("\u0000");
    if (known.size > 20000) known.clear();
    if (!known.has(key)) known.set(key, work(...given));
    return known.get(key);
  };
}

const widthOf = remembering((text, size, weight) => {
  ruler.font = `${weight} ${size}px ${FONT}`;
  return ruler.measureText(text).width * 1.03; // SVG text and canvas text differ by a little
});

// Lines no wider than `width`, at most `most`; words too long are broken, and what is left over ends in an ellipsis.
const wrapped = remembering((text, width, size, weight, most) => {
  const lines = [];
  for (const word of text.split(" ")) {
    const joined = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && widthOf(joined, size, weight) <= width) lines[lines.length - 1] = joined;
    else lines.push(...brokenWord(word, width, size, weight));
  }
  if (lines.length <= most) return lines;
  let last = lines[most - 1];
  while (last && widthOf(last + "…", size, weight) > width) last = [...last].slice(0, -1).join("");
  return [...lines.slice(0, most - 1), last + "…"];
});

function brokenWord(word, width, size, weight) {
  if (widthOf(word, size, weight) <= width) return [word];
  const lines = [""];
  for (const sign of word) {
    if (lines.at(-1) && widthOf(lines.at(-1) + sign, size, weight) > width) lines.push("");
    lines[lines.length - 1] += sign;
  }
  return lines;
}
