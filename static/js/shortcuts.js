// Keys: Ctrl+K opens the palette anywhere. The single letters ("/", "?", "t", "n", "g" and a page's letter) are left
// alone while somebody types or a dialog is open, and altogether if the account has them turned off.

const PATIENCE_MILLISECONDS = 1200;
const TYPING = "input, textarea, select, [contenteditable], [role=combobox], [role=listbox], [role=menu]";
let waitsSince = 0;

function isBusy(event) {
  return event.target.closest?.(TYPING) || document.querySelector(".modal.show, .offcanvas.show, .dropdown-menu.show");
}

function openDialog(id) {
  tabler.Modal.getOrCreateInstance(document.getElementById(id)).show();
}

function switchTheme() {
  const theme = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
  document.querySelector(`[data-theme-to=${theme}]`).click();
}

function goTo(key) {
  const link = [...document.querySelectorAll("a[data-key]")].find((each) => each.dataset.key === key);
  link?.click();
  return Boolean(link);
}

const ACTIONS = {
  "/": () => openDialog("palette"),
  "?": () => openDialog("shortcuts"),
  t: switchTheme,
  n: () => document.querySelector("a[data-new]")?.click(),
  g: () => {
    waitsSince = Date.now();
  },
};

function onLetter(event) {
  const isSecond = Date.now() - waitsSince < PATIENCE_MILLISECONDS;
  waitsSince = 0;
  if (isSecond && goTo(event.key)) return event.preventDefault();
  const act = ACTIONS[event.key];
  if (!act) return undefined;
  event.preventDefault();
  return act();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat) return;
  const isCommand = event.ctrlKey || event.metaKey;
  if (isCommand && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    if (!document.querySelector(".modal.show")) openDialog("palette");
  } else if (!isCommand && !event.altKey && "shortcuts" in document.body.dataset && !isBusy(event)) {
    onLetter(event);
  }
});
