// What takes the place of the canvas for a while: the picture, the ports, a comparison, beginning again, taking out; and the tour.

const SHEETS = { picture: "Picture", ports: "Ports to open", compare: "Compare two branches", begin: "Start from", take: "Take out" };

function sheet(app) {
  const body = { picture: asked("picture"), ports: asked("ports"), compare, begin, take }[app.sheet](app);
  return h("section", { class: "sheet", "aria-label": SHEETS[app.sheet], tabindex: "0", "data-k": "sheet", key: `sheet/${app.sheet}`, "data-scroll": `sheet/${app.sheet}` },
    h("div", { class: "row head" }, h("h3", {}, SHEETS[app.sheet]), button("Back to the canvas", () => app.open(null), "sheet/back", { class: "primary" })), body);
}

// HTML that exkit made; it escapes whatever a customer typed. It is put in once, and stays as people leave it.
function made(html, number, props = {}) {
  const holder = h("div", { class: "made", key: `made/${number}`, ...props });
  holder.innerHTML = html;
  holder.filled = true;
  return holder;
}

function asked(name) {
  return (app) => {
    const held = app.fetched(name, {});
    return held ? made(held.html, held.reply) : h("p", { class: "quiet" }, "Being made …");
  };
}

function compare(app) {
  const { state } = app;
  if (state.branches.length < 2) return h("p", {}, "There is one branch only. Begin another under Notes: it starts from what is on the screen.");
  const one = app.compared[0] && state.branches.includes(app.compared[0]) ? app.compared[0] : state.branches[0];
  const other = app.compared[1] && state.branches.includes(app.compared[1]) ? app.compared[1] : state.branches.find((name) => name !== one);
  const choose = (label, value, at) => picker({ label, choices: state.branches.map((name) => ({ value: name, words: name })), value, k: `compare/${at}`, pick: (choice) => { app.compared = at ? [one, choice.value] : [choice.value, other]; app.paint(); } });
  const held = app.fetched("compare", { one, other });
  if (!held) return [choose("Left", one, 0), choose("Right", other, 1), h("p", { class: "quiet" }, "Being made …")];
  const column = (side, at) => {
    const picture = made(side.svg, held.reply, { class: "made paper", tabindex: "0", role: "region", "aria-label": `Picture of ${side.name}` });
    return h("div", { class: "column" }, choose(at ? "Right" : "Left", side.name, at), h("p", {}, h("b", { dir: "auto" }, side.name), " ", chip(side.topology), " ", count(side.questions, "question")), picture);
  };
  return [h("div", { class: "columns" }, held.sides.map(column)),
    h("h3", {}, "What differs"), held.differ.turns.length ? h("p", {}, h("bdi", {}, one), " → ", h("bdi", {}, other), ": ", held.differ.sentence.replace("This ", "")) : h("p", {}, "No verdict differs."), turns(held.differ.turns)];
}

function begin(app) {
  const file = h("input", { type: "file", accept: ".yaml,.yml", "aria-label": "A topology file", "data-k": "begin/file",
    onchange: async (event) => {
      const [chosen] = event.target.files;
      if (chosen) app.edit("load", { name: chosen.name, text: await chosen.text() }).then((ok) => ok && app.open(null));
    } });
  return [h("p", {}, "Another topology takes the place of the one on the screen. Undo brings this one back; nothing is lost."),
    h("h3", {}, "A file"), file, h("h3", {}, "A pattern"),
    h("ul", { class: "plain" }, app.offered.patterns.map((one) => h("li", { class: "pattern" }, button(one.name, () => app.edit("load", { pattern: one.name }).then((ok) => ok && app.open(null)), `begin/${one.name}`), h("span", { class: "quiet" }, " ", one.lesson))))];
}

const TAKEN = { yaml: "Topology (YAML)", report: "Report (HTML)", svg: "Picture (SVG)", png: "Picture (PNG)", docx: "Minutes (Word)", minutes: "Minutes (Markdown)" };

function take(app) {
  return [h("p", {}, "Files are written beside the journal, in a folder named after it."),
    h("ul", { class: "plain" }, Object.entries(TAKEN).map(([what, words]) => {
      const made = app.taken.get(what);
      return h("li", { class: "pattern" }, button(words, () => app.take(what), `take/${what}`, { disabled: made === "" }),
        h("span", { role: "status" }, made === "" ? " being written …" : made ? [" written: ", h("code", { dir: "auto" }, made)] : ""));
    }))];
}

function tourBox(app) {
  const { tour } = app.state;
  return h("section", { class: "tour", "aria-label": "Tour", key: "tour" },
    h("h3", {}, `${tour.step + 1} of ${tour.of}: ${tour.title}`), h("p", {}, tour.text),
    h("div", { class: "row" },
      button("Back", () => app.tour(tour.step - 1), "tour/back", { disabled: tour.step === 0 }),
      tour.step + 1 < tour.of ? button("Next", () => app.tour(tour.step + 1), "tour/next", { class: "primary" }) : null,
      button("End the tour", () => app.tour(null), "tour/end"),
      h("span", { class: "quiet small" }, "An example: your workshop waits untouched.")));
}

function welcome(app) {
  return h("section", { class: "tour", "aria-label": "Welcome", key: "welcome" }, h("h3", {}, "First visit?"),
    h("p", {}, "Six steps show what the workshop does and the story behind it: why the front-end of 2003 may stand in the perimeter network and a Client Access server may not."),
    h("div", { class: "row" }, button("Take the tour", () => app.tour(0), "welcome/tour", { class: "primary" }), button("Not now", () => app.welcomed(), "welcome/no")));
}
