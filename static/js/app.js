// The frame's behaviour: toasts that leave by themselves, failed htmx requests that say so, selects that submit,
// filters that leave nothing empty in the address.

const TOAST_MILLISECONDS = 7000;

function letGo(toast) {
  if (toast.dataset.timed || toast.classList.contains("toast-stays")) return;
  toast.dataset.timed = "yes";
  setTimeout(() => toast.remove(), TOAST_MILLISECONDS);
}

function letAllGo() {
  document.querySelectorAll("#messages .toast").forEach(letGo);
}

function tellFailure(event) {
  const template = document.getElementById("request-failed");
  const stack = document.getElementById("messages");
  if (!template || !stack) return;
  const toast = template.content.firstElementChild.cloneNode(true);
  const id = event.detail.xhr?.getResponseHeader("X-Request-Id");
  const place = toast.querySelector("[data-request-id]");
  if (id && place) place.textContent = id;
  stack.append(toast);
}

document.addEventListener("click", (event) => {
  if (event.target.closest(".toast [data-dismiss]")) event.target.closest(".toast").remove();
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit-on-change], [data-filters] select")) event.target.form.requestSubmit();
});
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("[data-filters]")) return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});
document.addEventListener("htmx:afterSettle", letAllGo);
document.addEventListener("htmx:responseError", tellFailure);
document.addEventListener("htmx:sendError", tellFailure);
letAllGo();
