// Cells exchanged with Excel and Sheets: a pasted block fills right and down, a copied selection is text with tabs.

import { changed, filled, matrix, put, readable, tell, valueOf } from "./grid_cells.js";
import { emptied, isEditing, picked } from "./grid_keys.js";

const SHOWN = 10;

/** The rows of a pasted text; a cell in quotes may hold tabs, lines and doubled quotes, as Excel writes them. */
export function block(text) {
  const rows = [[""]];
  const source = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  let quoted = false;
  for (let at = 0; at < source.length; at += 1) {
    const row = rows.at(-1);
    const sign = source[at];
    if (quoted) {
      if (sign !== '"') row[row.length - 1] += sign;
      else if (source[at + 1] === '"') row[row.length - 1] += source[(at += 1)];
      else quoted = false;
    } else if (sign === '"' && row.at(-1) === "") quoted = true;
    else if (sign === "\t") row.push("");
    else if (sign === "\n") rows.push([""]);
    else row[row.length - 1] += sign;
  }
  return rows;
}

function cellOf(event) {
  const cell = event.target;
  const grid = cell.matches?.("[data-cell]") && cell.closest("[data-grid][data-draft]");
  return grid ? { cell, grid } : {};
}

function paste(grid, cell, values) {
  const chosen = picked(grid, cell);
  const rows = matrix(grid);
  const top = rows.findIndex((row) => row.includes(chosen[0][0]));
  const left = rows[top].indexOf(chosen[0][0]);
  // One value fills the whole selection.
  const isOne = values.length === 1 && values[0].length === 1;
  const wanted = isOne ? chosen.map((row) => row.map(() => values[0][0])) : values;
  const cells = [];
  const beyond = [];
  wanted.forEach((row, down) => {
    row.forEach((text, right) => {
      const place = rows[top + down]?.[left + right];
      if (!place) {
        if (text.trim()) beyond.push(text.trim());
        return;
      }
      put(place, readable(place, text, grid));
      cells.push(place);
    });
  });
  // A block that brings its own locks keeps them.
  const brings = cells.some((each) => each.matches("[data-lock]"));
  const unread = changed(grid, cells, { locks: !brings });
  const words = grid.querySelector("[data-grid-bar]").dataset;
  const told = [filled(words.pasted, { count: cells.length })];
  if (unread) told.push(filled(words.unread, { count: unread }));
  if (beyond.length) {
    const some = beyond.slice(0, SHOWN).join(", ") + (beyond.length > SHOWN ? " …" : "");
    told.push(filled(words.beyond, { count: beyond.length, values: some }));
  }
  tell(grid, told.join(" · "));
}

document.addEventListener("paste", (event) => {
  const { cell, grid } = cellOf(event);
  if (!grid) return;
  const text = event.clipboardData.getData("text/plain");
  const values = block(text);
  const isOne = values.length === 1 && values[0].length === 1;
  if (!text || (isOne && isEditing(cell))) return;
  event.preventDefault();
  paste(grid, cell, values);
});

function copy(event) {
  const { cell, grid } = cellOf(event);
  if (!grid || isEditing(cell)) return false;
  const rows = picked(grid, cell);
  event.clipboardData.setData("text/plain", rows.map((row) => row.map(valueOf).join("\t")).join("\n"));
  event.preventDefault();
  return true;
}

document.addEventListener("copy", copy);
document.addEventListener("cut", (event) => {
  const { cell, grid } = cellOf(event);
  if (copy(event)) emptied(grid, cell);
});
