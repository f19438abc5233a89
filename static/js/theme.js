// Dark or light: the server draws the page from the cookie, so nothing flashes; this switches and remembers,
// in the cookie for this browser and, for who is signed in, with the account for the others.

const COOKIE = "salesgoals_theme";
const YEAR = 365 * 24 * 3600;
const root = document.documentElement;
const device = matchMedia("(prefers-color-scheme: dark)");

function remember(theme) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${COOKIE}=${theme}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
  const { themeKeeper } = document.body.dataset;
  if (!themeKeeper) return;
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  // Outlives the page; should it fail, this browser still has its cookie.
  fetch(themeKeeper, { method: "POST", headers, body: new URLSearchParams({ theme }), keepalive: true }).catch(() => {});
}

function show(theme) {
  root.dataset.bsTheme = theme;
  document.dispatchEvent(new CustomEvent("salesgoals:theme", { detail: theme }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-to]");
  if (!button) return;
  delete root.dataset.followsDevice;
  show(button.dataset.themeTo);
  remember(button.dataset.themeTo);
});
device.addEventListener("change", () => {
  if ("followsDevice" in root.dataset) show(device.matches ? "dark" : "light");
});
