// Before the first paint, for who lets the device choose: loaded in the head, and not as a module, for that reason.
document.documentElement.dataset.bsTheme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
