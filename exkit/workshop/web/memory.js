// What a browser remembers of its person: name, shade, large type, whether the tour was offered.

function darkPage() {
  const { jpThemeLight } = document.body.dataset;
  return jpThemeLight ? jpThemeLight === "false" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function remembered(name) {
  try { return localStorage.getItem(`exkit-workshop-${name}`); } catch { return null; }
}

function remember(name, value) {
  try { localStorage.setItem(`exkit-workshop-${name}`, value); } catch { /* a browser that keeps nothing */ }
}
