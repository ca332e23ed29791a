// Holds report.js against values computed in Rust: 10 000 weight vectors, equal to 1e-9.
// cargo run -p bakeoff-report --example sample -- weights | node core/bakeoff-report/assets/check.js
"use strict";
const { agrees, pointsFrom, fragmentOf } = require("./report.js");
const data = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
if (data.checks.length < 10000 || !agrees(data)) {
  console.error("report.js and the report disagree");
  process.exit(1);
}
const wrong = { values: data.values, checks: [{ points: data.checks[0].points, expected: data.checks[1].expected }] };
if (agrees(wrong)) {
  console.error("the check cannot fail");
  process.exit(1);
}
const names = ["tail, p99", "a:b", "Ünï"];
const points = [12.5, 0, 87.5];
if (JSON.stringify(pointsFrom(fragmentOf(points, names), names, [1, 1, 1])) !== JSON.stringify(points)) {
  console.error("weights do not survive the address");
  process.exit(1);
}
console.log("report.js agrees in " + data.checks.length + " weight vectors");
