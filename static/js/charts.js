// Draws every [data-chart] with Plotly, on load and after an htmx swap.
//
//   <div class="chart" data-chart="sales-curve" role="img" aria-label="…"></div>
//   {{ figure|json_script:"sales-curve" }}
//
// The JSON is a Plotly figure {data, layout, config}. Colours written as "var(--tblr-primary)" follow the theme;
// what the figure leaves unsaid (fonts, grid, background, margins) comes from here. Plotly is fetched only when
// the page has a chart.

const TRANSPARENT = "rgba(0,0,0,0)";
const COLOURS = ["primary", "orange", "green", "purple", "cyan", "red", "yellow", "pink"];
const AXIS = /^[xy]axis\d*$/;
let plotly = null;

function loadPlotly() {
  plotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.querySelector('meta[name="plotly-src"]').content;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("Plotly did not load"));
    document.head.append(script);
  });
  return plotly;
}

// Browsers hand variables out as written (oklch(…), color-mix(…)), which Plotly cannot read: a canvas can.
const painter = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
painter.canvas.width = painter.canvas.height = 1;

function plainColour(text) {
  const probe = document.createElement("span");
  probe.style.color = text;
  document.body.append(probe);
  const computed = getComputedStyle(probe).color;
  probe.remove();
  painter.clearRect(0, 0, 1, 1);
  painter.fillStyle = computed;
  painter.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = painter.getImageData(0, 0, 1, 1).data;
  return `rgba(${red},${green},${blue},${(alpha / 255).toFixed(3)})`;
}

function withThemeColours(value) {
  if (typeof value === "string") return value.startsWith("var(--") ? plainColour(value) : value;
  if (Array.isArray(value)) {
    // A series of numbers is passed on as it is; only lists that hold texts or objects are walked.
    return value.some((item) => typeof item !== "number") ? value.map(withThemeColours) : value;
  }
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withThemeColours(item)]));
  }
  return value;
}

function themed(layout) {
  const style = getComputedStyle(document.body);
  const grid = plainColour("var(--tblr-border-color)");
  const axis = { gridcolor: grid, zerolinecolor: grid, linecolor: grid, automargin: true };
  const result = {
    paper_bgcolor: TRANSPARENT,
    plot_bgcolor: TRANSPARENT,
    colorway: COLOURS.map((name) => plainColour(`var(--tblr-${name})`)),
    font: { family: style.fontFamily, size: 12, color: plainColour("var(--tblr-body-color)") },
    legend: { orientation: "h", y: -0.18 },
    hovermode: "x unified",
    autosize: true,
    ...withThemeColours(layout),
  };
  result.margin = { l: 8, r: 16, t: 16, b: 24, ...layout.margin };
  result.hoverlabel = {
    bgcolor: plainColour("var(--tblr-bg-surface)"),
    bordercolor: grid,
    font: { color: result.font.color },
    ...result.hoverlabel,
  };
  for (const name of new Set(["xaxis", "yaxis", ...Object.keys(result).filter((key) => AXIS.test(key))])) {
    result[name] = { ...axis, ...result[name] };
  }
  return result;
}

async function draw(place) {
  const source = document.getElementById(place.dataset.chart);
  if (!source) return;
  const figure = JSON.parse(source.textContent);
  const config = { responsive: true, displaylogo: false, displayModeBar: false, ...figure.config };
  const Plotly = await loadPlotly();
  await Plotly.react(place, withThemeColours(figure.data), themed(figure.layout ?? {}), config);
  place.dataset.drawn = "yes";
}

function drawAll(root, { again = false } = {}) {
  const places = [...root.querySelectorAll("[data-chart]")];
  if (root.matches?.("[data-chart]")) places.push(root);
  places.filter((place) => again || !place.dataset.drawn).forEach((place) => draw(place).catch(console.error));
}

document.addEventListener("htmx:afterSettle", (event) => drawAll(event.detail.elt ?? document));
document.addEventListener("htmx:beforeCleanupElement", (event) => {
  if (event.target.matches?.("[data-chart][data-drawn]")) window.Plotly?.purge(event.target);
});
document.addEventListener("salesgoals:theme", () => drawAll(document, { again: true }));
drawAll(document);
