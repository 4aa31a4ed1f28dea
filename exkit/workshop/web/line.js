// To and from Python: what is asked, what came back, what is still on its way, and whether anybody answers.

const ANSWER_WITHIN = 8000, SLOW = 180000, HEARTBEAT = 10000, NOTICED = 150, SOON = 1000; // ms

class Line {
  constructor(model) {
    Object.assign(this, { model, call: 0, calls: new Map(), waiting: 0, silent: false, error: "" });
  }

  send(what, more = {}, within = ANSWER_WITHIN) {
    const id = ++this.call;
    const answer = new Promise((resolve) => {
      const late = setTimeout(() => this.lost(true), within);
      this.calls.set(id, (message) => { clearTimeout(late); resolve(message); });
    });
    this.busy();
    this.model.send({ do: what, id, head: this.state?.head, ...more });
    return answer;
  }

  heard(message) {
    this.lost(false);
    this.calls.get(message.reply)?.(message);
    this.calls.delete(message.reply);
    setTimeout(() => this.busy()); // after what the answer sets off
  }

  // Whether something is on its way: an answer, or the rest that belongs to what came first.
  busy() { this.root.dataset.busy = String(this.calls.size > 0 || this.state?.turn !== this.state?.of); }

  // A change: shown when it is on disk. Gives whether it was made. "Saving" is said only when somebody has to wait.
  async edit(what, more = {}, within) {
    this.waiting += 1;
    const late = setTimeout(() => this.markSaved(), NOTICED);
    const answer = await this.send(what, more, within);
    clearTimeout(late);
    this.waiting -= 1;
    this.error = answer.ok ? "" : answer.error;
    if (answer.section) this.choose(answer.section, answer.name);
    this.warn();
    this.markSaved();
    return answer.ok && answer;
  }

  lost(silent) {
    if (silent === this.silent) return;
    this.silent = silent;
    this.warn();
    this.markSaved();
  }

  savedWords() {
    if (this.silent) return "no answer";
    return this.waiting ? "saving …" : this.state.readOnly ? "following" : this.state.tour ? "example" : "saved";
  }

  markSaved() {
    const saved = this.root.querySelector(".saved");
    if (saved) become(saved, savedMark(this));
  }

  warn() {
    const words = this.silent
      ? "The workshop's program does not answer: the network or its kernel is gone. What was shown as saved is on disk. Reload the page; in JupyterLab restart the kernel and run the notebook again."
      : this.state?.trouble || this.error;
    const close = this.silent ? [] : [button("Close", () => { this.error = ""; this.warn(); }, "warning/close")];
    settle(this.warning, words ? [h("span", { dir: "auto" }, words), ...close] : []);
  }
}
