// The canvas: zones as bands from the Internet inwards, firewalls as walls between them, servers, and lines between.
// Lines run under boxes and walls, and all words stand in boxes, so no line ever crosses a word.

const NOWHERE = "\u0000nowhere"; // servers whose zone is not known
const OUTSIDE = "\u0000outside"; // publishing and mail flow where no Internet is drawn

const DEPTH = 5000; // the SVG is as deep as this, or twice, ...

function layout(canvas, width, unit) {
  const u = (number) => Math.round(number * unit);
  const size = { name: u(13), text: u(11.5), line: u(15), pad: u(8), gap: u(10), title: u(22), box: u(146) };
  const zones = canvas.zones.map((zone) => ({ ...zone, servers: canvas.servers.filter((one) => one.zone === zone.name), ways: [] }));
  const lost = canvas.servers.filter((one) => one.zone === null);
  const place = (name, shown, level, more) => ({ name, shown, words: "", level, servers: [], ways: [], place: true, ...more });
  if (lost.length) zones.push(place(NOWHERE, "zone not known", 98, { servers: lost }));
  if (canvas.ways.length) {
    let outside = zones.find((zone) => zone.kind === "internet");
    if (!outside) zones.unshift((outside = place(OUTSIDE, "Internet (not drawn)", -1, {})));
    outside.ways = canvas.ways;
  }
  const items = [], walls = [], bands = [];
  const laid = canvas.walls.map((wall) => ({ ...wall, row: 0 }));
  let y = 0;
  for (const row of rowsOf(zones, width, size)) {
    y = layWalls(laid.filter((wall) => deepest(wall, row, zones)), row, walls, y, width, size);
    y = layRow(row, bands, items, y, size) + size.gap;
  }
  return { bands, items, walls, ways: canvas.ways, height: Math.max(y, u(120)), width, size, unit };
}

function deepest(wall, row, zones) {
  const levels = zones.filter((zone) => wall.zones.includes(zone.name));
  const last = levels.reduce((one, other) => (zones.indexOf(other) > zones.indexOf(one) ? other : one), levels[0]);
  return row.some((segment) => segment.zone === last);
}

// Zones of one level share a row; each gets columns by the servers in it, and rows that are too full are split.
function rowsOf(zones, width, size) {
  const least = size.box + 2 * size.pad, rows = [];
  for (const level of [...new Set(zones.map((zone) => zone.level))].sort((one, other) => one - other)) {
    const all = zones.filter((zone) => zone.level === level);
    const most = Math.max(1, Math.floor((width + size.gap) / (least + size.gap)));
    const parts = Math.ceil(all.length / most), each = Math.ceil(all.length / parts);
    for (let at = 0; at < all.length; at += each) rows.push(shared(all.slice(at, at + each), width, size));
  }
  return rows;
}

function shared(zones, width, size) {
  const free = width - size.gap * (zones.length - 1), column = size.box + size.gap;
  const columns = zones.map(() => 1);
  const wanted = zones.map((zone) => Math.max(1, zone.servers.length + zone.ways.length));
  const used = () => columns.reduce((sum, number) => sum + number * column - size.gap + 2 * size.pad, 0);
  while (used() + column <= free) {
    const hungry = columns.map((number, index) => wanted[index] / number);
    columns[hungry.indexOf(Math.max(...hungry))] += 1;
  }
  const spare = (free - used()) / zones.length;
  let x = 0;
  return zones.map((zone, index) => {
    const wide = columns[index] * column - size.gap + 2 * size.pad + spare;
    const segment = { zone, x, width: wide, columns: columns[index] };
    x += wide + size.gap;
    return segment;
  });
}

function layWalls(some, row, walls, y, width, size) {
  const lanes = [];
  for (const wall of some) {
    const under = row.filter((segment) => wall.zones.includes(segment.zone.name));
    const x = Math.min(...under.map((one) => one.x)), right = Math.max(...under.map((one) => one.x + one.width));
    const words = `${wall.words} between ${wall.zones.join(" and ")}: ${wall.passes}`;
    const laid = wallLines(wall, words, right - x - 2 * size.pad, size);
    const lane = lanes.find((one) => one.every((other) => other.x >= right || other.right <= x));
    const item = { kind: "firewalls", name: wall.name, wall, x, right, width: right - x, ...laid, words };
    if (lane) lane.push(item);
    else lanes.push([item]);
  }
  for (const lane of lanes) {
    const height = Math.max(...lane.map((one) => one.height));
    lane.forEach((one) => walls.push({ ...one, y, height }));
    y += height + size.gap;
  }
  return y;
}

function wallLines(wall, words, width, size) {
  const said = verdictWords(wall);
  const one = widthOf(wall.shown, size.name, 650) + widthOf(words, size.text, 400) + widthOf(said, size.text, 650);
  if (one + 4 * size.pad <= width) return { flat: true, texts: [wall.shown, words, said], height: size.line + size.pad };
  const texts = [
    ...wrapped(wall.shown, width, size.name, 650, 1).map((text) => ({ text, bold: true })),
    ...wrapped(words, width, size.text, 400, 3).map((text) => ({ text })),
    ...wrapped(said, width, size.text, 650, 2).map((text) => ({ text, verdict: true })),
  ];
  return { flat: false, texts, height: texts.length * size.line + size.pad };
}

function verdictWords(one) {
  const open = one.questions ? `${one.verdict === "unknown" ? "" : " · "}${count(one.questions, "question")}` : "";
  if (one.verdict === "unknown") return `? ${one.questions ? open : "unknown"}`;
  return `${one.sign} ${one.word}`.trim() + open;
}

function layRow(row, bands, items, y, size) {
  let bottom = y;
  for (const { zone, x, width, columns } of row) {
    let top = y + size.title + size.pad / 2;
    const boxes = [...zone.ways.map((way) => wayBox(way, size)), ...zone.servers.map((server) => serverBox(server, size))];
    for (let at = 0; at < boxes.length; at += columns) {
      const line = boxes.slice(at, at + columns), height = Math.max(...line.map((box) => box.height));
      line.forEach((box, index) => items.push({ ...box, zone: zone.name, x: x + size.pad + index * (size.box + size.gap), y: top, width: size.box, height }));
      top += height + size.gap;
    }
    if (!boxes.length) top += size.line;
    bands.push({ kind: "zones", name: zone.name, zone, x, y, width, place: zone.place });
    bottom = Math.max(bottom, top - (boxes.length ? size.gap : 0) + size.pad);
  }
  bands.slice(-row.length).forEach((band) => { band.height = bottom - y; });
  return bottom;
}

function boxOf(kind, name, shown, lines, one, size) {
  const width = size.box - 2 * size.pad;
  const texts = [
    ...wrapped(shown, width, size.name, 650, 2).map((text) => ({ text, bold: true })),
    ...lines.flatMap((line) => wrapped(line, width, size.text, 400, 2).map((text) => ({ text }))),
    ...wrapped(verdictWords(one), width, size.text, 650, 2).map((text) => ({ text, verdict: true })),
  ];
  return { kind, name, one, texts, height: texts.length * size.line + size.pad + 4 };
}

function serverBox(server, size) {
  return boxOf("servers", server.name, server.shown, server.ended ? [...server.lines, "past its end of support"] : server.lines, server, size);
}

function wayBox(way, size) {
  return boxOf(way.section, way.name, way.section === "mail_flow" ? "mail flow" : way.shown, [way.words], way, size);
}

// Spoken names: the words that are seen, as who speaks to the machine says them, and what the eye gets from the place.
function spoken(item) {
  if (item.kind === "zones") return `${item.title}, zone with ${count(item.zone.servers.length, "server")}`;
  if (item.kind === "firewalls") return `${item.texts.map((one) => one.text || one).join(" ")}, firewall ${item.wall.name}: ${item.words}`;
  const seen = item.texts.map((one) => one.text).join(" ");
  const what = { servers: "server", publishing: "publishing", mail_flow: "mail flow" }[item.kind];
  const where = item.kind !== "servers" ? item.one.words : item.zone === NOWHERE ? "in no known zone" : `in ${item.zone}`;
  return `${seen}, ${what} ${item.one.name}, ${where}`;
}

// Only what changed is made anew; what merely moved gets another place. Gives what puts it all into the picture, which
// holds as long as nothing else was drawn meanwhile.
function drawing(svg, plan, app) {
  const { size } = plan, turned = [];
  const before = new Map([...svg.children].map((one) => [one.key, one]));
  const made = (key, said, make) => {
    const old = before.get(key);
    if (old?.said === said) return old;
    const fresh = make();
    return Object.assign(fresh, { key, said });
  };
  const text = (x, y, words, more = {}) => [s("text", { x, y, "font-size": size.text, ...more }, words), " "]; // words read apart
  const thing = (item, inside) => {
    const key = keyOf(item.kind, item.name), verdict = item.wall || item.one, selected = app.isSelected(key);
    const said = JSON.stringify([size.text, item.width, item.height, item.title, item.texts, item.zone?.kind]);
    const group = made(`c/${key}`, said, () => s("g", { "data-key": key, "data-k": `c/${key}` }, inside(item)));
    const words = spoken(item), first = key === app.cursor;
    const looks = JSON.stringify([item.x, item.y, words, verdict?.verdict, selected, first, app.inChain(key)]);
    if (group.looks !== looks) turned.push([group, looks, {
      class: `thing ${item.kind} v-${verdict ? verdict.verdict : "none"}${selected ? " selected" : ""}${app.inChain(key) ? " chained" : ""}`,
      role: item.place ? "img" : "button", tabindex: item.place ? null : first ? "0" : "-1", "aria-label": words,
      "aria-pressed": item.place ? null : String(selected), transform: `translate(${item.x} ${item.y})`, style: null,
    }]);
    return group;
  };
  for (const band of plan.bands) {
    const words = band.zone.words ? `${band.zone.shown} · ${band.zone.words}` : band.zone.shown;
    band.title = wrapped(words, band.width - 4 * size.pad, size.text, 600, 1)[0] || "";
  }
  const bands = plan.bands.map((band) => thing(band, () =>
    s("rect", { class: `band ${band.zone.kind || "place"}`, width: band.width, height: band.height, rx: 6 })));
  const titles = plan.bands.map((band) => made(`t/${band.name}`, JSON.stringify([size.text, band.x, band.y, band.width, band.title, band.zone.kind]), () => {
    const plate = { x: band.x + size.pad / 2, y: band.y + 3, width: Math.min(band.width - size.pad, widthOf(band.title, size.text, 600) + 2 * size.pad), height: size.title - 4 };
    return s("g", { class: "titles", "aria-hidden": "true" },
      s("rect", { class: `plate ${band.zone.kind || "place"}`, rx: 4, ...plate }),
      text(band.x + size.pad + 2, band.y + size.line, band.title, { class: "title", "font-weight": 600 }));
  }));
  const walls = plan.walls.map((wall) => thing(wall, () => [
    s("rect", { class: "wall", width: wall.width, height: wall.height, rx: 2 }),
    wall.flat
      ? [text(size.pad, size.line, wall.texts[0], { "font-size": size.name, "font-weight": 650 }),
         text(2 * size.pad + widthOf(wall.texts[0], size.name, 650), size.line, wall.texts[1]),
         text(wall.width - size.pad, size.line, wall.texts[2], { "text-anchor": "end", "font-weight": 650, class: "said" })]
      : stacked(wall, size, text)]));
  const boxes = plan.items.map((item) => thing(item, () => [
    s("rect", { class: "box", width: item.width, height: item.height, rx: item.kind === "servers" ? 5 : item.height / 2 > 24 ? 18 : 12 }),
    stacked(item, size, text)]));
  const all = [made("arrows", "", () => arrows(app.number)), ...bands, ...wires(plan, app, made), ...titles, ...walls, ...boxes];
  return () => {
    for (const [group, looks, shown] of turned) {
      group.looks = looks;
      for (const [name, value] of Object.entries(shown)) put(group, name, value);
    }
    put(svg, "width", plan.width);
    put(svg, "height", Math.ceil(plan.height / DEPTH) * DEPTH);
    settle(svg, all);
  };
}

function stacked(item, size, text) {
  return item.texts.map((one, index) => text(size.pad, size.line * (index + 1), one.text, {
    "font-size": one.bold ? size.name : size.text, "font-weight": one.bold || one.verdict ? 650 : 400, class: one.verdict ? "said" : null,
  }));
}

function arrows(number) {
  return s("defs", {}, s("marker", { id: `arrow-${number}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
    s("path", { d: "M0 0L8 4L0 8z", class: "arrow" })));
}

// A line for each hop of a publishing rule or mail flow, from its box on the Internet.
function wires(plan, app, made) {
  const at = new Map(plan.items.map((item) => [keyOf(item.kind, item.name), item]));
  const found = [];
  for (const way of plan.ways) {
    const label = at.get(keyOf(way.section, way.name));
    const hops = way.path.map((name) => at.get(keyOf("servers", name)));
    const from = way.section === "mail_flow" ? hops.map((hop) => hop || label) : [label, ...hops];
    const pairs = from.slice(1).map((to, index) => [from[index], to]);
    const last = from.at(-1);
    pairs.push(...way.targets.map((name) => [last, at.get(keyOf("servers", name))]));
    const strong = app.isSelected(keyOf(way.section, way.name)) || [...way.path, ...way.targets].some((name) => app.isSelected(keyOf("servers", name)));
    pairs.filter(([one, other]) => one && other && one !== other).forEach(([one, other], hop) => {
      const line = { class: `wire v-${way.verdict} ${way.section}${strong ? " strong" : ""}`, d: curve(one, other) };
      found.push(made(`w/${keyOf(way.section, way.name)}/${hop}`, JSON.stringify(line), () =>
        s("path", { ...line, "marker-end": `url(#arrow-${app.number})`, "aria-hidden": "true" })));
    });
  }
  return found;
}

function curve(one, other) {
  const middle = (item) => item.x + item.width / 2;
  const down = other.y > one.y + one.height;
  if (down || one.y > other.y + other.height) {
    const y1 = down ? one.y + one.height : one.y, y2 = down ? other.y : other.y + other.height;
    const bend = (y2 - y1) / 2;
    return `M${middle(one)} ${y1}C${middle(one)} ${y1 + bend} ${middle(other)} ${y2 - bend} ${middle(other)} ${y2}`;
  }
  const right = other.x > one.x, y1 = one.y + one.height / 2, y2 = other.y + other.height / 2;
  const x1 = right ? one.x + one.width : one.x, x2 = right ? other.x : other.x + other.width;
  return `M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`;
}
