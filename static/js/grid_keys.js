// A grid moved in like a spreadsheet: arrows, Enter and Tab move, Shift+arrows select, Delete empties, Ctrl+D
// fills down, Escape takes a cell back. Its cells stay plain inputs, so screen readers read them as such.
//
// A cell is "ready" once it is reached, with its text selected: arrows move on. Typing, F2 or a second click
// edits it: Left and Right then move inside its text.

import { changed, filled, isLock, matrix, put, tell, valueOf } from "./grid_cells.js";

let editing = null;
let before = { cell: null, value: "" };
let anchor = null;

const gridOf = (node) => node?.closest?.("[data-grid][data-draft]");
const words = (grid) => grid.querySelector("[data-grid-bar]").dataset;

function placeOf(rows, cell) {
  const row = rows.findIndex((each) => each.includes(cell));
  return { row, column: row < 0 ? -1 : rows[row].indexOf(cell) };
}

/** The rectangle that is selected, as rows of cells: the cell itself where nothing is. */
export function picked(grid, cell) {
  const rows = matrix(grid);
  const from = placeOf(rows, anchor && grid.contains(anchor) ? anchor : cell);
  const to = placeOf(rows, cell);
  if (to.row < 0 || from.row < 0) return [];
  const [top, bottom] = [from.row, to.row].sort((a, b) => a - b);
  const [left, right] = [from.column, to.column].sort((a, b) => a - b);
  return rows.slice(top, bottom + 1).map((row) => row.slice(left, right + 1));
}

function show(grid, cell) {
  const cells = picked(grid, cell);
  const isMany = cells.length > 1 || cells[0]?.length > 1;
  const marked = new Set(isMany ? cells.flat() : []);
  for (const each of grid.querySelectorAll("[data-cell]")) {
    each.closest("td").classList.toggle("is-picked", marked.has(each));
  }
  if (isMany) tell(grid, filled(words(grid).picked, { rows: cells.length, columns: cells[0].length }));
}

function go(grid, cell, { extend = false, from = cell } = {}) {
  if (!cell) return;
  if (extend) anchor ??= from;
  else anchor = null;
  cell.focus();
  editing = null;
  if (!isLock(cell)) cell.select();
  show(grid, cell);
}

function step(grid, cell, down, right, extend = false) {
  const rows = matrix(grid);
  const at = placeOf(rows, cell);
  const row = rows[Math.min(rows.length - 1, Math.max(0, at.row + down))];
  go(grid, row[Math.min(row.length - 1, Math.max(0, at.column + right))], { extend, from: cell });
}

/** Empty what is selected. */
export function emptied(grid, cell) {
  const cells = picked(grid, cell).flat();
  for (const each of cells) put(each, "");
  changed(grid, cells);
  tell(grid, words(grid).emptied);
}

function fillDown(grid, cell) {
  let cells = picked(grid, cell);
  if (cells.length === 1) {
    const rows = matrix(grid);
    const { row, column } = placeOf(rows, cells[0][0]);
    if (row > 0) cells = [rows[row - 1].slice(column, column + cells[0].length), ...cells];
  }
  const [first, ...below] = cells;
  for (const row of below) row.forEach((each, at) => put(each, valueOf(first[at])));
  changed(grid, below.flat());
  tell(grid, words(grid).filled);
}

function takeBack(grid, cell) {
  if (before.cell === cell && valueOf(cell) !== before.value) {
    put(cell, before.value);
    const lock = cell.closest("tr").querySelector("[data-lock]");
    if (cell.matches("[data-amount]") && lock) lock.checked = before.locked;
    changed(grid, [cell], { locks: false });
    tell(grid, words(grid).restored);
  }
  editing = null;
  anchor = null;
  if (!isLock(cell)) cell.select();
  show(grid, cell);
}

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function onKey(event) {
  const cell = event.target;
  const grid = cell.matches?.("[data-cell]") && gridOf(cell);
  if (!grid || event.isComposing || event.altKey) return;
  const isEditing = editing === cell;
  const done = () => event.preventDefault();
  if (event.ctrlKey || event.metaKey) {
    if (event.key.toLowerCase() === "d") {
      done();
      fillDown(grid, cell);
    }
    return;
  }
  if (event.key in ARROWS) {
    const [down, right] = ARROWS[event.key];
    if (isEditing && (right || event.shiftKey)) return;
    done();
    step(grid, cell, down, right, event.shiftKey);
  } else if (event.key === "Enter") {
    done();
    step(grid, cell, event.shiftKey ? -1 : 1, 0);
  } else if (event.key === "Escape") {
    done();
    takeBack(grid, cell);
  } else if (event.key === "F2" && !isLock(cell)) {
    done();
    editing = cell;
    cell.setSelectionRange(cell.value.length, cell.value.length);
  } else if ((event.key === "Delete" || event.key === "Backspace") && !isEditing) {
    done();
    emptied(grid, cell);
  } else if (event.key.length === 1 && !isLock(cell)) {
    editing = cell;
  }
}

document.addEventListener("keydown", onKey);

document.addEventListener("focusin", (event) => {
  const cell = event.target;
  const grid = cell.matches?.("[data-cell]") && gridOf(cell);
  if (!grid) return;
  before = { cell, value: valueOf(cell), locked: cell.closest("tr").querySelector("[data-lock]")?.checked };
  if (editing !== cell) editing = null;
  if (!isLock(cell)) cell.select();
});

document.addEventListener("mousedown", (event) => {
  const cell = event.target;
  const grid = cell.matches?.("[data-cell]") && gridOf(cell);
  if (!grid) return;
  const stands = document.activeElement;
  if (event.shiftKey && stands !== cell && gridOf(stands) === grid && stands.matches("[data-cell]")) {
    event.preventDefault();
    go(grid, cell, { extend: true, from: stands });
  } else if (stands === cell) {
    editing = cell;
  } else {
    anchor = null;
    show(grid, cell);
  }
});

/** Whether the text of a cell is being edited, so that copying and pasting are about the text. */
export const isEditing = (cell) => editing === cell;
