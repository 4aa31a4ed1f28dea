// What hands do on the canvas: click, drag, pull a line, press keys. Each ends in one call of the app.

// The canvas, empty, with ears.
function board(app) {
  const all = () => [...app.plan.bands, ...app.plan.walls, ...app.plan.items];
  const item = (target) => {
    const found = target.closest?.(".thing[role=button]");
    return found && all().find((one) => keyOf(one.kind, one.name) === found.dataset.key);
  };
  // Of all that lies there, what the line that is being drawn may lead to.
  const thingUnder = (at) => document.elementsFromPoint(at.clientX, at.clientY).filter((one) => svg.contains(one)).map(item)
    .find((one) => one && app.chain?.kinds.includes(one.kind));
  const svg = s("svg", {
    class: "canvas", role: "group", "font-family": FONT,
    "aria-label": "Topology, from the Internet inwards. Arrow keys move, Enter selects, Shift with an arrow moves a server to the next zone, Delete removes.",
    onpointerdown: (event) => {
      if (event.button || app.state.readOnly) return;
      const one = item(event.target);
      if (app.chain) pull(svg, event, thingUnder, app);
      else if (one?.kind === "servers") drag(svg, event, one, app);
    },
    onclick: (event) => {
      const one = item(event.target);
      if (one && !svg.dragged) app.touch(one);
      svg.dragged = false;
    },
    onfocusin: (event) => {
      const one = item(event.target);
      if (!one) return;
      app.cursor = keyOf(one.kind, one.name);
      for (const other of svg.querySelectorAll("[tabindex='0']")) put(other, "tabindex", "-1");
      put(event.target.closest(".thing"), "tabindex", "0");
    },
    onkeydown: (event) => {
      const one = item(event.target);
      if (one && pressed(event, one, all().filter((other) => !other.place), app)) event.preventDefault();
    },
  });
  return svg;
}

function pressed(event, one, all, app) {
  const vertical = { ArrowUp: -1, ArrowDown: 1 }[event.key], sideways = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (vertical && event.shiftKey && one.kind === "servers") app.shift(one, vertical);
  else if (vertical || sideways) go(nearest(one, all, sideways || 0, vertical || 0), app);
  else if (event.key === "Home") go(all[0], app);
  else if (event.key === "End") go(all.at(-1), app);
  else if (event.key === "Enter" || event.key === " ") app.touch(one);
  else if ((event.key === "Delete" || event.key === "Backspace") && !app.state.readOnly) app.edit("remove", { section: one.kind, name: one.name });
  else if (event.key === "Escape") app.stopChain();
  else return false;
  return true;
}

function go(one, app) {
  if (!one) return;
  app.cursor = keyOf(one.kind, one.name);
  app.element(`c/${app.cursor}`)?.focus();
}

// The next thing in a direction: the nearest that stands opposite, else the nearest aside. A zone is where its title is.
function nearest(one, all, dx, dy) {
  const frame = (item) => ({ x: item.x, y: item.y, width: item.width, height: item.kind === "zones" ? 16 : item.height });
  const apart = (from, size, other, otherSize) => Math.max(0, other - from - size, from - other - otherSize);
  const here = frame(one);
  const ahead = all.filter((other) => other !== one).map((other) => {
    const there = frame(other);
    const along = dx ? (there.x - here.x) * dx : (there.y + there.height / 2 - here.y - here.height / 2) * dy;
    const aside = dx ? apart(here.y, here.height, there.y, there.height) : apart(here.x, here.width, there.x, there.width);
    return { other, along, cost: along + aside * (dx ? 8 : 0.35) + Math.abs(there.x - here.x) * 0.001 };
  }).filter(({ along }) => along > 4);
  ahead.sort((first, second) => first.cost - second.cost);
  return ahead[0]?.other;
}

function bandUnder(svg, x, y) {
  for (const element of document.elementsFromPoint(x, y)) {
    const band = element.closest?.(".thing.zones");
    if (band && svg.contains(band)) return band;
  }
  return null;
}

// Until it is drawn the next time, which is to happen although nothing else changed.
function mark(thing, look) {
  thing.classList.add(look);
  thing.looks = "";
}

const zoneOf = (band) => band.dataset.key.slice("zones:".length);

function drag(svg, start, one, app) {
  const box = svg.querySelector(`[data-key="${CSS.escape(keyOf(one.kind, one.name))}"]`);
  let zone = null; // the one that the hand is over
  const over = (event) => {
    const band = bandUnder(svg, event.clientX, event.clientY), now = band && zoneOf(band);
    if (now === zone) return;
    svg.querySelector(".thing.zones.over")?.classList.remove("over");
    if (band) mark(band, "over");
    zone = now;
    if (elsewhere()) app.foresee(one.name, zone);
  };
  const elsewhere = () => zone && ![one.one.zone, NOWHERE, OUTSIDE].includes(zone);
  const move = (event) => {
    const dx = event.clientX - start.clientX, dy = event.clientY - start.clientY;
    if (!svg.dragged && Math.hypot(dx, dy) < 5) return;
    if (!svg.dragged) svg.append(box); // above everything
    svg.dragged = true;
    mark(box, "dragging");
    box.style.translate = `${dx}px ${dy}px`;
    over(event);
  };
  const end = (event) => {
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", end);
    document.removeEventListener("pointercancel", end);
    if (!svg.dragged) return;
    setTimeout(() => { svg.dragged = false; });
    // Where it was dropped the box stays until the answer puts it into its place.
    if (event.type === "pointerup" && elsewhere()) app.move(one.name, zone).then((ok) => ok || app.canvas());
    else setTimeout(() => app.canvas());
  };
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);
}

// While a firewall, publishing or mail flow is drawn: a line pulled from one thing to another chooses both.
function pull(svg, start, thingUnder, app) {
  const from = thingUnder(start);
  let line = null;
  const at = (event) => `${event.clientX - svg.getBoundingClientRect().x} ${event.clientY - svg.getBoundingClientRect().y}`;
  const move = (event) => {
    if (!from || (!line && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < 6)) return;
    line ??= svg.appendChild(s("path", { class: "wire pulled" }));
    line.setAttribute("d", `M${at(start)}L${at(event)}`);
  };
  const end = (event) => {
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", end);
    document.removeEventListener("pointercancel", end);
    if (!line) return;
    line.remove();
    svg.dragged = true; // no click follows
    setTimeout(() => { svg.dragged = false; });
    const to = event.type === "pointerup" && thingUnder(event);
    if (!to || to === from) return;
    if (!app.inChain(keyOf(from.kind, from.name))) app.link(from);
    app.link(to);
  };
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);
}

// A thing of the palette dragged onto a zone.
function carry(start, thing, app) {
  let ghost = null;
  const move = (event) => {
    if (!ghost && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) < 6) return;
    ghost ??= app.root.appendChild(h("div", { class: "ghost", "aria-hidden": "true" }, thing.label));
    ghost.style.transform = `translate(${event.clientX}px, ${event.clientY}px)`;
  };
  const end = (event) => {
    document.removeEventListener("pointermove", move);
    document.removeEventListener("pointerup", end);
    if (!ghost) return;
    ghost.remove();
    const band = app.svg && bandUnder(app.svg, event.clientX, event.clientY);
    const swallow = (click) => click.stopImmediatePropagation();
    start.target.addEventListener("click", swallow, true);
    setTimeout(() => start.target.removeEventListener("click", swallow, true));
    if (band) app.add(thing.kind, zoneOf(band));
  };
  document.addEventListener("pointermove", move);
  document.addEventListener("pointerup", end);
}
