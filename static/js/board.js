// Deals are dragged from stage to stage; the same is done by each card's button, which fingers and keys use.

const board = document.querySelector("[data-board]");
const form = document.querySelector("[data-board-form]");
let card = null;

function columnOf(event) {
  return event.target.closest("[data-stage]");
}

function clear() {
  board.querySelectorAll(".is-over").forEach((column) => column.classList.remove("is-over"));
}

board.addEventListener("dragstart", (event) => {
  card = event.target.closest("[data-move]");
  if (!card) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
  card.classList.add("is-dragged");
});

board.addEventListener("dragover", (event) => {
  const column = columnOf(event);
  if (!card || !column) return;
  event.preventDefault();
  clear();
  column.classList.add("is-over");
});

board.addEventListener("dragend", () => {
  card?.classList.remove("is-dragged");
  card = null;
  clear();
});

board.addEventListener("drop", (event) => {
  const column = columnOf(event);
  if (!card || !column) return;
  event.preventDefault();
  const from = card.closest("[data-stage]").dataset.stage;
  if (column.dataset.stage === from) return;
  form.action = card.dataset.move;
  form.elements.stage.value = column.dataset.stage;
  form.elements.from_stage.value = from;
  form.submit();
});
