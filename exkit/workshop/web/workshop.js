// One workshop on a page: what is shown comes from Python, what people do goes there, and only what came back is shown.

let numbers = 0;
const HINTS = {
  firewall: ["choose the zones it stands between, or pull a line from one to another.", ["zones"], 2],
  publishing: ["choose the host that publishes, then the servers it leads to, or pull a line.", ["servers"], 2],
  mail: ["choose each hop in order, or pull a line; zones stand for the Internet.", ["servers", "zones"], 2], dag: ["choose members, and a witness if there is one.", ["servers"], 1],
};
const INWARD = ["perimeter", "internal"];

class App extends Line {
  constructor(model, el) {
    super(model);
    Object.assign(this, {
      number: ++numbers, selected: { section: "", name: "" }, tab: "verdicts", sheet: null, chain: null, only: true, cursor: "",
      opened: new Set(), scrolled: new Map(), answersFor: new Map(), answersIn: new Map(), answers: new Map(),
      chosen: new Map(), drafts: new Map(), wide: 0, drawn: 0, ahead: null,
      taken: new Map(), compared: [], about: null, saidLast: "",
      who: remembered("who") || "", presenter: remembered("presenter") === "yes", dark: remembered("shade") ? remembered("shade") === "dark" : darkPage(),
    });
    this.root = h("div", { class: "exkit-workshop", "data-lm-suppress-shortcuts": true, "data-jp-suppress-context-menu": true });
    this.live = h("div", { class: "spoken", "aria-live": "polite", role: "status" });
    this.warning = h("div", { class: "warning", role: "alert" });
    this.holder = h("main", { class: "holder" });
    if (document.querySelector("main, [role=main]")) this.holder = h("div", { class: "holder" });
    this.root.append(this.live, this.warning, this.holder);
    el.append(this.root);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("pointerdown", () => this.press(), true);
    this.root.addEventListener("toggle", (event) => this.opened[event.target.open ? "add" : "delete"](event.target.dataset?.k), true);
    this.painted = Promise.resolve(); // the frame that shows what came first; all else waits for it
    this.hears = (message) => this.painted.then(() => this.heard(message));
    this.firsts = () => this.glance();
    this.rests = () => this.painted.then(() => this.update());
    model.on("msg:custom", this.hears);
    model.on("change:first", this.firsts);
    model.on("change:rest", this.rests);
    this.sized = new ResizeObserver(() => this.resized());
    this.sized.observe(this.root);
    this.beat = setInterval(() => this.send("hello"), HEARTBEAT);
    // A kernel that waited for its page tells the news first; one that is busy does not keep the page empty for long.
    Promise.race([this.send("hello"), new Promise((late) => setTimeout(late, SOON))]).then(() => this.update());
    if (this.who) this.named(this.who);
  }

  close() {
    clearInterval(this.beat);
    this.sized.disconnect();
    this.model.off("msg:custom", this.hears);
    this.model.off("change:first", this.firsts);
    this.model.off("change:rest", this.rests);
  }

  // What is shown

  // What comes first: the canvas and the answer. All else is painted when the rest is there.
  glance() {
    this.state = { ...this.state, ...this.first() };
    this.busy();
    this.unpainted ||= this.pressing;
    if (!this.state.begun || !this.state.findings || this.pressing) return;
    this.painted = new Promise((done) => { // a page in the background has no frames
      requestAnimationFrame(() => setTimeout(done));
      setTimeout(done, 100);
    });
    const answer = this.root.querySelector(".answer");
    const { ahead } = this;
    if (answer) become(answer, ahead?.shown.summary === this.state.summary ? ahead.answers : answers(this.state.summary));
    this.canvas();
    this.ahead = null;
  }

  // The picture comes as text, so that one that was foreseen is known when it comes.
  first() {
    const { picture, ...first } = JSON.parse(this.model.get("first"));
    return { ...first, ...(this.ahead?.text === picture ? this.ahead.shown : JSON.parse(picture)) };
  }

  // While a server hovers over a zone, what will be shown is worked out and made: dropped, it is only put in its place.
  async foresee(name, zone) {
    const answer = await this.send("foresee", { name, zone });
    if (!answer.ok || !this.svg) return;
    const shown = JSON.parse(answer.picture);
    this.ahead = { text: answer.picture, shown, answers: answers(shown.summary), drawing: this.drawing(shown.canvas) };
  }

  update() {
    const before = this.state, first = !before?.findings;
    this.state = { ...before, ...this.first(), ...JSON.parse(this.model.get("rest")) };
    this.busy();
    const { begun, findings, form, head, tour, trouble } = this.state;
    if (!begun) return settle(this.holder, [h("p", { class: "quiet" }, trouble || "This workshop has not begun yet. It appears here when it does.")]);
    if (!findings) return; // the rest is on its way
    this.offered = this.model.get("offered");
    this.version ??= this.state.version;
    if (!this.waiting) this.chosen.clear();
    if (first && form) this.selected = { section: form.section, name: form.name };
    if (this.selected.name && !this.exists(this.selected)) this.selected = { section: "", name: "" };
    const turned = this.told !== JSON.stringify([head, tour?.step]);
    this.told = JSON.stringify([head, tour?.step]);
    if (turned) this.forget();
    this.choose(this.selected.section, this.selected.name);
    this.paint();
    if (!this.state.form) this.ask(); // this one is of something that was selected before
    this.warn();
    if (turned && !first) this.say(`${this.state.log[0]?.words || ""}. ${this.state.changed.sentence}`);
  }

  // What belonged to the topology as it was.
  forget() {
    this.answers.clear();
    this.opened.delete("happened");
    this.element("happened")?.removeAttribute("open");
  }

  say(words) { this.live.textContent = words === this.saidLast ? words + "\u00a0" : words; this.saidLast = this.live.textContent; }

  exists({ section, name }) {
    const { canvas, places } = this.state;
    const held = { zones: canvas.zones, servers: canvas.servers, firewalls: canvas.walls, publishing: canvas.ways, mail_flow: canvas.ways }[section];
    return held ? held.some((one) => one.name === name) : places.some((one) => one.section === section && one.names.includes(name));
  }

  // While a button of the mouse is down nothing is painted anew: a click needs the same thing under it when it ends.
  press() {
    this.pressing = true;
    const release = () => {
      ["pointerup", "pointercancel"].forEach((name) => document.removeEventListener(name, release, true));
      // What the hand just did is first: its answer paints what is waiting too.
      setTimeout(() => { this.pressing = false; if (this.unpainted && !this.waiting) this.paint(); });
    };
    ["pointerup", "pointercancel"].forEach((name) => document.addEventListener(name, release, true));
  }

  element(k) { return this.root.querySelector(`[data-k="${CSS.escape(k)}"]`); }

  paint() {
    this.unpainted = this.pressing;
    if (!this.state?.begun || !this.state.findings || this.pressing) return;
    const active = this.root.contains(document.activeElement) ? document.activeElement : null;
    this.root.querySelectorAll("[data-scroll]").forEach((one) => this.scrolled.set(one.dataset.scroll, [one.scrollTop, one.scrollLeft]));
    this.root.classList.toggle("presenter", this.presenter);
    this.root.classList.toggle("dark", this.dark);
    this.root.classList.toggle("following", this.state.readOnly);
    const place = h("div", { class: "place", "data-scroll": "place", tabindex: "-1" });
    place.filled = true; // by canvas()
    const middle = this.sheet ? sheet(this) : h("section", { class: "middle", "aria-label": "Topology", key: "middle" }, place);
    const guide = this.state.tour ? tourBox(this) : !this.state.readOnly && remembered("welcomed") !== "yes" ? welcome(this) : null;
    const palette = !this.state.readOnly && !this.presenter && !this.sheet ? paletteOf(this) : null;
    const body = h("div", { class: palette ? "body" : "body bare", key: "body" }, palette, middle, side(this));
    settle(this.holder, [bar(this), guide, happened(this), body].filter(Boolean));
    this.measure();
    this.canvas();
    this.root.querySelectorAll("[data-scroll]").forEach((one) => { [one.scrollTop, one.scrollLeft] = this.scrolled.get(one.dataset.scroll) || [0, 0]; });
    this.refocus(active);
  }

  // What had the focus may be gone, as an answered question is: then the focus stays near, and not at the page's top.
  refocus(active) {
    if (active && (active.disabled || active !== document.activeElement)) {
      const near = [active.dataset.k, active.closest(".canvas") && `c/${this.cursor}`, "panel"];
      near.map((k) => k && this.element(k)).find((one) => one && !one.disabled)?.focus({ preventScroll: true });
    }
    if (document.activeElement.getAttribute("role") === "option" && this.root.contains(document.activeElement)) rove(document.activeElement);
  }

  measure() {
    const place = this.root.querySelector(".place");
    if (!place) return;
    const around = getComputedStyle(place);
    const [left, right] = [around.paddingLeft, around.paddingRight].map((one) => parseFloat(one) || 0); // none before it is on the page
    this.wide = Math.max(300, Math.floor(place.clientWidth - left - right));
  }

  canvas() {
    const place = this.root.querySelector(".place");
    if (!place) return;
    this.svg ??= board(this);
    this.ground ??= h("div", { class: "ground" }, this.svg);
    if (this.ground.parentNode !== place) place.append(this.ground);
    const ahead = this.ahead?.drawing, { canvas } = this.state;
    const holds = ahead?.canvas === canvas && ahead.after === this.drawn && ahead.cursor === this.cursor;
    const { plan, show } = holds ? ahead : this.drawing(canvas);
    this.plan = plan;
    // A browser lays out every word of an SVG anew when its size changes: its ground changes instead, and cuts it off.
    put(this.ground, "style", `height: ${plan.height}px`);
    show();
    this.drawn += 1;
  }

  drawing(canvas) {
    const plan = layout(canvas, this.wide, this.presenter ? 1.65 : 1);
    const known = [...plan.bands, ...plan.walls, ...plan.items].filter((one) => !one.place).map((one) => keyOf(one.kind, one.name));
    if (!known.includes(this.cursor)) this.cursor = known[0] || "";
    return { canvas, plan, after: this.drawn, cursor: this.cursor, show: drawing(this.svg, plan, this) };
  }

  resized() {
    const whole = this.root.clientWidth;
    if (whole === this.whole) return;
    this.whole = whole;
    this.paint();
  }

  isSelected(key) { return key === keyOf(this.selected.section, this.selected.name); }
  inChain(key) { return Boolean(this.chain?.keys.includes(key)); }

  // What people do

  key(event) {
    if (event.target.closest("input, textarea, select") || !(event.ctrlKey || event.metaKey) || this.state?.readOnly) return;
    const again = event.key === "y" || (event.key.toLowerCase() === "z" && event.shiftKey);
    if (!again && event.key !== "z") return;
    event.preventDefault();
    this.edit(again ? "redo" : "undo");
  }

  touch(one) {
    if (one.place) return;
    if (this.chain) return this.link(one);
    this.select(one.kind, one.name);
    if (this.tab !== "verdicts" && this.tab !== "questions") this.show("form");
  }

  select(section, name) {
    this.choose(section, name);
    if (!name) this.tab = "form";
    this.paint();
    return this.ask();
  }

  ask() {
    const { section, name } = this.selected;
    return this.send("select", { section, name }).then((answer) => {
      if (!answer.ok || !this.isSelected(keyOf(section, name))) return;
      this.state = { ...this.state, form: answer.form };
      this.paint();
    });
  }

  // The form of another thing goes at once: a quick hand would fill in the wrong one.
  choose(section, name) {
    this.selected = { section, name };
    const { form } = this.state;
    if (form?.section !== section || form?.name !== name) this.state = { ...this.state, form: null };
  }

  show(tab) { this.tab = tab; this.paint(); }
  filter(only) { this.only = only; this.paint(); }
  use(version) { this.version = version; this.paint(); }
  move(name, zone) { return this.edit("move", { name, zone }); }

  shift(one, by) {
    const zones = this.state.canvas.zones.map((zone) => zone.name);
    const to = zones[zones.indexOf(one.one.zone) + by];
    if (to && !this.state.readOnly) this.move(one.name, to);
  }

  // The zone for something new: where the hand is, else the selected one, else the one it belongs into.
  zoneFor(kind, given) {
    if (given) return given;
    const { zones, servers } = this.state.canvas, { section, name } = this.selected;
    if (section === "zones") return name;
    const outer = ["EdgeTransport", "ReverseProxy", "LoadBalancer", "SMTPGateway"].includes(kind);
    const fits = zones.find((zone) => zone.kind === INWARD[outer ? 0 : 1]);
    return fits?.name || servers.find((one) => one.name === name && section === "servers")?.zone || "";
  }

  async add(kind, zone) {
    const made = await this.edit("add", { kind, zone: this.zoneFor(kind, zone), version: this.version });
    if (made) this.came(made);
  }

  came({ section, name }) {
    this.cursor = keyOf(section, name);
    this.tab = "form";
    this.paint();
  }

  startChain(thing) {
    const [hint, kinds, least] = HINTS[thing.kind];
    this.chain = this.chain?.kind === thing.kind ? null : { ...thing, hint, kinds, least, ends: [], keys: [] };
    this.paint();
    if (this.chain) this.say(`${thing.label}: ${hint}`);
  }

  link(one) {
    const { kinds, ends, keys, kind } = this.chain, key = keyOf(one.kind, one.name);
    if (!kinds.includes(one.kind)) return this.say(`Not ${one.name}: ${this.chain.hint}`);
    if (kind !== "mail" && keys.includes(key)) { keys.splice(keys.indexOf(key), 1); ends.splice(ends.indexOf(one.name), 1); }
    else { keys.push(key); ends.push(one.name); }
    this.paint();
    this.say(`${ends.join(", ") || "nothing"} chosen`);
  }

  stopChain() { if (this.chain) { this.chain = null; this.paint(); } }

  async finishChain() {
    const { kind, ends } = this.chain;
    const made = await this.edit("draw", { kind, ends });
    if (made) { this.chain = null; this.came(made); }
  }

  note(one) { this.about = one; this.show("notes"); this.element("decide/who")?.focus(); }

  // Sheets

  open(name) {
    this.sheet = this.sheet === name ? null : name;
    if (this.chain) this.chain = null;
    this.paint();
    (this.sheet ? this.element("sheet/back") : null)?.focus();
  }

  // What Python makes on request; asked again after a change, a moment later, so that edits never wait for it.
  fetched(what, more) {
    const key = JSON.stringify([what, more, this.state.head, this.state.tour?.step, this.state.current]);
    const held = this.answers.get(key);
    if (held === undefined) {
      this.answers.set(key, null);
      setTimeout(() => this.send(what, more, SLOW).then((answer) => {
        this.answers.set(key, answer.ok ? answer : { html: "" });
        if (!answer.ok) { this.error = answer.error; this.warn(); }
        if (this.sheet) this.paint();
      }), 250);
    }
    return held;
  }

  async take(what) {
    this.taken.set(what, "");
    this.paint();
    const made = await this.edit("take", { what }, SLOW);
    this.taken.set(what, made ? made.file : undefined);
    this.paint();
  }

  async tour(step) {
    remember("welcomed", "yes");
    this.sheet = this.chain = null;
    this.tab = "verdicts";
    await this.send("tour", { step });
    const look = this.state.tour?.look;
    if (look) this.select(look.slice(0, look.indexOf(":")), look.slice(look.indexOf(":") + 1));
    else this.select("", "");
  }

  // Stands beside each change from now on.
  named(who) {
    this.who = who;
    remember("who", who);
    return this.send("who", { who }).then((answer) => { this.error = answer.ok ? "" : answer.error; this.warn(); });
  }

  welcomed() { remember("welcomed", "yes"); this.paint(); }
  present() { this.presenter = !this.presenter; remember("presenter", this.presenter ? "yes" : "no"); this.paint(); }
  shade() { this.dark = !this.dark; remember("shade", this.dark ? "dark" : "light"); this.paint(); }
}

export default {
  render({ model, el }) {
    const app = new App(model, el);
    return () => app.close();
  },
};
