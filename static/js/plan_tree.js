// The tree of a plan's targets: a branch unfolds in place, by its arrow or by the keys of the ARIA tree pattern.
//
//   <div role="tree" data-plan-tree><a role="treeitem" aria-level="1" aria-expanded="false" data-branch="/…/branch/7/">
//
// Rows lie flat under each other; what is below a row follows it with a higher aria-level. Without scripts a row's
// link opens its target, and with it the branch.

const level = (row) => Number(row.getAttribute("aria-level"));
const isOpen = (row) => row.getAttribute("aria-expanded") === "true";
const rowsOf = (tree) => [...tree.querySelectorAll("[role=treeitem]")];

function below(row) {
  const rows = [];
  for (let next = row.nextElementSibling; next && level(next) > level(row); next = next.nextElementSibling) rows.push(next);
  return rows;
}

function parentOf(row) {
  let above = row.previousElementSibling;
  while (above && level(above) >= level(row)) above = above.previousElementSibling;
  return above;
}

async function unfold(row) {
  row.setAttribute("aria-expanded", "true");
  row.setAttribute("aria-busy", "true");
  try {
    await window.htmx.ajax("GET", row.dataset.branch, { source: row, target: row, swap: "afterend" });
  } finally {
    row.removeAttribute("aria-busy");
    settle(row.closest("[data-plan-tree]"));
  }
}

function fold(row) {
  row.setAttribute("aria-expanded", "false");
  for (const each of below(row)) each.remove();
  settle(row.closest("[data-plan-tree]"), row);
}

// One row is reached by Tab: the last one stood on, else the chosen one.
function settle(tree, stand = null) {
  const rows = rowsOf(tree);
  const chosen = stand ?? rows.find((row) => row.tabIndex === 0 && row.dataset.stand) ?? rows.find((row) => row.ariaCurrent) ?? rows[0];
  for (const row of rows) {
    row.tabIndex = row === chosen ? 0 : -1;
    if (row === chosen) row.dataset.stand = "yes";
    else delete row.dataset.stand;
  }
}

function go(row) {
  if (!row) return;
  settle(row.closest("[data-plan-tree]"), row);
  row.focus();
}

const keys = {
  ArrowDown: (row, rows) => go(rows[rows.indexOf(row) + 1]),
  ArrowUp: (row, rows) => go(rows[rows.indexOf(row) - 1]),
  Home: (_row, rows) => go(rows[0]),
  End: (_row, rows) => go(rows.at(-1)),
  ArrowRight: (row) => {
    if (!row.dataset.branch) return;
    if (isOpen(row)) go(below(row)[0]);
    else unfold(row);
  },
  ArrowLeft: (row) => {
    if (isOpen(row)) fold(row);
    else go(parentOf(row));
  },
};

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.("[data-plan-tree] [role=treeitem]");
  if (!row || !keys[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  keys[event.key](row, rowsOf(row.closest("[data-plan-tree]")));
});

document.addEventListener("click", (event) => {
  const arrow = event.target.closest("[data-plan-tree] [data-fold]");
  if (!arrow) return;
  event.preventDefault();
  const row = arrow.closest("[role=treeitem]");
  if (isOpen(row)) fold(row);
  else unfold(row);
});

document.querySelectorAll("[data-plan-tree]").forEach((tree) => settle(tree));
