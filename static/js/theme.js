// Dark or light: the server draws the page from the cookie, so nothing flashes; this switches and remembers.

const COOKIE = "salesgoals_theme";
const YEAR = 365 * 24 * 3600;

function remember(theme) {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `${COOKIE}=${theme}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme-to]");
  if (!button) return;
  const theme = button.dataset.themeTo;
  document.documentElement.dataset.bsTheme = theme;
  remember(theme);
  document.dispatchEvent(new CustomEvent("salesgoals:theme", { detail: theme }));
});
