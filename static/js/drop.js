// A file dropped on [data-drop] goes into the file field inside it; one that is too large is told before it is sent.

function check(zone, input) {
  const problem = zone.querySelector("[data-drop-problem]");
  const isTooLarge = input.files.length > 0 && input.files[0].size > Number(input.dataset.most);
  input.setCustomValidity(isTooLarge ? zone.dataset.tooLarge : "");
  problem.textContent = isTooLarge ? zone.dataset.tooLarge : "";
  problem.classList.toggle("d-block", isTooLarge);
}

document.querySelectorAll("[data-drop]").forEach((zone) => {
  const input = zone.querySelector("[data-drop-input]");
  const over = (event, isOver) => {
    event.preventDefault();
    zone.classList.toggle("drop-over", isOver);
  };
  zone.addEventListener("dragover", (event) => over(event, true));
  zone.addEventListener("dragleave", (event) => over(event, false));
  zone.addEventListener("drop", (event) => {
    over(event, false);
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    check(zone, input);
  });
  input.addEventListener("change", () => check(zone, input));
});
