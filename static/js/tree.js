// A click on a tile of a drawn tree goes to its page or into it, by the address: Back leads out again.
//
//   <div data-chart="company-tree" data-drill="/company/?metric=sales" data-person="/people/0/?…">
//
// Tiles are keyed unit:3, unit:3|segment:8, person:5@…; rests (gap@…, others@…) lead nowhere. Tables beside the
// drawing hold the same links for the keyboard.

function follow(place, id) {
  if (id.startsWith("person:")) {
    location.assign(place.dataset.person.replace("/0/", `/${id.match(/\d+/)[0]}/`));
  } else if (id.startsWith("unit:")) {
    const url = `${place.dataset.drill}&node=${encodeURIComponent(id)}`;
    const link = document.createElement("a");
    link.href = url;
    link.hidden = true;
    link.setAttribute("hx-boost", "true");
    place.closest("#company").append(link);
    window.htmx.process(link);
    link.click();
  }
}

function listen(place) {
  if (place.dataset.listens) return;
  place.dataset.listens = "yes";
  for (const shape of ["treemap", "sunburst"]) {
    place.on(`plotly_${shape}click`, (event) => {
      const [point] = event.points;
      if (point.id !== place.data[0].ids[0]) follow(place, point.id);
      return false;
    });
  }
}

function listenAll() {
  document.querySelectorAll("[data-drill][data-drawn]").forEach(listen);
}

// Whoever went into the tree by keyboard stands at its title, not at the top of the page.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt?.id === "company" && document.activeElement === document.body) {
    document.getElementById("company-tree-title")?.focus({ preventScroll: true });
  }
});
new MutationObserver(listenAll).observe(document.documentElement, {
  subtree: true,
  childList: true,
  attributeFilter: ["data-drawn"],
});
listenAll();
