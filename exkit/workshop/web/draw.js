// Elements, text and verdicts. What a customer typed only ever becomes text or an attribute, never markup.

const SVG = "http://www.w3.org/2000/svg";

function h(tag, props = {}, ...children) {
  return built(document.createElement(tag), props, children);
}

function s(tag, props = {}, ...children) {
  return built(document.createElementNS(SVG, tag), props, children);
}

function built(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// `k` names an element over renderings, so that focus, open details and half-typed text stay where they are.
function button(words, act, k, more = {}) {
  return h("button", { type: "button", onclick: act, "data-k": k, ...more }, words);
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

const widths = new Map(); // the same words are measured at every painting

function widthOf(text, size, weight) {
  const key = `${weight} ${size} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    ruler.font = `${weight} ${size}px ${FONT}`;
    width = ruler.measureText(text).width * 1.03; // SVG text and canvas text differ by a little
    if (widths.size > 20000) widths.clear();
    widths.set(key, width);
  }
  return width;
}

// Lines no wider than `width`, at most `most`; words too long are broken, and what is left over ends in an ellipsis.
function wrapped(text, width, size, weight, most) {
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
}

function brokenWord(word, width, size, weight) {
  if (widthOf(word, size, weight) <= width) return [word];
  const lines = [""];
  for (const sign of word) {
    if (lines.at(-1) && widthOf(lines.at(-1) + sign, size, weight) > width) lines.push("");
    lines[lines.length - 1] += sign;
  }
  return lines;
}
