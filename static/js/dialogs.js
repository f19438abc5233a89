// One dialog asks for all rows of a list: the button that opens it says which row by data-dialog-action (where
// the dialog's form goes) and data-dialog-name (what it is about). A refused form opens its dialog again.

document.addEventListener("show.bs.modal", (event) => {
  const { dialogAction, dialogName } = event.relatedTarget?.dataset ?? {};
  if (!dialogAction) return;
  event.target.querySelector("form").action = dialogAction;
  event.target.querySelector("[data-dialog-subject]").textContent = dialogName ?? "";
});

document.querySelectorAll("[data-dialog-refused]").forEach((dialog) => {
  tabler.Modal.getOrCreateInstance(dialog).show();
});
