// Around the canvas: the bar with the answer, the palette, what changed, and on the side form, verdicts, questions, notes.

function answers(summary) {
  const aspect = (name, one) => h("span", { class: "aspect", title: one.sentence }, h("span", { class: "quiet" }, name), " ", chip(one));
  return h("div", { class: "answer", key: "answer" }, aspect("Topology", summary.topology), aspect("Life cycle", summary.lifecycle),
    h("span", { class: "aspect" }, count(summary.questions, "open question")));
}

function bar(app) {
  const { state } = app, { summary } = state;
  const opens = (name, words) => button(words, () => app.open(name), `bar/${name}`, { "aria-expanded": String(app.sheet === name), class: "link" });
  const editing = !state.readOnly && [
    button("↶ Undo", () => app.edit("undo"), "bar/undo", { disabled: !state.undo, title: state.undo && `Undo: ${state.undo}` }),
    button("↷ Redo", () => app.edit("redo"), "bar/redo", { disabled: !state.redo, title: state.redo && `Redo: ${state.redo}` }),
  ];
  return h("header", { class: "bar", key: "bar" },
    h("h2", {}, h("bdi", {}, summary.customer), h("span", { class: "quiet small" }, ` as of ${summary.asOf}${summary.dated ? "" : " (today)"}`)),
    answers(summary),
    h("div", { class: "tools", role: "group", "aria-label": "Workshop", key: "editing" }, editing,
      savedMark(app)),
    h("nav", { class: "tools", "aria-label": "More", key: "more" },
      opens("picture", "Picture"), opens("ports", "Ports"), opens("compare", "Compare"), !state.readOnly && opens("begin", "Start from"),
      !state.readOnly && opens("take", "Take out"), button("Tour", () => app.tour(0), "bar/tour", { class: "link" }),
      button("Presenter", () => app.present(), "bar/presenter", { "aria-pressed": String(app.presenter), class: "link" }),
      button(app.dark ? "Light" : "Dark", () => app.shade(), "bar/shade", { class: "link" })));
}

function savedMark(app) {
  return h("span", { class: "saved", key: "saved", "data-waiting": String(app.waiting > 0 || app.silent) }, app.savedWords());
}

function paletteOf(app) {
  const { palettes } = app.offered;
  const things = palettes[app.version] || [];
  const act = (thing) => () => (thing.group === "chain" ? app.startChain(thing) : app.add(thing.kind));
  const parted = (group, label, inside) => (group[0] === "seldom"
    ? folded(app, `palette/${label}`, { class: "part" }, h("summary", { class: "label" }, label), inside)
    : h("div", { class: "part", role: "group", "aria-label": label }, h("span", { class: "label" }, label), inside));
  const part = (group, label) => parted(group, label,
    things.filter((thing) => group.includes(thing.group)).map((thing) =>
      button(thing.label, act(thing), `palette/${thing.kind}`, {
        class: "thing-button", "aria-pressed": thing.group === "chain" ? String(app.chain?.kind === thing.kind) : null,
        onpointerdown: (event) => ["server", "seldom"].includes(thing.group) && carry(event, thing, app),
      })));
  return h("aside", { class: "palette", "aria-label": "Palette", key: "palette" },
    h("label", { class: "label" }, "Exchange ", h("select", { "data-k": "palette/version", onchange: (event) => app.use(event.target.value) },
      Object.keys(palettes).map((version) => h("option", { value: version, key: version, selected: version === app.version }, version)))),
    part(["server"], "Servers"), part(["seldom"], "Others"), part(["zone"], "Zones"), part(["chain", "single"], "Between"));
}

function happened(app) {
  const { changed } = app.state;
  if (app.chain) {
    const ends = app.chain.ends.length ? app.chain.ends.join(" → ") : "nothing chosen yet";
    return h("div", { class: "happened chain", key: "chain" }, h("span", {}, `${app.chain.label}: ${app.chain.hint} `, h("b", {}, ends)),
      button("Done", () => app.finishChain(), "chain/done", { disabled: app.chain.ends.length < app.chain.least, class: "primary" }),
      button("Cancel", () => app.stopChain(), "chain/cancel"));
  }
  if (!changed.sentence) return h("div", { class: "happened quiet", key: "hint" }, "Drag servers between zones, add from the palette, or select something to fill in what is known.");
  return folded(app, "happened", { class: "happened" }, h("summary", {}, changed.sentence), turns(changed.turns));
}

function turns(all) {
  return h("ul", { class: "turns" }, all.map((turn) => h("li", {}, turn.before.sign ? chip(turn.before) : h("span", { class: "chip v-none" }, "new"), " → ", turn.after.sign ? chip(turn.after) : h("span", { class: "chip v-none" }, "gone"), " ", h("bdi", {}, turn.summary))));
}

const TABS = { form: "Selected", verdicts: "Verdicts", questions: "Questions", notes: "Notes" };

function side(app) {
  const { state } = app;
  const numbers = { verdicts: state.findings.filter((one) => !one.ask && one.verdict !== "supported").length, questions: state.summary.questions };
  const names = Object.keys(TABS);
  const tabs = names.map((name, index) => h("button", {
    type: "button", role: "tab", id: `tab-${app.number}-${name}`, "aria-selected": String(app.tab === name), "aria-controls": `panel-${app.number}`,
    tabindex: app.tab === name ? "0" : "-1", "data-k": `tab/${name}`, onclick: () => app.show(name),
    onkeydown: (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) { event.preventDefault(); const to = names[(index + step + names.length) % names.length]; app.show(to); app.element(`tab/${to}`)?.focus(); }
    },
  }, TABS[name], numbers[name] ? h("span", { class: "number" }, ` ${numbers[name]}`) : null));
  const panel = { form: formPanel, verdicts: verdictPanel, questions: questionPanel, notes: notesPanel }[app.tab](app);
  return h("section", { class: "side", "aria-label": "Details", key: "side" }, h("div", { role: "tablist", "aria-label": "Details", class: "tabs" }, tabs),
    h("div", { role: "tabpanel", id: `panel-${app.number}`, "aria-labelledby": `tab-${app.number}-${app.tab}`, class: "panel", tabindex: "0", "data-k": "panel", key: `panel/${app.tab}`, "data-scroll": `panel/${app.tab}` }, panel));
}

function formPanel(app) {
  const { form, places } = app.state;
  if (!form) return h("p", { class: "quiet" }, app.selected.name ? "…" : "Nothing is selected.");
  const heading = form.name || "The whole topology";
  const fields = form.fields.filter((one) => !one.more).map((one) => field(app, form, one));
  const more = form.fields.filter((one) => one.more).map((one) => field(app, form, one));
  const about = form.name ? findingsAbout(app, keyOf(form.section, form.name)) : [];
  const others = !form.name && places.filter((one) => one.names.length).map((one) =>
    h("div", { class: "field" }, h("div", { class: "label" }, { ad_sites: "AD sites", forests: "Forests", dags: "DAGs" }[one.section]),
      h("div", { class: "row" }, one.names.map((name) => button(name, () => app.select(one.section, name), `whole/${one.section}/${name}`, { dir: "auto" })))));
  return [
    h("h3", {}, h("bdi", {}, heading)),
    about.length ? h("ul", { class: "plain" }, about.filter((one) => one.verdict !== "supported").map((one) => finding(app, one, "form"))) : null,
    fields, others,
    more.length ? folded(app, `more/${form.section}/${form.name}`, {}, h("summary", {}, "More fields"), more) : null,
    form.name && !app.state.readOnly ? button(`Remove ${form.name}`, () => app.edit("remove", { section: form.section, name: form.name }), "form/remove", { class: "danger", dir: "auto" }) : null,
    form.name ? button("The whole topology", () => app.select("", ""), "form/whole", { class: "link" }) : null,
  ];
}

function findingsAbout(app, key) {
  return app.state.findings.filter((one) => one.about.includes(key));
}

function filtered(app, all) {
  const { selected } = app;
  if (!selected.name || !app.only) return all;
  return all.filter((one) => one.about.includes(keyOf(selected.section, selected.name)));
}

function filterBox(app) {
  const { selected } = app;
  if (!selected.name) return null;
  return h("label", { class: "filter" }, h("input", { type: "checkbox", checked: app.only, "data-k": "only", onchange: (event) => app.filter(event.target.checked) }), " Only ", h("bdi", {}, selected.name));
}

function verdictPanel(app) {
  const all = filtered(app, app.state.findings.filter((one) => !one.ask));
  const bad = all.filter((one) => one.verdict !== "supported"), fine = all.filter((one) => one.verdict === "supported");
  const list = (some, k) => h("ul", { class: "plain" }, some.map((one) => finding(app, one, k)));
  return [filterBox(app), bad.length ? list(bad, "v") : h("p", { class: "quiet" }, "Nothing is unsupported, advised against, or tied to a condition."),
    fine.length ? folded(app, "fine", app.only && app.selected.name && !bad.length ? { open: true } : {}, h("summary", {}, `${fine.length} supported, and why`), list(fine, "s")) : null];
}

function questionPanel(app) {
  const all = filtered(app, app.state.findings.filter((one) => one.ask));
  return [filterBox(app), all.length ? h("ul", { class: "plain" }, all.map((one) => h("li", { class: "finding v-unknown", key: one.id }, question(app, one), deeper(app, one, "q")))) : h("p", { class: "quiet" }, "No question is open.")];
}

// A verdict: the sentence, and one click deeper why, what puts it right, evidence and sources.
function finding(app, one, k) {
  if (one.ask) return h("li", { class: "finding v-unknown", key: one.id }, question(app, one), deeper(app, one, k));
  const waived = one.waiver ? h("span", { class: "quiet" }, ` (accepted: ${one.waiver})`) : null;
  const short = one.verdict !== "supported" && k !== "form" && one.fix ? h("p", { class: "fix" }, h("b", {}, "Fix: "), one.fix) : null;
  return h("li", { class: `finding v-${one.verdict}`, key: one.id }, deeper(app, one, k, [chip(one), " ", h("bdi", {}, one.title), waived]), short);
}

function deeper(app, one, k, summary) {
  const key = `${k}/${one.id}`;
  const told = () => reasons(app, one, key);
  return folded(app, key, { ontoggle: ({ target }) => target.open && settle(target.lastElementChild, told()) },
    h("summary", {}, summary || "Why it is asked, and sources"), h("div", { class: "deeper" }, app.opened.has(key) && told()));
}

function reasons(app, one, key) {
  const row = (label, words) => words ? [h("dt", {}, label), h("dd", {}, words)] : [];
  const source = (note) => h("li", {}, note.url ? h("a", { href: note.url, target: "_blank", rel: "noreferrer noopener" }, note.title) : note.title, h("span", { class: "quiet" }, ` (${note.confidence === "recalled" ? "recalled, not read: check" : note.confidence})`));
  const first = one.about.map((about) => [about.slice(0, about.indexOf(":")), about.slice(about.indexOf(":") + 1)]);
  return [
    h("dl", {}, row("Why", one.why), row("Condition", one.condition), row("Fix", one.fix), one.subjects.length ? row("Applies to", one.subjects.join(", ")) : []),
    h("div", { class: "label" }, "Evidence"), h("ul", {}, one.evidence.map((fact) => h("li", {}, h("code", { dir: "auto" }, fact)))),
    one.overrules.length ? [h("div", { class: "label" }, "Rules that yield"), h("ul", {}, one.overrules.map((rule) => h("li", {}, rule)))] : [],
    one.disagreement ? [h("div", { class: "label" }, "Where sources disagree"), h("p", {}, one.disagreement.text), h("ul", {}, one.disagreement.sources.map(source))] : [],
    h("div", { class: "label" }, "Sources"), h("ul", {}, one.sources.map(source)),
    h("div", { class: "row" }, first.slice(0, 4).map(([section, name]) => button(name, () => app.select(section, name), `${key}/go/${section}/${name}`, { class: "small", "aria-label": `Select ${name}`, dir: "auto" })),
      !app.state.readOnly && button("Decide or park", () => app.note(one), `${key}/note`, { class: "small" })),
  ].flat(2);
}

// A question with its answers: a click answers it, for all that lack the field or for those that are ticked.
function question(app, one) {
  const { ask } = one, k = `ask/${one.id}`;
  const head = h("p", { class: "asks" }, chip(one), " ", h("bdi", {}, one.title));
  if (app.state.readOnly) return head;
  const names = app.answersFor.get(one.id)?.filter((name) => ask.names.includes(name)) || ask.names;
  const whole = ask.names.map((name) => ({ value: name, words: name }));
  const whom = ask.names.length > 1 ? folded(app, `${k}/whom`, {}, h("summary", {}, `For ${names.length === ask.names.length ? `all ${names.length}` : names.join(", ") || "none"}`),
    picker({ label: "For whom", choices: whole, value: names, many: true, k: `${k}/names`, pick: (choice) => { app.answersFor.set(one.id, after(choice, whole, true, names)); app.paint(); } })) : null;
  const give = (value) => app.edit("answer", { finding: one.id, names, value });
  if (!ask.key) {
    const [about] = one.about;
    return [head, h("p", { class: "quiet" }, ask.summary, " Draw it on the canvas, or fill in a form."),
      about ? button("Open the form", () => { const at = about.indexOf(":"); app.select(about.slice(0, at), about.slice(at + 1)); app.show("form"); }, `${k}/form`, { class: "small" }) : null];
  }
  if (!ask.choices.length) return [head, whom, writing(app, one.title, [{ key: "value", label: "Answer" }], "Answer", ({ value }) => give(value), k)];
  if (ask.many) {
    const held = app.answersIn.get(one.id) ?? null;
    const choices = ask.choices.map((choice) => ({ ...choice, whole: Array.isArray(choice.value) }));
    return [head, whom, picker({ label: one.title, choices, value: held, many: true, k, pick: (choice) => { app.answersIn.set(one.id, after(choice, choices, true, held || [])); app.paint(); } }),
      button("Answer", () => give(held), `${k}/go`, { disabled: held === null, class: "small primary" })];
  }
  const tight = ask.section === "firewalls" && ask.key === "allow" && button("Only what is needed", () => app.edit("tighten", { name: names[0] }), `${k}/tight`, { class: "small" });
  return [head, whom, picker({ label: one.title, choices: ask.choices, value: undefined, k, pick: (choice) => give(choice.value) }), tight];
}

function notesPanel(app) {
  const { state } = app, about = app.about;
  const when = (one) => h("span", { class: "quiet" }, ` ${one.when.slice(0, 16).replace("T", " ")} UTC`);
  const decide = ({ what, who, why }) => app.edit("decide", { what, who, why, finding: about?.id || "" }).then((ok) => { app.about = ok ? null : about; app.paint(); return ok; });
  const park = ({ what, who }) => app.edit("park", { what, who, finding: about?.id || "" }).then((ok) => { app.about = ok ? null : about; app.paint(); return ok; });
  const name = (verb) => ({ name }) => app.edit(verb, { name });
  const you = `you-${app.number}`;
  return [
    !state.readOnly && h("div", { class: "field" }, h("label", { class: "label", for: you }, "Your name, for what you change"),
      h("input", { id: you, "data-k": "you", value: app.who, maxlength: 80, dir: "auto", autocomplete: "name",
        onchange: (event) => { event.target.defaultValue = event.target.value; app.named(event.target.value.trim()); } })),
    h("h3", {}, "Decisions"),
    h("ul", {}, state.decisions.map((one) => h("li", {}, h("b", { dir: "auto" }, one.what), ` ${one.who}: ${one.why}`, when(one)))),
    !state.readOnly && writing(app, "Write down a decision", [{ key: "what", label: "What was decided", long: true, value: about?.title }, { key: "who", label: "Who", value: app.who }, { key: "why", label: "Why", long: true }], "Decide", decide, "decide"),
    h("h3", {}, "Parked"),
    h("ul", {}, state.parked.map((one, index) => h("li", { class: one.settled ? "settled" : "" }, h("span", { dir: "auto" }, one.what), one.who && ` (${one.who})`, one.settled ? " settled" : !state.readOnly && button("Settled", () => app.edit("settle", { number: index + 1 }), `settle/${index}`, { class: "small" })))),
    !state.readOnly && writing(app, "Park something for later", [{ key: "what", label: "What to settle later", long: true, value: about?.title }, { key: "who", label: "By whom", optional: true }], "Park", park, "park"),
    h("h3", {}, "Branches"),
    h("div", { class: "row" }, state.branches.map((branch) => button(branch, () => app.edit("switch", { name: branch }), `branch/${branch}`, { "aria-pressed": String(branch === state.current), disabled: state.readOnly || branch === state.current, dir: "auto" }))),
    !state.readOnly && writing(app, "Begin a branch from here", [{ key: "name", label: "Name of a new branch" }], "Branch", name("branch"), "branch"),
    h("h3", {}, "Checkpoints"),
    h("div", { class: "row" }, state.checkpoints.map((one) => button(`Back to ${one}`, () => app.edit("restore", { name: one }), `restore/${one}`, { disabled: state.readOnly, dir: "auto" }))),
    !state.readOnly && writing(app, "Set a checkpoint", [{ key: "name", label: "Name of a checkpoint" }], "Checkpoint", name("checkpoint"), "checkpoint"),
    folded(app, "log", {}, h("summary", {}, "What was done"), h("ol", { class: "log" }, state.log.map((one) => h("li", {}, h("bdi", {}, one.words), one.who && one.who !== "exkit" && [" ", h("bdi", { class: "quiet" }, one.who)], when(one))))),
  ];
}
