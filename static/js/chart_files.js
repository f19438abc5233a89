// A chart as a file: its picture drawn by Plotly, its numbers from the table below it.

const PICTURE = { format: "svg", width: 1280, height: 640 };
const SCALE = 2;
// As common/tables.py: also after blanks, and in the full width of Chinese and Japanese input.
const FORMULA = /^ *[=+\-@\t\r\n＝＋－＠]/;

function save(name, href) {
  const link = document.createElement("a");
  link.download = name;
  link.href = href;
  link.click();
}

function quoted(text) {
  // A spreadsheet would run a text that begins like a formula; numbers stay numbers.
  const safe = FORMULA.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function rowsOf(table) {
  const heads = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
  const lines = [...table.querySelectorAll("tbody tr")].map((row) =>
    [...row.cells].map((cell) => cell.dataset.value ?? cell.textContent.trim()),
  );
  return [heads, ...lines];
}

function savePicture(card) {
  const place = card.querySelector("[data-chart]");
  const name = place.dataset.fileName;
  const paper = getComputedStyle(document.body).backgroundColor;
  // On screen the chart is transparent; a picture has the page's colour behind it and its title above.
  const whose = document.querySelector("h1")?.textContent ?? "";
  const text = `${whose}: ${card.querySelector(".card-title").textContent}`;
  const title = { text, x: 0.02, xanchor: "left" };
  const layout = { ...place.layout, paper_bgcolor: paper, title, margin: { l: 80, r: 40, t: 90, b: 60 } };
  window.Plotly.toImage({ data: place.data, layout }, PICTURE)
    .then(painted)
    .then((href) => save(`${name}.png`, href));
}

// Plotly's own way to a PNG loads the drawing as a blob, which our content policy refuses: data it allows.
async function painted(drawing) {
  const image = new Image();
  image.src = drawing;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = PICTURE.width * SCALE;
  canvas.height = PICTURE.height * SCALE;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}

function saveTable(card) {
  const text = rowsOf(card.querySelector("[data-chart-table]"))
    .map((line) => line.map(quoted).join(","))
    .join("\r\n");
  const href = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  save(`${card.querySelector("[data-chart]").dataset.fileName}.csv`, href);
  URL.revokeObjectURL(href);
}

document.addEventListener("click", (event) => {
  const card = event.target.closest("[data-chart-card]");
  if (!card) return;
  if (event.target.closest("[data-chart-png]") && window.Plotly) savePicture(card);
  if (event.target.closest("[data-chart-csv]")) saveTable(card);
});
