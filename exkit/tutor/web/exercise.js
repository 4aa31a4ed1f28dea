// An exercise on a page: native controls, words for every colour, and nothing shown as marked that is not on disk.

const ANSWER_WITHIN = 8000, PAUSE = 350; // ms; after the first the page says that nobody answers

class Sheet {
  constructor(model, el) {
    Object.assign(this, { model, number: Math.random().toString(36).slice(2), call: 0, calls: new Map(), drafts: new Map(), opened: new Set(), silent: false });
    this.root = h("div", { class: "exkit-tutor", "data-lm-suppress-shortcuts": true, "data-jp-suppress-context-menu": true });
    this.live = h("p", { class: "spoken", role: "status", "aria-live": "polite" });
    this.warning = h("p", { class: "warning", role: "alert" });
    this.holder = h("div", { class: "holder" });
    this.root.append(this.live, this.warning, this.holder);
    el.append(this.root);
    this.root.addEventListener("toggle", (event) => this.opened[event.target.open ? "add" : "delete"](event.target.dataset?.k), true);
    this.hears = (message) => this.heard(message);
    this.turns = () => this.paint();
    model.on("msg:custom", this.hears);
    model.on("change:shown", this.turns);
    this.paint();
    this.send("hello"); // what was answered meanwhile, here or in another window
  }

  close() {
    this.model.off("msg:custom", this.hears);
    this.model.off("change:shown", this.turns);
  }

  // To and from Python

  send(what, more = {}) {
    const id = ++this.call;
    const answer = new Promise((resolve) => {
      const late = setTimeout(() => this.lost(true), ANSWER_WITHIN);
      this.calls.set(id, (message) => { clearTimeout(late); resolve(message); });
    });
    this.root.dataset.busy = "true";
    this.model.send({ do: what, id, ...more });
    return answer;
  }

  heard(message) {
    this.lost(false);
    this.calls.get(message.reply)?.(message);
    this.calls.delete(message.reply);
    this.root.dataset.busy = String(this.calls.size > 0);
  }

  lost(silent) {
    if (silent === this.silent) return;
    this.silent = silent;
    this.warning.textContent = silent ? "The program behind this page does not answer: its kernel is gone. What was shown as marked is on disk. Reload the page; in JupyterLab restart the kernel and run all cells." : "";
  }

  say(words) { this.live.textContent = words === this.live.textContent ? words + "\u00a0" : words; }

  async act(what, more, after) {
    const answer = await this.send(what, more);
    if (!answer.ok) { this.say(answer.error); this.tell(answer.error); return; }
    if (answer.said) this.say(answer.said);
    this.aim(after);
  }

  // To what has the focus next: it may be there already, or come with the next painting.
  aim(k) {
    const found = k ? this.element(k) : null;
    this.next = found ? "" : k;
    found?.focus();
  }

  // What a pick-list says is sent when the hand pauses or leaves it: who types a name into it passes others by.
  later(act) {
    clearTimeout(this.pause);
    this.waits = () => { clearTimeout(this.pause); this.waits = null; act(); };
    this.pause = setTimeout(() => this.waits?.(), PAUSE);
  }

  tell(words) { const place = this.root.querySelector(".told"); if (place) place.textContent = words; }

  // What is shown

  element(k) { return this.root.querySelector(`[data-k="${CSS.escape(k)}"]`); }

  paint() {
    const before = this.state?.id;
    this.state = JSON.parse(this.model.get("shown"));
    if (before !== this.state.id) { this.drafts.clear(); this.opened.clear(); }
    const held = this.root.contains(document.activeElement) && document.activeElement.dataset.k;
    this.holder.replaceChildren(...(this.state.html !== undefined ? [made(this.state.html)] : exercise(this)).filter(Boolean));
    this.root.querySelectorAll("details[data-k]").forEach((one) => { if (this.opened.has(one.dataset.k)) one.open = true; });
    // JupyterLab obeys its own shortcuts unless the very element that has the focus says not to.
    this.root.querySelectorAll(FOCUSABLE).forEach((one) => one.setAttribute("data-lm-suppress-shortcuts", "true"));
    if (held) this.element(held)?.focus({ preventScroll: true });
    this.aim(this.next);
  }

  answer() {
    const { groups, kind } = this.state;
    if (kind === "repair") return this.act("answer", {}, "feedback");
    const open = groups.find((group) => !group.many && this.drafts.get(group.key) === undefined)
      || groups.find((group) => group.many && !(this.drafts.get(group.key) || []).length);
    if (open) {
      this.say(open.missing);
      this.tell(open.missing);
      this.element(`${open.key}/0`)?.focus();
      return undefined;
    }
    return this.act("answer", { answer: Object.fromEntries(groups.map((group) => [group.key, this.drafts.get(group.key)])) }, "feedback");
  }
}

// HTML that the kit's own templates made; they escape whatever anybody typed.
function made(html) {
  const holder = h("div", {});
  holder.innerHTML = html;
  return holder;
}

function exercise(app) {
  const { state } = app, id = `ex-${app.number}`;
  return [h("section", { class: "task", "aria-labelledby": id },
    h("h3", { id }, h("span", { class: "quiet" }, `${state.heading}: `), state.title),
    h("div", { class: `pictures n${state.pictures.length}` }, state.pictures.map((one, index) => picture(one, index))),
    h("div", { class: "ask" }, state.told.map((line) => h("p", {}, h("b", {}, line[0]), " ", h("bdi", {}, line[1])))),
    state.kind === "repair" ? repair(app) : null,
    form(app), state.answered ? feedback(app, state.answered) : null,
    h("p", { class: "id quiet" }, "Exercise ", h("code", {}, state.id)))];
}

function picture(one, index) {
  return h("figure", { class: "picture" },
    h("figcaption", {}, one.title),
    h("div", { class: "paper", tabindex: "0", role: "region", "aria-label": one.title },
      h("img", { src: one.image, alt: one.alt })),
    h("details", { "data-k": `words/${index}` }, h("summary", {}, "The picture in words"),
      h("div", { class: "deeper" }, one.words.map(([heading, lines]) => [h("p", { class: "label" }, heading), h("ul", {}, lines.map((line) => h("li", { dir: "auto" }, line)))]))),
    h("details", { "data-k": `file/${index}` }, h("summary", {}, "All that is written down"), h("pre", { class: "file", tabindex: "0", "aria-label": `${one.title}, as a file` }, one.file)));
}

// Verdicts, reasons, ports: a fieldset each. After the answer they stay as they were chosen, and cannot be changed.
function form(app) {
  const { state } = app, done = state.answered;
  const wanted = state.kind === "repair" ? "I am done" : "Answer";
  const parts = state.groups.map((group) => {
    const held = done ? done.answer[group.key] : app.drafts.get(group.key);
    return h("fieldset", { class: group.short ? "line" : "", disabled: Boolean(done) },
      h("legend", {}, group.legend),
      group.choices.map((choice, index) => {
        const chosen = group.many ? (held || []).includes(choice.value) : held === choice.value;
        const input = h("input", {
          type: group.many ? "checkbox" : "radio", name: `${group.key}-${app.number}`, checked: chosen, "data-k": `${group.key}/${index}`,
          onchange: (event) => app.drafts.set(group.key, group.many ? toggled(app.drafts.get(group.key) || [], choice.value, event.target.checked) : choice.value),
        });
        return h("label", { class: `choice${choice.verdict ? ` v-${choice.verdict}` : ""}` }, input, " ", choice.sign ? chip({ ...choice, word: choice.words }) : h("span", { dir: "auto" }, choice.words));
      }));
  });
  return h("form", { onsubmit: (event) => { event.preventDefault(); app.answer(); } }, parts,
    h("p", { class: "told", "aria-hidden": "true" }),
    done ? null : h("button", { type: "submit", class: "primary", "data-k": "answer" }, wanted));
}

function toggled(held, value, on) {
  return on ? [...held, value] : held.filter((one) => one !== value);
}

function feedback(app, done) {
  const buttons = [
    !done.right && button("Try again", () => app.act("again", {}, app.state.kind === "repair" ? "item" : `${app.state.groups[0].key}/0`), "again", { class: "primary" }),
    app.state.more && button("Next exercise", () => app.act("next"), "next", { class: done.right ? "primary" : "" }),
  ];
  return h("section", { class: `feedback ${done.right ? "right" : "wrong"}`, "aria-label": "Feedback" },
    h("p", { class: "words", tabindex: "-1", "data-k": "feedback" }, h("b", {}, h("span", { "aria-hidden": "true" }, done.right ? "✓ " : "✕ "), done.right ? "Right" : "Not right"), h("br", {}), done.words),
    done.misconception ? h("div", { class: "belief" }, h("p", { class: "label" }, "A belief that many hold"), h("p", {}, "“", done.misconception.belief, "”"), h("p", {}, done.misconception.correction),
      done.misconception.card ? h("details", { "data-k": "card" }, h("summary", {}, "What to answer when a customer says so"), h("div", { class: "deeper" }, made(done.misconception.card))) : null) : null,
    done.finding ? h("div", {}, h("p", { class: "label" }, "What the engine says of it"), finding(done.finding, "f")) : null,
    h("div", { class: "row" }, buttons));
}

function besides(one) {
  return h("details", { class: `finding v-${one.verdict}`, "data-k": `besides/${one.id}` }, h("summary", {}, chip(one), " ", h("bdi", {}, one.title)), finding(one, "besides"));
}

function finding(one, k) {
  const row = (label, words) => words ? [h("dt", {}, label), h("dd", {}, words)] : [];
  return h("div", { class: `finding v-${one.verdict}` },
    h("p", { class: "title" }, chip(one), " ", h("bdi", {}, one.title)),
    h("dl", {}, row("Why", one.why), row("Condition", one.condition), row("Fix", one.fix), one.subjects.length ? row("Applies to", one.subjects.join(", ")) : []),
    h("details", { "data-k": `${k}/${one.id}` }, h("summary", {}, "Evidence and sources"), h("div", { class: "deeper" },
      h("ul", {}, one.evidence.map((fact) => h("li", {}, h("code", { dir: "auto" }, fact)))),
      h("ul", {}, one.sources.map((note) => h("li", {}, note.url ? h("a", { href: note.url, target: "_blank", rel: "noreferrer noopener" }, note.title) : note.title,
        h("span", { class: "quiet" }, ` (${note.confidence === "recalled" ? "recalled, not read: check" : note.confidence})`)))))));
}

// Repair: choose an item, a field, a new value; apply it; picture and findings follow.
function repair(app) {
  const { repair: work, answered } = app.state;
  const [asked, others] = [true, false].map((wanted) => work.findings.filter((one) => one.ids.includes(work.asked) === wanted));
  const findings = h("div", {}, h("p", { class: "label" }, "What the engine says now"),
    asked.length ? asked.map((one) => finding(one, "now")) : h("p", {}, "What was to be mended is not found any more."),
    others.length ? [h("p", { class: "label" }, "And besides"), others.map((one) => besides(one))] : null);
  if (answered) return h("div", {}, steps(work), findings);
  const choose = (label, options, value, k, act) => h("label", { class: "field" }, h("span", {}, label),
    h("select", { "data-k": k, onchange: (event) => { const chosen = event.target.value; app.later(() => act(chosen)); }, onblur: () => app.waits?.() }, options.map(([key, words]) => h("option", { value: key, selected: key === value }, words))));
  const field = work.fields.find((one) => one.key === work.field);
  return h("div", { class: "repair" }, steps(work),
    h("fieldset", {}, h("legend", {}, "Change something"),
      choose("What", work.items, work.item, "item", (item) => app.act("select", { item, field: "" })),
      choose("Its", work.fields.map((one) => [one.key, one.label]), work.field, "field", (key) => app.act("select", { item: work.item, field: key })),
      field ? value(app, field) : null,
      h("div", { class: "row" },
        button("Apply", () => app.act("apply", { item: work.item, field: work.field, value: chosen(app) }, "apply"), "apply"),
        work.steps.length ? button("Undo", () => app.act("undo", {}, "apply"), "undo") : null,
        work.removable ? button(`Remove ${work.removable}`, () => app.act("remove", { item: work.item }, "item"), "remove", { class: "danger", dir: "auto" }) : null)),
    findings);
}

function steps(work) {
  return work.steps.length ? h("div", {}, h("p", { class: "label" }, "What you changed"), h("ol", {}, work.steps.map((one) => h("li", { dir: "auto" }, one)))) : null;
}

function value(app, field) {
  const is = (choice) => JSON.stringify(choice.value) === JSON.stringify(field.value);
  if (!field.many) {
    return h("label", { class: "field" }, h("span", {}, "Is"),
      h("select", { "data-k": "value" }, field.choices.map((choice, index) => h("option", { value: index, selected: is(choice) }, choice.words))));
  }
  return h("fieldset", { class: "line", "data-many": "value" }, h("legend", {}, field.label),
    field.choices.map((choice, index) => h("label", { class: "choice" },
      h("input", { type: "checkbox", "data-k": `value/${index}`, value: index, checked: (field.value || []).includes(choice.value) }), " ", h("span", { dir: "auto" }, choice.words))));
}

function chosen(app) {
  const { repair: work } = app.state, field = work.fields.find((one) => one.key === work.field);
  if (!field) return null;
  if (!field.many) return field.choices[Number(app.element("value").value)].value;
  return [...app.root.querySelectorAll("[data-many=value] input:checked")].map((one) => field.choices[Number(one.value)].value);
}

export default {
  render({ model, el }) {
    const sheet = new Sheet(model, el);
    return () => sheet.close();
  },
};
