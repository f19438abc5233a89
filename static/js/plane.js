// The two-way grid: what is typed is locked at once, Enter goes to the cell below instead of sending the page.

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-plane-amount]")) return;
  const lock = document.getElementById(`lock-${event.target.name}`);
  if (lock) lock.checked = event.target.value.trim() !== "";
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[data-plane-amount]")) return;
  event.preventDefault();
  const fields = [...document.querySelectorAll("[data-plane-amount]")];
  const column = (field) => field.closest("td").cellIndex;
  const below = fields.filter((field) => column(field) === column(event.target));
  const next = below[(below.indexOf(event.target) + 1) % below.length];
  next.focus();
  next.select();
});
