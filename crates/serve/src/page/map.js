// What all faces of the page share: the map, words, the list of what happens. A face shows one kind of region: `fleet` and `bikes` below.
const $ = id => document.getElementById(id);
const INK = {};               // the colours of the style, light or dark, by name
function mix() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["ground", "panel", "line", "text", "dim", "street", "bright", "free", "to_pickup", "aboard", "charging", "order",
    "out", "empty", "low", "well", "full", "unknown", "van", "van_ink", "near"]) INK[name] = style.getPropertyValue(`--${name}`).trim();
}
const escape = text => String(text).replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
const grouped = number => number.toLocaleString("en");
const percent = x => x == null ? "–" : (100 * x).toFixed(1) + " %";
const about_two = (x, unit) => x.toFixed(x < 10 ? 1 : 0) + " " + unit;
const minutes = s => s == null ? "–" : s < 100 ? s.toFixed(0) + " s" : s < 5940 ? about_two(s / 60, "min") : about_two(s / 3600, "h");

// The map: what stands still is drawn once into a picture of its own, everything that moves is drawn over it.
const canvas = $("map"), pen = canvas.getContext("2d");
const WALK_M = 400;
const flashes = [];           // {lat, lon, at, colour}
let face = null, ground = null, picture = null, view = null, chosen = null;

// Fits the map to its places or, where there are none, to the lines that stand still, each a flat list of latitudes and longitudes.
function fit() {
  mix();
  const scale = devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * scale; canvas.height = canvas.clientHeight * scale;
  if (!ground) return;
  const [south, west, north, east] = ground.bounds;
  const squeeze = Math.cos((south + north) / 2 * Math.PI / 180);
  // An island that is higher than wide lies better on its side, turned to the north-east along its avenues.
  const turn = (north - south) > 1.3 * (east - west) * squeeze ? -0.52 - Math.PI / 2 + Math.PI : 0;
  const cos = Math.cos(turn), sin = Math.sin(turn);
  const raw = (lat, lon) => { const x = lon * squeeze, y = -lat; return [x * cos - y * sin, x * sin + y * cos]; };
  let low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  const outline = ground.places ? ground.places.map(p => [p.lat, p.lon]) : ground.lines;
  for (const line of outline) for (let i = 0; i < line.length; i += 2) {
    const at = raw(line[i], line[i + 1]);
    for (const k of [0, 1]) { low[k] = Math.min(low[k], at[k]); high[k] = Math.max(high[k], at[k]); }
  }
  const pad = 46 * scale, w = canvas.width - 2 * pad, h = canvas.height - 2.4 * pad;
  const zoom = Math.min(w / (high[0] - low[0] || 1e-3), h / (high[1] - low[1] || 1e-3));
  const dx = pad + (w - zoom * (high[0] - low[0])) / 2, dy = 1.3 * pad + (h - zoom * (high[1] - low[1])) / 2;
  view = (lat, lon) => { const at = raw(lat, lon); return [dx + (at[0] - low[0]) * zoom, dy + (at[1] - low[1]) * zoom]; };
  picture = document.createElement("canvas");
  picture.width = canvas.width; picture.height = canvas.height;
  const ink = picture.getContext("2d");
  // What is within a walk of a place is a little lighter: together it is the city.
  ink.fillStyle = INK.near;
  for (const { lat, lon } of ground.places || []) {
    const [x, y] = view(lat, lon);
    ink.beginPath(); ink.arc(x, y, zoom * WALK_M / 111320, 0, 7); ink.fill();
  }
  ink.strokeStyle = INK.street; ink.lineWidth = 1.1 * scale; ink.lineCap = "round";
  ink.beginPath();
  for (const line of ground.lines) for (let i = 0; i < line.length; i += 2) {
    const [x, y] = view(line[i], line[i + 1]);
    i ? ink.lineTo(x, y) : ink.moveTo(x, y);
  }
  ink.stroke();
}
function dot(x, y, radius, colour, alpha = 1) {
  pen.globalAlpha = alpha; pen.fillStyle = colour;
  pen.beginPath(); pen.arc(x, y, radius, 0, 7); pen.fill(); pen.globalAlpha = 1;
}
function ring(x, y, radius, colour, alpha = 1, width = 1.5) {
  pen.globalAlpha = alpha; pen.strokeStyle = colour; pen.lineWidth = width * (devicePixelRatio || 1);
  pen.beginPath(); pen.arc(x, y, radius, 0, 7); pen.stroke(); pen.globalAlpha = 1;
}
function flash(place, colour) {
  if (place && flashes.length < 300) flashes.push({ lat: place.lat, lon: place.lon, at: performance.now(), colour });
}
function draw(now) {
  requestAnimationFrame(draw);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  if (!picture || !face) return;
  pen.drawImage(picture, 0, 0);
  const scale = devicePixelRatio || 1;
  for (let i = flashes.length - 1; i >= 0; i--) {
    const flash = flashes[i], age = (now - flash.at) / 1200;
    if (age > 1) { flashes.splice(i, 1); continue; }
    const [x, y] = view(flash.lat, flash.lon);
    ring(x, y, (4 + 16 * Math.max(age, 0)) * scale, flash.colour, 1 - Math.max(age, 0));
  }
  face.draw(now, scale);
}
// Whatever moves goes from where it is drawn to where it was last said to be.
function moveTo(known, lat, lon, now) {
  return Object.assign(known, { from: [known.lat, known.lon], to: [lat, lon], since: now });
}
function glide(v, now) {
  const share = Math.max(0, Math.min(1, (now - v.since) / 550));
  v.lat = v.from[0] + (v.to[0] - v.from[0]) * share; v.lon = v.from[1] + (v.to[1] - v.from[1]) * share;
}
// What the face has nearest to a place on the canvas, if it is near.
function nearest(event) {
  if (!view || !face) return null;
  const scale = devicePixelRatio || 1, x = event.offsetX * scale, y = event.offsetY * scale;
  let best = 16 * scale, about = null;
  face.near((lat, lon, what) => {
    const [px, py] = view(lat, lon), d = Math.hypot(px - x, py - y);
    if (d < best) { best = d; about = what; }
  });
  return about;
}
canvas.onclick = event => { const about = nearest(event); if (about) explain(about); };
canvas.onmousemove = event => {
  const about = nearest(event), said = about && face.tip ? face.tip(about) : null;
  $("tip").hidden = !said;
  if (!said) return;
  $("tip").innerHTML = `<b>${escape(said[0])}</b><span>${said.slice(1).map(escape).join("<br>")}</span>`;
  $("tip").style.left = Math.min(event.offsetX + 14, canvas.clientWidth - 270) + "px";
  $("tip").style.top = event.offsetY + 14 + "px";
};
canvas.onmouseleave = () => { $("tip").hidden = true; };

// The list of what happens.
const feed = [];
function say(at, text, about) {
  feed.unshift({ at, text, about });
  feed.length = Math.min(feed.length, 40);
}
setInterval(() => {
  $("feed").innerHTML = feed.map((row, i) => `<div data-row="${i}"><time>${row.at.slice(11, 19)}</time>${escape(row.text)}</div>`).join("");
}, 500);
$("feed").onclick = event => {
  const row = feed[event.target.closest("div[data-row]")?.dataset.row];
  if (row) explain(row.about);
};

// Why: the engine's own words, as [text, class].
async function explain(about) {
  chosen = about;
  let lines = [];
  try { lines = await face.why(about); } catch (error) { lines = [[error.message, "dim"]]; }
  $("why").replaceChildren(...lines.map(([text, kind]) => {
    const p = document.createElement("p"); p.textContent = text; p.className = kind; return p;
  }));
}
// Says something across the map, where there is nothing to be drawn; `hint` may hold code between backticks.
function tellAll(title, hint = "") {
  $("said").hidden = !title;
  $("said").innerHTML = title ? `<b>${escape(title)}</b>${escape(hint).replace(/`([^`]+)`/g, "<code>$1</code>")}` : "";
}
function boxes(rows) {
  $("figures").innerHTML = rows.map(([id, value, says]) =>
    `<div class="figure" id="${id}_box"><b id="${id}">${value}</b><span>${says}</span></div>`).join("");
}
function legend(rows) {
  $("legend").innerHTML = rows.map(([ink, says, shape]) =>
    `<span><i class="${shape || ""}" style="background:var(--${ink})"></i>${says}</span>`).join("");
}
// A bar of shares, and beneath it what each is: rows of [name, colour, count].
function bar(rows) {
  const all = rows.reduce((sum, row) => sum + row[2], 0) || 1;
  $("bar").innerHTML = rows.map(([, ink, count]) => `<i style="width:${100 * count / all}%;background:var(--${ink})"></i>`).join("");
  $("counts").innerHTML = rows.map(([name, ink, count]) => `<i style="background:var(--${ink})"></i><span>${name}</span><span>${grouped(count)}</span>`).join("");
}
function time(at) {
  $("clock").textContent = at.slice(11, 19); $("date").textContent = at.slice(0, 10) + " UTC";
}

// Asking. What is refused says why in words.
let base;
async function ask(path) {
  const answer = await fetch(path);
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(problem.detail || `${path} answers ${answer.status}`), { status: answer.status });
  }
  return answer;
}
const read = async path => (await ask(base + path)).json();
// All rows of a list, page by page.
async function all(list) {
  const rows = [];
  for (let next = `${base}/${list}?limit=1000`; next;) {
    const answer = await ask(next);
    rows.push(...await answer.json());
    const link = (answer.headers.get("link") || "").match(/<([^>]+)>;\s*rel="?next/);
    next = link && new URL(link[1], new URL(next, location)).href;
  }
  return rows;
}
