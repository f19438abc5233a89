// What is typed into a grid is kept on the server two seconds after the last key, and when the page is left; the
// answer says so, and who else is at it. An open page comes by every minute.

const KEEP_AFTER = 2_000;
const COME_BY = 60_000;
const ROW = /^(?:base|weight|min|max|locked|amount)-(\d+)$/;
const grid = document.querySelector("[data-grid][data-draft]");
const touched = new Set();
let timer = 0;
let asking = null;
let isDirty = false;
let isSent = false;

// Rows that nobody touched in this page say nothing: another page of the same grid may have changed them.
function fields() {
  const all = new FormData(grid);
  const some = new FormData();
  const isWhole = ["cushion", "base-cushion", "csrfmiddlewaretoken"];
  for (const [name, value] of all) {
    const row = ROW.exec(name);
    if (row ? touched.has(row[1]) : isWhole.includes(name) && (touched.has("cushion") || name.startsWith("csrf"))) {
      some.append(name, value);
    }
  }
  return some;
}

async function keep() {
  clearTimeout(timer);
  if (isSent) return;
  asking?.abort();
  asking = new AbortController();
  const wasDirty = isDirty;
  isDirty = false;
  try {
    const answer = await fetch(grid.dataset.draft, {
      method: "POST",
      body: fields(),
      headers: { "HX-Request": "true" },
      signal: asking.signal,
    });
    if (!answer.ok && answer.status !== 409) throw new Error(String(answer.status));
    said(await answer.text());
  } catch (error) {
    isDirty ||= wasDirty;
    if (error.name === "AbortError") return;
    const place = grid.querySelector("[data-grid-state]");
    place.textContent = grid.querySelector("[data-grid-bar]").dataset.notKept;
    if (isDirty) timer = setTimeout(keep, 5 * KEEP_AFTER);
  }
}

function said(html) {
  const place = grid.querySelector("[data-grid-state]");
  if (place.innerHTML.trim() !== html.trim()) place.innerHTML = html;
}

function note(names) {
  for (const name of names) touched.add(ROW.exec(name)?.[1] ?? name);
  isDirty = true;
  clearTimeout(timer);
  timer = setTimeout(keep, KEEP_AFTER);
}

function changedRows() {
  return [...grid.querySelectorAll("[data-cell]")]
    .filter((cell) => (cell.type === "checkbox" ? cell.checked !== cell.defaultChecked : cell.value !== cell.defaultValue))
    .map((cell) => cell.name);
}

function leave() {
  if (isDirty && !isSent) navigator.sendBeacon(grid.dataset.draft, fields());
  isDirty = false;
}

function start() {
  grid.addEventListener("input", (event) => {
    if (event.target.matches("[data-cell], [data-cushion]")) note([event.target.name]);
  });
  grid.addEventListener("grid:changed", () => note(changedRows()));
  // A posted grid is kept by the server itself, or distributed.
  grid.addEventListener("submit", () => {
    isSent = true;
    clearTimeout(timer);
    asking?.abort();
  });
  // Whoever comes back by the browser's own history goes on typing.
  window.addEventListener("pageshow", () => {
    isSent = false;
  });
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") leave();
  });
  setInterval(() => {
    if (document.visibilityState === "visible") keep();
  }, COME_BY);
  keep();
}

if (grid) start();
