// A table that scrolls inside its card can be reached and scrolled by keyboard too: as long as it scrolls, it
// takes the focus and is called like its card.

const PLACES = ".table-responsive, .overflow-auto, .target-tree, .deal-board, [data-scrolls]";

function nameOf(place) {
  const card = place.closest(".card, section, main");
  const told = place.querySelector("caption") ?? card?.querySelector("h1, h2, h3, .card-title");
  return (told ?? document.querySelector("h1"))?.textContent.trim() ?? "";
}

function judge(place) {
  const scrolls = place.scrollWidth > place.clientWidth || place.scrollHeight > place.clientHeight;
  if (scrolls && !place.hasAttribute("tabindex")) {
    place.tabIndex = 0;
    place.dataset.reached = "yes";
    if (!place.hasAttribute("role")) place.setAttribute("role", "group");
    if (!place.hasAttribute("aria-label")) place.setAttribute("aria-label", nameOf(place));
  } else if (!scrolls && place.dataset.reached) {
    for (const name of ["tabindex", "role", "aria-label", "data-reached"]) place.removeAttribute(name);
  }
}

const sizes = new ResizeObserver((entries) => entries.forEach((entry) => judge(entry.target)));

function watch(root) {
  root.querySelectorAll(PLACES).forEach((place) => sizes.observe(place));
}

document.addEventListener("htmx:afterSettle", () => watch(document));
watch(document);
