// Opens <a data-figure href="…"> in the panel at the right (templates/components/side_panel.html).
//
// The link stays a link: without this script, with Ctrl, ⌘, Shift or the middle button it leads to the page.
// The server answers the same address with the panel's content when htmx asks. Bootstrap's offcanvas keeps the
// focus inside and closes on Esc; the focus goes to the title when the content is there, and back at the end.

const panel = document.getElementById("side-panel");
const content = document.getElementById("side-panel-content");
let address = "";
let opener = null;

function isPlain(event) {
  return event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.defaultPrevented);
}

function offcanvas() {
  return window.tabler.Offcanvas.getOrCreateInstance(panel);
}

function put(name) {
  content.replaceChildren(document.getElementById(name).content.cloneNode(true));
}

function focusTitle() {
  document.getElementById("side-panel-title")?.focus();
}

function load() {
  put("side-panel-loading");
  content.setAttribute("aria-busy", "true");
  // One figure at a time: a slow answer must not replace the one asked for after it.
  window.htmx.trigger(content, "htmx:abort");
  window.htmx.ajax("GET", address, { source: content, target: content, swap: "innerHTML" }).catch(() => {});
}

function show(link) {
  if (!panel.contains(link)) opener = link;
  address = link.href;
  offcanvas().show(link);
  load();
}

function isLoading(event) {
  return event.detail.elt === content || event.detail.target === content;
}

function tellFailure(event) {
  event.stopPropagation(); // the toast of app.js speaks of saving
  put("side-panel-failed");
  content.removeAttribute("aria-busy");
  content.querySelector("[data-panel-page]").href = address;
  const id = event.detail.xhr?.getResponseHeader("X-Request-Id");
  if (id) content.querySelector("[data-request-id]").textContent = id;
  focusTitle();
}

function followRedirect(event) {
  // Signed out meanwhile: the answer is the sign-in page, which belongs on the whole screen.
  const came = event.detail.xhr.responseURL;
  if (!came || new URL(came).pathname === new URL(event.detail.pathInfo.finalRequestPath, location.href).pathname) return;
  event.detail.shouldSwap = false;
  location.assign(address);
}

function settled(event) {
  content.removeAttribute("aria-busy");
  // Another page of rows is read from its top.
  if (isLoading(event)) focusTitle();
  else document.getElementById("panel-facts")?.focus();
}

if (panel && window.tabler && window.htmx) {
  const openFigure = (event) => {
    const link = event.target.closest("a[data-figure]");
    if (!link || !isPlain(event) || (link.target && link.target !== "_self")) return;
    event.preventDefault();
    event.stopPropagation();
    show(link);
  };
  // On the way down: before htmx, which would load the page inside a boosted part.
  document.addEventListener("click", openFigure, { capture: true });
  panel.addEventListener("click", (event) => {
    if (event.target.closest("[data-panel-again]")) load();
  });
  // After the last link the focus is nowhere in the page; Escape closes the panel from there as well.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target === document.body && panel.classList.contains("show")) offcanvas().hide();
  });
  panel.addEventListener("htmx:beforeSwap", followRedirect);
  panel.addEventListener("htmx:afterSettle", settled);
  panel.addEventListener("htmx:responseError", tellFailure);
  panel.addEventListener("htmx:sendError", tellFailure);
  // Once it has slid in, the offcanvas takes the focus for itself; a quick answer's title was there before.
  panel.addEventListener("shown.bs.offcanvas", focusTitle);
  panel.addEventListener("hidden.bs.offcanvas", () => {
    window.htmx.trigger(content, "htmx:abort");
    content.replaceChildren();
    if (opener?.isConnected) opener.focus();
    opener = null;
  });
}
