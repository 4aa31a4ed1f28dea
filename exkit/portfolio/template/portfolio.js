"use strict";
// Sorts and filters the heat map. Without this script the page is the same, worst first.
for (const heat of document.querySelectorAll(".heat")) {
  const table = heat.querySelector("table"), form = heat.querySelector("form");
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0], rows = [...body.rows];
  const told = form.querySelector("output");
  const words = cell => cell.textContent.trim();
  const rank = cell => cell.dataset.rank === undefined ? 9 : Number(cell.dataset.rank);
  const key = {
    text: cell => words(cell).toLowerCase(),
    number: cell => -(parseInt(words(cell), 10) || 0),
    rank: rank,
  };

  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const back = head.getAttribute("aria-sort") === "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", back ? "descending" : "ascending");
      const of = key[head.dataset.sort], order = back ? -1 : 1;
      const sorted = rows.map((row, index) => [of(row.cells[column]), index, row]);
      sorted.sort((one, two) => (one[0] < two[0] ? -order : one[0] > two[0] ? order : one[1] - two[1]));
      body.append(...sorted.map(one => one[2]));
    });
  });

  const choices = (select, values) => {
    for (const [value, text] of values) select.add(new Option(text, value));
  };
  const verdicts = new Map(rows.map(row => [row.cells[1].dataset.rank, words(row.cells[1])]));
  choices(form.topology, [...verdicts].sort());
  choices(form.statement, heads.map((head, column) => [column, words(head)]).filter((_, column) => heads[column].matches(".statement")));

  const filter = () => {
    const name = form.customer.value.trim().toLowerCase(), column = form.statement.value;
    let shown = 0;
    for (const row of rows) {
      const fits = words(row.cells[0]).toLowerCase().includes(name)
        && (form.topology.value === "" || row.cells[1].dataset.rank === form.topology.value)
        && (column === "" || rank(row.cells[column]) < 9);
      row.hidden = !fits;
      shown += fits;
    }
    told.textContent = shown === rows.length ? `${shown} customers` : `${shown} of ${rows.length} customers`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", event => event.preventDefault());
  form.hidden = false;
  filter();
}
