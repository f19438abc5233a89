// Undo and redo over everything that changes cells: typing, pasting, filling, locks, and a preview's amounts.
//
// What stands in the cells is compared with what stood there last; the differences are one step. The steps
// live in the tab, so that they outlive a preview; a page that shows what is saved begins anew.

import { changed, matrix, put, tell, valueOf } from "./grid_cells.js";

const MOST = 200;
const grid = document.querySelector("[data-grid][data-draft]");
const key = grid && `grid-undo-${grid.dataset.target}-${new URLSearchParams(window.location.search).get("page") ?? "1"}`;
let state = { last: {}, done: [], undone: [] };

const cellsOf = () => [...matrix(grid).flat(), grid.querySelector("[data-cushion]")].filter(Boolean);
const now = () => Object.fromEntries(cellsOf().map((cell) => [cell.name, valueOf(cell)]));

function record() {
  const stands = now();
  const step = Object.keys(stands)
    .filter((name) => name in state.last && state.last[name] !== stands[name])
    .map((name) => [name, state.last[name], stands[name]]);
  state.last = stands;
  if (step.length) {
    state.done = [...state.done, step].slice(-MOST);
    state.undone = [];
  }
  offer();
}

function offer() {
  grid.querySelector("[data-undo]").disabled = !state.done.length;
  grid.querySelector("[data-redo]").disabled = !state.undone.length;
}

function move(from, to, side, word) {
  record();
  const step = state[from].pop();
  if (!step) return;
  const names = new Map(cellsOf().map((cell) => [cell.name, cell]));
  const cells = [];
  for (const each of step) {
    const cell = names.get(each[0]);
    if (!cell) continue;
    put(cell, each[side]);
    if (cell.dataset.cell) cells.push(cell);
  }
  state[to].push(step);
  state.last = now();
  changed(grid, cells, { locks: false });
  offer();
  const first = cells.find((cell) => cell.type !== "checkbox") ?? cells[0];
  first?.focus();
  tell(grid, grid.querySelector("[data-grid-bar]").dataset[word]);
}

const undo = () => move("done", "undone", 1, "undone");
const redo = () => move("undone", "done", 2, "redone");

function start() {
  const kept = grid.dataset.typed ? window.sessionStorage.getItem(key) : null;
  if (kept) state = JSON.parse(kept);
  else state.last = now();
  record();
  grid.querySelector("[data-grid-undo-bar]").hidden = false;
  grid.querySelector("[data-grid-keys]").hidden = false;
  grid.addEventListener("change", record);
  grid.addEventListener("grid:changed", record);
  grid.querySelector("[data-undo]").addEventListener("click", undo);
  grid.querySelector("[data-redo]").addEventListener("click", redo);
  grid.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const letter = event.key.toLowerCase();
    if (letter !== "z" && letter !== "y") return;
    event.preventDefault();
    if (letter === "y" || event.shiftKey) redo();
    else undo();
  });
  window.addEventListener("pagehide", () => {
    record();
    try {
      window.sessionStorage.setItem(key, JSON.stringify(state));
    } catch {
      // A full store forgets the steps, never a cell.
    }
  });
}

if (grid) start();
