// The sums under a target's children follow every key; the server has the last word when the grid is sent.
//
// Typing an amount locks its row, so that distributing keeps it.

import { toNumber } from "./grid_cells.js";

function refresh(grid) {
  const scale = Number(grid.dataset.scale);
  const wanted = (Number(grid.dataset.total) / scale) * (1 + toNumber(grid.querySelector("[data-cushion]")?.value ?? "0") / 100);
  const amounts = [...grid.querySelectorAll("[data-amount]")];
  // Children on other pages of the grid count too.
  const elsewhere = Number(grid.dataset.elsewhere) / scale;
  const sum = amounts.reduce((total, input) => total + toNumber(input.value, Boolean(grid.dataset.percent)), elsewhere);
  const show = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2 });
  const gap = Math.round((wanted - sum) * 100) / 100;
  const put = (name, text) => {
    const place = grid.querySelector(`[data-${name}]`);
    if (place) place.textContent = text;
    return place;
  };
  put("sum", show.format(sum));
  put("over", show.format(sum - Number(grid.dataset.total) / scale));
  const place = put("gap", (gap === 0 ? "✓ " : "") + show.format(gap));
  place?.classList.toggle("text-green", gap === 0);
  place?.classList.toggle("text-red", gap !== 0);
  for (const input of amounts) {
    const share = input.closest("tr").querySelector("[data-share]");
    if (share) share.textContent = sum ? `${((toNumber(input.value, Boolean(grid.dataset.percent)) / sum) * 100).toFixed(1)} %` : "–";
  }
}

document.addEventListener("grid:changed", (event) => {
  if (!event.target.dataset.ratio) refresh(event.target);
});

document.addEventListener("input", (event) => {
  const grid = event.target.closest("[data-grid]");
  if (!grid) return;
  if (event.target.matches("[data-amount]")) {
    event.target.closest("tr").querySelector("[data-lock]").checked = true;
  }
  if (event.target.matches("[data-amount], [data-cushion]") && !grid.dataset.ratio) refresh(grid);
});
