// A mapping's page: choose a field of ours, then click the place in the sample where it stands.

const form = document.querySelector("[data-mapping]");
const inputs = [...form.querySelectorAll("[data-path]")];
let active = inputs.find((input) => !input.value) || inputs[0];

function activate(input) {
  active = input;
  inputs.forEach((each) => {
    each.closest("[data-line]").classList.toggle("mapping-line-active", each === input);
  });
}

// What each place is used for stands beside it.
function mark() {
  const uses = new Map();
  inputs.forEach((input) => {
    const label = input.closest("[data-line]").querySelector("label").textContent;
    input.value.split(";").forEach((path) => {
      const key = path.trim();
      if (key) uses.set(key, [...(uses.get(key) || []), label]);
    });
  });
  form.querySelectorAll("[data-place]").forEach((place) => {
    place.querySelector("[data-used]").textContent = (uses.get(place.dataset.place) || []).join(", ");
  });
}

inputs.forEach((input) => input.addEventListener("focus", () => activate(input)));
form.addEventListener("change", mark);
form.addEventListener("click", (event) => {
  const place = event.target.closest("[data-place]");
  if (!place || !active) return;
  active.value = place.dataset.place;
  active.dispatchEvent(new Event("change", { bubbles: true }));
  const next = inputs.slice(inputs.indexOf(active) + 1).find((input) => !input.value);
  if (next) activate(next);
});
activate(active);
mark();
