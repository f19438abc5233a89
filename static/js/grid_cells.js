// What people write into the cells of a grid, read like the server reads it (crm/calc/cells.py): exact where a
// number holds it, null where it is none. Both are held to the same table of cases.

const TIMES = {
  千: 3, 万: 4, 萬: 4, 十万: 5, 百万: 6, 千万: 7, 亿: 8, 億: 8,
  k: 3, w: 4, m: 6, mn: 6, mio: 6, bn: 9,
};
const OWN_SIGNS = "¥|\\$|€|£|₩|₹|元|圆|人民币|rmb|cny|usd|eur|gbp|jpy|hkd|krw|inr|sgd|aud|cad|chf|twd|nzd|mxn|us\\$|hk\\$|nt\\$";
const UNITS = Object.keys(TIMES).sort((a, b) => b.length - a.length).join("|");
const AMOUNT = new RegExp(
  `^([-+]?)\\s*(?:${OWN_SIGNS})?\\s*([-+]?)\\s*([\\d.,'’ ]*\\d[.,]?)\\s*(${UNITS})?\\s*(?:${OWN_SIGNS})?整?\\s*(-?)$`,
);
const DOTTED = /^(?:\d{1,3}(?:[, '’]\d{3})+(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)$/;

/** The amount as plain decimal text ("12000", "-300"), or null; `percent` allows a percent sign. */
export function amountText(cell, percent = false) {
  let text = cell.normalize("NFKC").toLowerCase().replace(/[−–—﹣‐‑]/g, "-").trim().replace(/\s+/g, " ");
  if (percent) text = text.replace(/\s*%$/, "");
  const inBrackets = text.startsWith("(") && text.endsWith(")");
  const found = AMOUNT.exec(inBrackets ? text.slice(1, -1).trim() : text);
  if (!found || text.length > 200) return null;
  const [, before, second, written, times, behind] = found;
  const number = written.trim();
  if (!DOTTED.test(number) || [before, second, behind, inBrackets].filter(Boolean).length > 1) return null;
  const plain = shifted(number.replace(/[^\d.]/g, ""), TIMES[times] ?? 0);
  const isNegative = inBrackets || [before, second, behind].includes("-");
  return isNegative && Number(plain) !== 0 ? `-${plain}` : plain;
}

// The decimal point moved to the right, in text: 1.2 by four places is 12000, without a rounding.
function shifted(plain, places) {
  let [whole, decimals = ""] = plain.split(".");
  decimals = decimals.padEnd(places, "0");
  whole = (whole + decimals.slice(0, places)).replace(/^0+(?=\d)/, "") || "0";
  const rest = decimals.slice(places);
  return rest ? `${whole}.${rest}` : whole;
}

export function weightText(cell) {
  const plain = cell.normalize("NFKC").trim();
  return /^(?:\d+(?:\.\d*)?|\.\d+)$/.test(plain) && Number(plain) < 1e11 ? plain : null;
}

export function toNumber(text, percent = false) {
  return Number(amountText(text, percent) ?? 0);
}

/** The cells of a grid, row by row; those of rows that can't be typed in are left out. */
export function matrix(grid) {
  return [...grid.querySelectorAll("tbody tr")]
    .map((row) => [...row.querySelectorAll("[data-cell]")])
    .filter((row) => row.length);
}

export const isLock = (cell) => cell.type === "checkbox";
export const valueOf = (cell) => (isLock(cell) ? (cell.checked ? "1" : "") : cell.value);
const YES = new Set(["1", "true", "yes", "y", "是", "√", "✓", "✔", "☑", "锁定", "locked"]);

/** Put a text into a cell without telling anybody; the caller tells `changed` once. */
export function put(cell, text) {
  if (isLock(cell)) cell.checked = YES.has(text.normalize("NFKC").trim().toLowerCase());
  else cell.value = text;
}

/** A text as it stands in a cell: amounts that can be read become plain, what can't stays as it is. */
export function readable(cell, text, grid) {
  const told = text.trim();
  if (isLock(cell) || told === "") return told;
  const plain = cell.dataset.cell === "weight" ? weightText(told) : amountText(told, Boolean(grid.dataset.percent));
  return plain ?? told;
}

/** Mark a cell whose text can't be read, with the reason below it; answers whether it can. */
export function judged(cell, grid) {
  if (isLock(cell)) return true;
  const text = cell.value.trim();
  const isWeight = cell.dataset.cell === "weight";
  const isRead = text === "" || (isWeight ? weightText(text) : amountText(text, Boolean(grid.dataset.percent))) !== null;
  const place = cell.parentElement;
  place.querySelector(".invalid-feedback")?.remove();
  cell.classList.toggle("is-invalid", !isRead);
  if (isRead) {
    cell.removeAttribute("aria-invalid");
    cell.removeAttribute("aria-describedby");
    return true;
  }
  const words = grid.querySelector("[data-grid-bar]").dataset;
  const reason = document.createElement("div");
  reason.className = "invalid-feedback d-block";
  reason.id = `fault-${cell.name}`;
  reason.textContent = isWeight ? words.notWeight : filled(words.notAmount, { value: text.slice(0, 60) });
  place.append(reason);
  cell.setAttribute("aria-invalid", "true");
  cell.setAttribute("aria-describedby", reason.id);
  return false;
}

export function filled(template, values) {
  return template.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
}

/** Say something to everybody, screen readers too. */
export function tell(grid, text) {
  const place = grid.querySelector("[data-grid-told]");
  if (place) place.textContent = text;
}

/** Lock rows whose amounts were typed, mark what can't be read, and tell the other parts of the grid. */
export function changed(grid, cells, { locks = true } = {}) {
  const unread = cells.filter((cell) => !judged(cell, grid)).length;
  if (locks) {
    for (const cell of cells) {
      const lock = cell.matches("[data-amount]") && cell.closest("tr").querySelector("[data-lock]");
      if (lock) lock.checked = cell.value.trim() !== "";
    }
  }
  grid.dispatchEvent(new CustomEvent("grid:changed", { bubbles: true }));
  return unread;
}
