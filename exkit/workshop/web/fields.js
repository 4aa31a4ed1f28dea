// Controls of forms: a list to choose from, a line of text, the lines of a firewall. All by mouse, touch and keyboard.

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// A listbox. Arrows move the focus and Enter or Space chooses, so that looking through a list changes nothing.
function picker({ label, choices, value, many, k, pick, disabled }) {
  const chosen = (choice) => (choice.whole || !many ? same(choice.value, value) : (value || []).includes(choice.value));
  const first = Math.max(0, choices.findIndex(chosen));
  const options = choices.map((choice, index) =>
    h("div", {
      role: "option", "aria-selected": String(Boolean(chosen(choice))), "data-k": `${k}/${JSON.stringify(choice.value)}`,
      "aria-disabled": disabled && "true", tabindex: index === first ? "0" : "-1", dir: "auto",
      class: choice.value === null ? "option unknown" : "option", onclick: () => disabled || pick(choice),
    }, choice.words));
  return h("div", {
    role: "listbox", class: choices.length > 14 ? "picker long" : "picker", "aria-label": label,
    "aria-multiselectable": many ? "true" : "false", onfocusin: (event) => rove(event.target), onkeydown: chosenByKey,
  }, options);
}

// The one option of a listbox that Tab comes to is where the focus was last.
function rove(option) {
  for (const other of option.parentNode.children) put(other, "tabindex", other === option ? "0" : "-1");
}

function chosenByKey(event) {
  const options = [...event.currentTarget.children], at = options.indexOf(event.target);
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  const to = event.key === "Home" ? 0 : event.key === "End" ? options.length - 1 : step && at + step;
  if (to !== undefined && options[to]) options[to].focus();
  else if (event.key === "Enter" || event.key === " ") options[at]?.click();
  else return;
  event.preventDefault();
}

// The value after a choice: of many, the choice comes or goes.
function after(choice, choices, many, held) {
  if (choice.whole || !many) return choice.value;
  const now = held.includes(choice.value) ? held.filter((one) => one !== choice.value) : [...held, choice.value];
  return choices.map((one) => one.value).filter((one) => now.includes(one));
}

function field(app, form, one) {
  const k = `f/${form.section}/${form.name}/${one.key}`;
  // A second choice may come before the first is answered: it goes on from what was chosen, not from what is shown.
  const chosen = () => (app.chosen.has(k) ? app.chosen.get(k) : one.value);
  const set = (value) => {
    app.chosen.set(k, value);
    return app.edit("set", { section: form.section, name: form.name, key: one.key, value });
  };
  const disabled = app.state.readOnly;
  const id = `field-${app.number}-${one.key}`;
  const labelled = (control) => h("div", { class: "field", key: k }, h("div", { class: "label", id }, one.label), control);
  if (one.kind === "text") {
    return h("div", { class: "field", key: k }, h("label", { class: "label", for: id }, one.label),
      h("input", {
        id, "data-k": k, value: one.value ?? "", dir: "auto", readonly: disabled, maxlength: 400,
        placeholder: one.open ? "not known" : "",
        onchange: (event) => { event.target.defaultValue = event.target.value; set(event.target.value); }, onkeydown: (event) => event.key === "Enter" && event.target.blur(),
      }));
  }
  if (one.kind === "lines") return labelled(lines(app, form, one, k, chosen, set));
  const choices = one.choices.map(([value, words]) => ({ value, words }));
  if (one.kind === "many" && one.open) choices.unshift({ value: [], words: "none", whole: true });
  if (one.open) choices.unshift({ value: null, words: "not known", whole: true });
  if (!choices.length) return labelled(h("p", { class: "quiet" }, "Nothing to choose from yet."));
  const many = one.kind === "many";
  return labelled(picker({ label: one.label, choices, value: one.value, many, k, disabled, pick: (choice) => set(after(choice, choices, many, chosen() || [])) }));
}

function without(lines, line) {
  const found = lines.findIndex((other) => same(other, line));
  return lines.filter((_, at) => at !== found);
}

// What a firewall lets pass: not known, everything, nothing, or lines.
function lines(app, form, one, k, chosen, set) {
  const list = (value) => (Array.isArray(value) ? value : []);
  const own = list(one.value);
  const disabled = app.state.readOnly;
  const kinds = [
    { value: null, words: "not known", whole: true }, { value: "any", words: "everything", whole: true },
    { value: [], words: "nothing", whole: true },
  ];
  const picked = picker({ label: one.label, choices: kinds, value: own.length ? "lines" : one.value, k, pick: (choice) => set(choice.value), disabled });
  const told = own.map((line, index) =>
    h("li", {}, h("bdi", {}, line.from), " → ", h("bdi", {}, line.to), ": ", line.ports.join(", ") || "no port",
      !disabled && button("Remove", () => set(without(list(chosen()), line)), `${k}/remove/${index}`,
        { class: "small", "aria-label": `Remove the line from ${line.from} to ${line.to}` })));
  if (disabled) return h("div", {}, picked, h("ul", { class: "lines" }, told));
  const end = (word) => h("select", { "aria-label": word, "data-k": `${k}/${word}` },
    one.choices.map(([value, words]) => h("option", { value, key: value }, words)));
  const written = (part) => app.element(`${k}/${part}`).value;
  const add = () => {
    const ports = written("ports").split(/[\s,;]+/).filter(Boolean);
    set([...list(chosen()), { from: written("From"), to: written("To"), ports: ports.length ? ports : ["any"] }])
      .then((made) => { if (made) app.element(`${k}/ports`).value = ""; });
  };
  return h("div", {}, picked,
    button("Only what is needed", () => app.edit("tighten", { name: form.name }), `${k}/tighten`,
      { title: "The lines that the ports table asks for, and no more" }),
    told.length ? h("ul", { class: "lines" }, told) : null,
    h("div", { class: "row" }, end("From"), "→", end("To"),
      h("input", { "aria-label": "Ports", placeholder: "443/tcp, 25/tcp", "data-k": `${k}/ports` }), button("Add line", add, `${k}/add`, { class: "small" })));
}

// A small form of text fields that does one thing. What is half written stays while another tab is looked at.
function writing(app, title, parts, words, act, k) {
  const inputs = parts.map((part) => {
    const name = `${k}/${part.key}`;
    const input = h(part.long ? "textarea" : "input", {
      "aria-label": part.label, placeholder: part.label, required: !part.optional, "data-k": name, dir: "auto",
      rows: part.long ? 2 : null, maxlength: part.long ? 4000 : 80, value: part.long ? null : part.value || "",
      oninput: (event) => app.drafts.set(name, event.target.value),
    }, part.long ? part.value || "" : "");
    if (app.drafts.has(name)) input.value = app.drafts.get(name);
    return input;
  });
  const clear = (name) => {
    app.drafts.delete(name);
    const input = app.element(name);
    if (input) input.value = "";
  };
  return h("form", {
    class: "writing", "aria-label": title, key: k,
    onsubmit: (event) => {
      event.preventDefault();
      const said = parts.map((part) => [part.key, app.element(`${k}/${part.key}`).value.trim()]);
      act(Object.fromEntries(said)).then((ok) => ok && parts.forEach((part) => clear(`${k}/${part.key}`)));
    },
  }, inputs, h("button", { type: "submit", "data-k": `${k}/go` }, words));
}
