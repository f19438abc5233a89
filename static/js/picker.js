// Comboboxes over records ([data-pick]): htmx fetches what was found as one types; arrows choose, Enter takes, Escape
// closes. Also "Use this one" beside a look-alike, "New account" among what was found, and further lines of a deal.

const OPTION = "[role=option]:not([aria-disabled])";
let made = 0;

function parts(pick) {
  return {
    input: pick.querySelector("[role=combobox]"),
    key: pick.querySelector("input[data-pick-key]"),
    list: pick.querySelector("[role=listbox]"),
    status: pick.querySelector("[data-pick-status]"),
  };
}

function mark(pick, option) {
  const { input, list } = parts(pick);
  list.querySelector("[aria-selected=true]")?.setAttribute("aria-selected", "false");
  if (!option) return input.removeAttribute("aria-activedescendant");
  option.id ||= `pick-option-${(made += 1)}`;
  option.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", option.id);
  return option.scrollIntoView({ block: "nearest" });
}

function show(pick, isOpen) {
  const { input, list } = parts(pick);
  list.hidden = !isOpen || !list.children.length;
  input.setAttribute("aria-expanded", String(!list.hidden));
  if (list.hidden) mark(pick, null);
}

function put(pick, key, name) {
  const { input, key: place } = parts(pick);
  place.value = key;
  input.value = name;
  show(pick, false);
}

// An account that isn't there yet: its fields open with the name that was typed.
function nameNew(pick, name) {
  const place = pick.closest("form").querySelector("[data-pick-new-account]");
  if (!place) return;
  put(pick, "", "");
  place.open = true;
  const [first, second] = place.querySelectorAll("input");
  first.value = name;
  first.dispatchEvent(new Event("input", { bubbles: true }));
  second.focus();
}

function take(pick, option) {
  if (option.dataset.pickNew) nameNew(pick, option.dataset.pickNew);
  else put(pick, option.dataset.pickKey, option.dataset.pickName);
}

function use(button) {
  const form = button.closest("form");
  const place = form.querySelector("[data-pick-new-account]");
  const field = form.querySelector("[name=account]").closest("[data-pick]");
  put(field, button.dataset.pickUse, button.dataset.pickName);
  for (const input of place.querySelectorAll("input")) input.value = "";
  place.open = false;
  button.closest(".alert").remove();
  parts(field).input.focus();
}

function onKey(event, pick) {
  const { list } = parts(pick);
  const options = [...list.querySelectorAll(OPTION)];
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if (event.key === "Escape" && !list.hidden) {
    show(pick, false);
  } else if (event.key === "Enter" && !list.hidden && at >= 0) {
    take(pick, options[at]);
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length) {
    show(pick, true);
    const by = event.key === "ArrowDown" ? 1 : -1;
    mark(pick, options[(at + by + options.length + (at < 0 && by < 0 ? 1 : 0)) % options.length]);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

function addLine(place) {
  const total = place.querySelector("[name=lines-TOTAL_FORMS]");
  const line = place.querySelector("[data-lines-template]").innerHTML.replaceAll("__prefix__", total.value);
  const rows = place.querySelector("[data-lines-rows]");
  rows.insertAdjacentHTML("beforeend", line);
  total.value = Number(total.value) + 1;
  htmx.process(rows.lastElementChild);
  rows.lastElementChild.querySelector("input:not([type=hidden])").focus();
}

document.addEventListener("keydown", (event) => {
  const pick = event.target.closest?.("[data-pick]");
  if (pick && !event.isComposing) onKey(event, pick); // Enter ends a word of Chinese here
});
document.addEventListener("input", (event) => {
  const pick = event.target.matches("[role=combobox]") && event.target.closest("[data-pick]");
  if (pick) parts(pick).key.value = "";
});
document.addEventListener("focusout", (event) => {
  const pick = event.target.closest?.("[data-pick]");
  if (pick && !pick.contains(event.relatedTarget)) show(pick, false);
});
document.addEventListener("focusin", (event) => {
  const pick = event.target.matches("[role=combobox]") && event.target.closest("[data-pick]");
  if (pick && !parts(pick).key.value) show(pick, true);
});
// The field keeps the focus while an option is pressed.
document.addEventListener("mousedown", (event) => {
  if (event.target.closest("[data-pick] [role=listbox]")) event.preventDefault();
});
document.addEventListener("click", (event) => {
  const option = event.target.closest(`[data-pick] ${OPTION}`);
  if (option) take(option.closest("[data-pick]"), option);
  const button = event.target.closest("[data-pick-use]");
  if (button) use(button);
  const adding = event.target.closest("[data-lines-add]");
  if (adding) addLine(adding.closest("[data-lines]"));
});
document.addEventListener("htmx:afterSwap", (event) => {
  const pick = event.target.closest?.("[data-pick]");
  if (!pick) return;
  const { input, list, status } = parts(pick);
  show(pick, document.activeElement === input);
  status.textContent = [...list.children].map((each) => each.textContent.trim()).join(", ");
});
for (const button of document.querySelectorAll("[data-lines-add]")) button.hidden = false;
