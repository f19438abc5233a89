// The palette: pages of the menu filtered as one types, hits that htmx fetches below them, all by keyboard.
// Focus stays in the field; aria-activedescendant says which option is chosen.

const palette = document.getElementById("palette");
const input = palette?.querySelector("[role=combobox]");
const pages = document.getElementById("palette-pages");
const results = document.getElementById("palette-results");
const status = document.getElementById("palette-status");
let cameFrom = null;

function options() {
  return [...palette.querySelectorAll("[role=option]")].filter((option) => !option.closest("[hidden]"));
}

function chosen() {
  return palette.querySelector("[role=option][aria-selected=true]");
}

function choose(option) {
  chosen()?.setAttribute("aria-selected", "false");
  // What is told is seen only if the list has nothing to show.
  status.classList.toggle("visually-hidden", Boolean(option) || isStale());
  if (!option) {
    input.removeAttribute("aria-activedescendant");
    return;
  }
  option.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function words() {
  return input.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
}

// What is shown below may still be of another question: Enter must not open it.
function isStale() {
  const shown = results.querySelector("[data-query]")?.dataset.query ?? "";
  return shown.toLocaleLowerCase() !== words().join(" ");
}

function filterPages() {
  const wanted = words();
  for (const option of pages.querySelectorAll("[role=option]")) {
    const name = option.querySelector(".palette-title").textContent.toLocaleLowerCase();
    option.hidden = !wanted.every((word) => name.includes(word));
  }
  pages.hidden = !pages.querySelector("[role=option]:not([hidden])");
}

function refresh() {
  filterPages();
  results.classList.toggle("palette-stale", isStale());
  choose(options().find((option) => pages.contains(option) || !isStale()));
}

function step(by) {
  const all = options();
  if (!all.length) return;
  const at = all.indexOf(chosen());
  choose(all[(at + by + all.length) % all.length] ?? all[0]);
}

function open(option, event) {
  if (event.ctrlKey || event.metaKey) window.open(option.href, "_blank", "noopener");
  else location.assign(option.href);
}

function onKey(event) {
  if (event.isComposing) return; // Enter ends a word of Chinese here
  const option = chosen();
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    step(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter" && option && !(results.contains(option) && isStale())) {
    open(option, event);
  } else {
    return; // Enter without a choice sends the form: the search page answers
  }
  event.preventDefault();
}

if (palette) {
  palette.addEventListener("show.bs.modal", () => {
    cameFrom = document.activeElement;
  });
  palette.addEventListener("shown.bs.modal", () => {
    input.focus();
    input.select();
    refresh();
  });
  palette.addEventListener("hidden.bs.modal", () => {
    input.value = "";
    results.replaceChildren();
    status.textContent = "";
    cameFrom?.focus?.();
    cameFrom = null;
  });
  input.addEventListener("keydown", onKey);
  input.addEventListener("input", refresh);
  palette.addEventListener("mousemove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== chosen()) choose(option);
  });
  results.addEventListener("htmx:afterSwap", () => {
    refresh();
    status.textContent = results.querySelector("[data-summary]")?.dataset.summary ?? "";
  });
}
