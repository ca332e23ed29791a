// Weight sliders: the additive value of METHODS.md B3 at weights of the reader's choosing.
// Everything the page says without them comes from the report itself and does not change.
"use strict";

/** Value of each alternative at these swing points: sum of w_j v_aj, w_j = p_j / sum p. */
function valuesAt(points, values) {
  let total = 0;
  for (const p of points) total += p;
  return values.map((row) => {
    let value = 0;
    for (let j = 0; j < row.length; j += 1) value += (points[j] / total) * row[j];
    return value;
  });
}

/** The weights in a fragment such as `#weights=tail:39,hiring:0`, or the given ones. */
function pointsFrom(fragment, names, given) {
  const points = given.slice();
  if (!fragment.startsWith("#weights=")) return points;
  for (const part of fragment.slice(9).split(",")) {
    const at = part.lastIndexOf(":");
    let name = "";
    try { name = decodeURIComponent(part.slice(0, at)); } catch { continue; }
    const j = names.indexOf(name);
    const p = Number(part.slice(at + 1));
    if (j >= 0 && Number.isFinite(p) && p >= 0 && p <= 100) points[j] = p;
  }
  return points;
}

function fragmentOf(points, names) {
  const parts = names.map((name, j) => encodeURIComponent(name) + ":" + points[j]);
  return "#weights=" + parts.join(",");
}

/** Whether this script computes what the report computed. */
function agrees(data) {
  return data.checks.every(({ points, expected }) =>
    valuesAt(points, data.values).every((value, a) => Math.abs(value - expected[a]) <= 1e-9));
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function start() {
  const source = document.getElementById("weights-data");
  const box = document.getElementById("weights");
  if (!source || !box) return;
  const data = JSON.parse(source.textContent);
  box.hidden = false;
  if (!agrees(data)) {
    box.append(element("p", "v-void", "This browser computes other values than the report did: do not use these sliders."));
    return;
  }
  let points = pointsFrom(location.hash, data.names, data.points);
  const sliders = [];
  const list = element("div", "weights-list");
  data.names.forEach((name, j) => {
    const label = element("label");
    const slider = element("input");
    Object.assign(slider, { type: "range", min: 0, max: 100, step: 0.1, value: points[j] });
    const output = element("output");
    label.append(element("span", "", name), slider, output);
    list.append(label);
    sliders.push({ slider, output });
    slider.addEventListener("input", () => {
      points[j] = Number(slider.value);
      history.replaceState(null, "", fragmentOf(points, data.names));
      show();
    });
  });
  const leader = element("p", "weights-leader");
  leader.setAttribute("aria-live", "polite");
  const bars = element("div", "weights-bars");
  const rows = data.alternatives.map((name) => {
    const row = element("div", "weights-row");
    const meter = element("progress");
    meter.max = 1;
    meter.setAttribute("aria-label", "Value of " + name);
    const value = element("span", "weights-value");
    row.append(element("span", "", name), meter, value);
    bars.append(row);
    return { meter, value };
  });
  const command = element("code");
  const exact = element("p", "hint", "Values at mean evidence. For probabilities, flip points and what to measure next: ");
  exact.append(command);
  const reset = element("button", "", "Back to the team's weights");
  reset.type = "button";
  reset.addEventListener("click", () => {
    points = data.points.slice();
    history.replaceState(null, "", "#answer");
    show();
  });

  function show() {
    const total = points.reduce((sum, p) => sum + p, 0);
    sliders.forEach(({ slider, output }, j) => {
      slider.value = points[j];
      output.textContent = total > 0 ? ((100 * points[j]) / total).toFixed(1) + " %" : "–";
    });
    const changed = points.some((p, j) => p !== data.points[j]);
    command.textContent = "bakeoff decide " + data.run + (changed ? " " +
      data.names.map((name, j) => "--weight '" + name.replaceAll("'", "") + "=" + points[j] + "'").join(" ") : "");
    if (!(total > 0)) {
      leader.textContent = "Without any weight nothing is better than anything.";
      rows.forEach((row) => { row.meter.value = 0; row.value.textContent = "–"; });
      return;
    }
    const values = valuesAt(points, data.values);
    let best = -1;
    values.forEach((value, a) => {
      rows[a].meter.value = value;
      rows[a].value.textContent = value.toFixed(3) + (data.fails[a] ? " (fails a requirement)" : "");
      if (!data.fails[a] && (best < 0 || value > values[best])) best = a;
    });
    const level = values.filter((value, a) => !data.fails[a] && best >= 0 && value === values[best]).length > 1;
    if (best < 0) leader.textContent = "No alternative meets every requirement.";
    else if (level) leader.textContent = "Level at these weights.";
    else leader.textContent = data.alternatives[best] + " has the highest mean value at these weights.";
  }

  box.append(element("h3", "", "Try other weights"), list, leader, bars, exact, reset);
  addEventListener("hashchange", () => {
    if (!location.hash.startsWith("#weights=")) return;
    points = pointsFrom(location.hash, data.names, data.points);
    show();
  });
  show();
}

if (typeof document !== "undefined") start();
if (typeof module !== "undefined") module.exports = { valuesAt, pointsFrom, fragmentOf, agrees };
