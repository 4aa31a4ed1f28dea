// Controls of forms: a list to choose from, a line of text, the lines of a firewall. All by mouse, touch and keyboard.

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// A listbox. Arrows move the focus and Enter or Space chooses, so that looking through a list changes nothing.
function picker({ label, choices, value, many, k, pick, disabled }) {
  const chosen = (choice) => (choice.whole || !many ? same(choice.value, value) : (value || []).includes(choice.value));
  const options = choices.map((choice, index) =>
    h("div", {
      role: "option", "aria-selected": String(Boolean(chosen(choice))), "data-k": `${k}/${index}`, "aria-disabled": disabled && "true",
      class: choice.value === null ? "option unknown" : "option", dir: "auto",
      onclick: () => disabled || pick(next(choice)),
    }, choice.words));
  const next = (choice) => {
    if (choice.whole || !many) return choice.value;
    const held = value || [];
    const now = held.includes(choice.value) ? held.filter((one) => one !== choice.value) : [...held, choice.value];
    return choices.map((one) => one.value).filter((one) => now.includes(one));
  };
  let current = Math.max(0, choices.findIndex(chosen));
  const focus = (index) => {
    options.forEach((option, at) => option.setAttribute("tabindex", at === index ? "0" : "-1"));
    current = index;
  };
  if (options.length) focus(current);
  return h("div", {
    role: "listbox", class: choices.length > 14 ? "picker long" : "picker", "aria-label": label,
    "aria-multiselectable": many ? "true" : "false",
    onfocusin: (event) => options.includes(event.target) && focus(options.indexOf(event.target)),
    onkeydown: (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const to = event.key === "Home" ? 0 : event.key === "End" ? options.length - 1 : step && current + step;
      if (to !== undefined && options[to]) options[to].focus();
      else if (event.key === "Enter" || event.key === " ") options[current]?.click();
      else return;
      event.preventDefault();
    },
  }, options);
}

function field(app, form, one) {
  const k = `f/${form.section}/${form.name}/${one.key}`;
  const set = (value) => app.edit("set", { section: form.section, name: form.name, key: one.key, value });
  const disabled = app.state.readOnly;
  const id = `field-${app.number}-${one.key}`;
  const labelled = (control) => h("div", { class: "field" }, h("div", { class: "label", id }, one.label), control);
  if (one.kind === "text") {
    return h("div", { class: "field" }, h("label", { class: "label", for: id }, one.label),
      h("input", {
        id, "data-k": k, value: one.value ?? "", dir: "auto", readonly: disabled, maxlength: 400,
        placeholder: one.open ? "not known" : "",
        onchange: (event) => set(event.target.value), onkeydown: (event) => event.key === "Enter" && event.target.blur(),
      }));
  }
  if (one.kind === "lines") return labelled(lines(app, form, one, k, set));
  const choices = one.choices.map(([value, words]) => ({ value, words }));
  if (one.kind === "many" && one.open) choices.unshift({ value: [], words: "none", whole: true });
  if (one.open) choices.unshift({ value: null, words: "not known", whole: true });
  if (!choices.length) return labelled(h("p", { class: "quiet" }, "Nothing to choose from yet."));
  return labelled(picker({ label: one.label, choices, value: one.value, many: one.kind === "many", k, pick: set, disabled }));
}

// What a firewall lets pass: not known, everything, nothing, or lines.
function lines(app, form, one, k, set) {
  const own = Array.isArray(one.value) ? one.value : [];
  const disabled = app.state.readOnly;
  const kinds = [
    { value: null, words: "not known", whole: true }, { value: "any", words: "everything", whole: true },
    { value: [], words: "nothing", whole: true },
  ];
  const picked = picker({ label: one.label, choices: kinds, value: own.length ? "lines" : one.value, k, pick: set, disabled });
  const told = own.map((line, index) =>
    h("li", {}, h("bdi", {}, line.from), " → ", h("bdi", {}, line.to), ": ", line.ports.join(", ") || "no port",
      !disabled && button("Remove", () => set(own.filter((_, at) => at !== index)), `${k}/remove/${index}`,
        { class: "small", "aria-label": `Remove the line from ${line.from} to ${line.to}` })));
  if (disabled) return h("div", {}, picked, h("ul", { class: "lines" }, told));
  const end = (word) => h("select", { "aria-label": word, "data-k": `${k}/${word}` },
    one.choices.map(([value, words]) => h("option", { value }, words)));
  const from = end("From"), to = end("To");
  const ports = h("input", { "aria-label": "Ports", placeholder: "443/tcp, 25/tcp", "data-k": `${k}/ports` });
  const add = () => {
    const written = ports.value.split(/[\s,;]+/).filter(Boolean);
    app.edit("set", {
      section: form.section, name: form.name, key: one.key,
      value: [...own, { from: from.value, to: to.value, ports: written.length ? written : ["any"] }],
    });
  };
  return h("div", {}, picked,
    button("Only what is needed", () => app.edit("tighten", { name: form.name }), `${k}/tighten`,
      { title: "The lines that the ports table asks for, and no more" }),
    told.length ? h("ul", { class: "lines" }, told) : null,
    h("div", { class: "row" }, from, "→", to, ports, button("Add line", add, `${k}/add`, { class: "small" })));
}

// A small form of text fields that does one thing.
function writing(app, title, parts, words, act, k) {
  const inputs = parts.map((part) => h(part.long ? "textarea" : "input", {
    "aria-label": part.label, placeholder: part.label, required: !part.optional, "data-k": `${k}/${part.key}`, dir: "auto",
    rows: part.long ? 2 : null, maxlength: part.long ? 4000 : 80, value: part.long ? null : part.value || "",
  }, part.long ? part.value || "" : ""));
  return h("form", {
    class: "writing", "aria-label": title,
    onsubmit: (event) => {
      event.preventDefault();
      act(Object.fromEntries(parts.map((part, index) => [part.key, inputs[index].value.trim()])))
        .then((ok) => ok && parts.map((part) => app.element(`${k}/${part.key}`)).forEach((input) => { if (input) input.value = ""; }));
    },
  }, inputs, h("button", { type: "submit", "data-k": `${k}/go` }, words));
}
