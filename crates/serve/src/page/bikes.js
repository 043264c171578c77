// The face of shared bikes: stations by how full they are, vans with what is aboard and where they go next, work orders with their why.
const bikes = (() => {
  const INK_OF = { free: "free", driving: "aboard", working: "to_pickup", broken_down: "order", off_shift: "out" };
  const NAME = { free: "free", driving: "on the way", working: "at a station", broken_down: "broken down", off_shift: "off shift" };
  const WRONG = { empty: "no bike", full: "no free dock", below_least: "fewer bikes than wanted", docks_broken: "broken docks", gives_none: "gives no bikes", low_batteries: "low batteries" };
  const TASK_INK = { deliver: "well", collect: "full", repair: "low", inspect: "low", swap_battery: "low" };
  const CARDS_MAX = 6;          // vans that the panel has room for
  const stations = new Map();   // id -> {lat, lon, name, depot, cell, docks, bikes, free, wrong}
  const vans = new Map();       // id -> {lat, lon, from, to, since, aboard, capacity, job, stops}
  const orders = new Map();     // id -> {task, station}
  let size = 1;

  function begin() {
    $("motto").textContent = "which bike is missed where, and who brings it?";
    $("figures").className = "figures many";
    boxes([["empty", "–", "stations empty"], ["full", "–", "stations full"], ["out", 0, "work orders with vans"],
      ["waiting", 0, "waiting for a van"], ["done", 0, "work orders done"], ["moved", 0, "bikes moved"],
      ["issue", "–", 'need to order (p99 <em id="issue99">–</em>)'], ["p99", "–", 'round, p99 (p50 <em id="p50">–</em>)']]);
    legend([["empty", "no bike"], ["low", "few"], ["well", "bikes and docks"], ["full", "no dock"], ["unknown", "not known"],
      ["aboard", "van, with bikes aboard", "square"]]);
    $("kind").innerHTML = `<h2>Vans</h2><div class="bar" id="bar"></div><div class="counts" id="counts"></div>
      <div class="vans" id="vans"></div>`;
    $("why").innerHTML = '<p class="dim">Click a station or a van, on the map or below: the engine says why.</p>';
    $("vans").onclick = event => {
      const card = event.target.closest("div[data-van]");
      if (card) explain({ van: card.dataset.van });
    };
  }
  // Streets, where the region has some; else each station is joined to those next to it, which shows a city too.
  async function lines() {
    await Promise.all([readStations(), readVans(), readOrders()]);
    const streets = await read("/roads").catch(() => null);
    const places = [...stations.values()].filter(s => !s.depot);
    if (streets) $("licence").textContent = "streets © OpenStreetMap contributors";
    if (!places.length) return streets && { bounds: streets.bounds, lines: streets.streets };
    const of = key => places.map(s => s[key]);
    const bounds = [Math.min(...of("lat")), Math.min(...of("lon")), Math.max(...of("lat")), Math.max(...of("lon"))];
    return { bounds, places, lines: streets ? streets.streets : mesh(places) };
  }
  function mesh(places) {
    const squeeze = Math.cos(places[0].lat * Math.PI / 180), pairs = new Map();
    if (places.length > 3000) return places.map(s => [s.lat, s.lon]);
    for (const [i, s] of places.entries()) {
      const near = places.map((o, j) => [Math.hypot(o.lat - s.lat, (o.lon - s.lon) * squeeze), j]);
      for (const [away, j] of near.sort((a, b) => a[0] - b[0]).slice(1, 5)) pairs.set(Math.min(i, j) + "-" + Math.max(i, j), [away, s, places[j]]);
    }
    const lengths = [...pairs.values()].map(pair => pair[0]).sort((a, b) => a - b);
    const long = 3 * (lengths[lengths.length >> 1] || 0);
    const short = [...pairs.values()].filter(([away]) => away <= long);
    return [...places.map(s => [s.lat, s.lon]), ...short.map(([, s, o]) => [s.lat, s.lon, o.lat, o.lon])];
  }

  async function readStations() {
    const rows = await all("stations");
    stations.clear();
    for (const s of rows) {
      const { lat, lon } = s.spec.position;
      stations.set(s.id, { lat, lon, name: s.spec.name || s.id, depot: s.spec.kind === "depot", cell: s.spec.kind === "cell", docks: s.spec.docks, bikes: s.bikes,
        free: s.docks_free, wrong: s.hotspot });
    }
    size = stations.size > 2500 ? .45 : stations.size > 800 ? .65 : 1;
    tellAll(stations.size ? "" : "No stations yet",
      "Name the city's GBFS address as `feed` of this region, or put stations with `paceline bikes put FILE`.");
  }
  async function readVans() {
    const rows = await all("vans"), now = performance.now(), seen = new Set();
    for (const v of rows) {
      seen.add(v.id);
      const { lat, lon } = v.position;
      const known = vans.get(v.id) || { lat, lon, from: [lat, lon], to: [lat, lon], since: now, job: "free" };
      vans.set(v.id, Object.assign(known, { aboard: v.aboard, capacity: v.spec.capacity, stops: v.stops }));
    }
    for (const id of vans.keys()) if (!seen.has(id)) vans.delete(id);
    cards();
  }
  async function readOrders() {
    for (const order of await all("work-orders")) orders.set(order.id, order);
  }
  // At most so often, and once more after the last time that it was asked for.
  function now_and_then(what, pause) {
    let due = null;
    return () => { due ||= setTimeout(() => { due = null; what().catch(error => console.warn(error.message)); }, pause); };
  }
  const vansChanged = now_and_then(readVans, 400);
  const stationsChanged = now_and_then(async () => { await readStations(); await begun(); }, 1000);

  const interval = ({ least, most }) => least === most ? `${most}` : `${least} to ${most}`;
  const work = stop => `${stop.task.replace("_", " ")}${stop.bikes.most ? " " + interval(stop.bikes) : ""}`;
  function cards() {
    const shown = [...vans.entries()].slice(0, CARDS_MAX);
    const more = vans.size - shown.length;
    $("vans").innerHTML = shown.map(([id, v]) => {
      const [next, ...then] = v.stops;
      const line = next
        ? `<li><b>${escape(work(next))}</b> at ${escape(next.name || next.station)} <em>· ${escape(next.why)}</em></li>`
        : '<li><em>waits for work</em></li>';
      const after = then.length ? `<li><em>then ${escape(then[0].name || then[0].station)}${then.length > 1 ? ` and ${then.length - 1} more` : ""}</em></li>` : "";
      return `<div data-van="${escape(id)}" class="${chosen && chosen.van === id ? "chosen" : ""}">
        <header>${escape(id)}<span>${NAME[v.job]} · ${v.aboard} of ${v.capacity}</span></header>
        <div class="load"><i style="width:${100 * v.aboard / v.capacity}%"></i></div><ol>${line}${after}</ol></div>`;
    }).join("") + (more > 0 ? `<span class="dim">and ${more} more on the map</span>` : "") ||
      '<span class="dim">No vans on shift: put them with <code>paceline bikes put FILE</code>.</span>';
  }

  function ink(s) {
    if (s.bikes == null) return "unknown";
    if (s.wrong === "empty" || s.wrong === "full") return s.wrong;
    if (s.depot || !s.docks) return "well";
    return s.wrong === "below_least" || s.bikes < .2 * s.docks ? "low" : "well";
  }
  // A station is a vessel: as large as it has docks, as full as bikes stand there.
  function vessel(s, now, scale) {
    const [x, y] = view(s.lat, s.lon), colour = INK[ink(s)];
    const radius = (2.4 + .85 * Math.sqrt(Math.min(s.docks || 16, 60))) * size * scale;
    if (s.wrong === "empty" || s.wrong === "full") {
      const beat = ((now + 37 * x) % 1800) / 1800;
      dot(x, y, radius * (1.1 + 1.1 * beat), colour, .28 * (1 - beat));
    }
    dot(x, y, radius, INK.ground);
    const share = s.bikes == null ? 0 : s.docks ? Math.min(1, s.bikes / s.docks) : Math.min(1, s.bikes / 20);
    dot(x, y, radius, colour, .16);
    if (share > 0) {
      const half = Math.acos(1 - 2 * share);
      pen.globalAlpha = .9; pen.fillStyle = colour;
      pen.beginPath(); pen.arc(x, y, radius, Math.PI / 2 - half, Math.PI / 2 + half); pen.fill(); pen.globalAlpha = 1;
    }
    ring(x, y, radius, colour, 1, s.depot ? 2.4 : 1.2);
  }
  function tour(v, now, scale, whole) {
    let [x, y] = view(v.lat, v.lon);
    for (const [i, stop] of v.stops.entries()) {
      if (!stop.position || i > (whole ? 20 : 1)) break;
      const [tx, ty] = view(stop.position.lat, stop.position.lon), colour = INK[TASK_INK[stop.task]];
      pen.globalAlpha = i ? .35 : .9; pen.strokeStyle = colour; pen.lineWidth = (i ? 1.2 : 2) * scale;
      pen.setLineDash([6 * scale, 5 * scale]); pen.lineDashOffset = -now / 60 * scale;
      pen.beginPath(); pen.moveTo(x, y); pen.lineTo(tx, ty); pen.stroke(); pen.setLineDash([]); pen.globalAlpha = 1;
      if (!i || whole) ring(tx, ty, 11 * scale, colour, .9);
      [x, y] = [tx, ty];
    }
  }
  function van(id, v, scale) {
    const [x, y] = view(v.lat, v.lon), w = 21 * scale, h = 15 * scale;
    pen.fillStyle = INK[INK_OF[v.job]];
    pen.beginPath(); pen.roundRect(x - w / 2 - 2 * scale, y - h / 2 - 2 * scale, w + 4 * scale, h + 4 * scale, 6 * scale); pen.fill();
    pen.fillStyle = INK.van;
    pen.beginPath(); pen.roundRect(x - w / 2, y - h / 2, w, h, 4 * scale); pen.fill();
    pen.fillStyle = INK.van_ink; pen.font = `600 ${11 * scale}px system-ui, sans-serif`;
    pen.textAlign = "center"; pen.textBaseline = "middle"; pen.fillText(v.aboard, x, y + .5 * scale);
    if (chosen && chosen.van === id) ring(x, y, 18 * scale, INK.bright);
  }
  // Bikes that stand at no station: a disc as large as there are many, and an empty ring where some are wanted. Where none stand and none are, nothing.
  function street(s, now, scale) {
    if (!s.bikes && !s.wrong) return;
    const [x, y] = view(s.lat, s.lon), colour = INK[ink(s)];
    const radius = (2 + .9 * Math.sqrt(Math.min(s.bikes || 0, 60))) * size * scale;
    if (s.wrong === "empty") {
      const beat = ((now + 37 * x) % 1800) / 1800;
      ring(x, y, 4 * scale * (1 + beat), colour, 1 - beat);
    }
    dot(x, y, radius, colour, s.bikes ? .5 : .16);
    if (s.wrong) ring(x, y, radius + 2 * scale, colour, 1);
  }
  function draw(now, scale) {
    for (const s of stations.values()) (s.cell ? street : vessel)(s, now, scale);
    const picked = chosen && chosen.station && stations.get(chosen.station);
    if (picked) ring(...view(picked.lat, picked.lon), 13 * scale, INK.bright);
    for (const v of vans.values()) glide(v, now);
    for (const [id, v] of vans) tour(v, now, scale, chosen && chosen.van === id);
    for (const [id, v] of vans) van(id, v, scale);
  }
  function near(is) {
    for (const [id, v] of vans) is(v.lat, v.lon, { van: id });
    for (const [id, s] of stations) is(s.lat, s.lon, { station: id });
  }
  function tip({ van, station }) {
    if (van) {
      const v = vans.get(van);
      return [van, `${NAME[v.job]}, ${v.aboard} of ${v.capacity} bikes aboard`];
    }
    const s = stations.get(station);
    const stands = s.bikes == null ? "nobody knows what stands there"
      : `${s.bikes} bikes${s.free == null ? "" : `, ${s.free} free docks`}`;
    return [s.name, stands, ...s.wrong ? [WRONG[s.wrong]] : []];
  }

  // What the stream says.
  function positions(rows) {
    const now = performance.now();
    let changed = false;
    for (const [id, lat, lon, aboard, job] of rows) {
      const v = vans.get(id);
      if (!v) { vansChanged(); continue; }
      changed ||= v.aboard !== aboard || v.job !== job;
      Object.assign(moveTo(v, lat, lon, now), { aboard, job });
    }
    if (changed) cards();
  }
  function stock(rows) {
    for (const [id, bikes, free, wrong] of rows) {
      const s = stations.get(id);
      if (s) Object.assign(s, { bikes, free, wrong });
    }
    if (rows.length !== stations.size) stationsChanged();
  }
  function figures(f) {
    const of = (id, count) => { $(id).textContent = grouped(count); };
    of("empty", f.empty); of("full", f.full); of("out", f.under_way); of("waiting", f.waiting); of("done", f.done); of("moved", f.moved);
    $("issue").textContent = minutes(f.issue_p50_s); $("issue99").textContent = minutes(f.issue_p99_s);
    $("p99").textContent = about_two(f.round_p99_ms, "ms"); $("p50").textContent = about_two(f.round_p50_ms, "ms");
    time(f.at);
    bar(Object.keys(NAME).filter(job => f.vans[job]).map(job => [NAME[job], INK_OF[job], f.vans[job]]));
  }
  const named = id => stations.get(id)?.name || id;
  const where = order => named(orders.get(order)?.station || "?");
  function change(c) {
    const [kind, e] = Object.entries(c.event)[0], at = c.at, order = e.work_order;
    const about = { order, van: e.van, station: e.station || orders.get(order)?.station };
    switch (kind) {
      case "station_put": case "station_removed":
        if (kind === "station_removed" || !stations.has(e.station)) stationsChanged();
        break;
      case "station_closed": say(at, `${named(e.station)} is closed`, { station: e.station }); break;
      case "station_opened": say(at, `${named(e.station)} is open again`, { station: e.station }); break;
      case "van_put": case "van_removed": vansChanged(); break;
      case "van_changed": say(at, `${e.van} ${e.step === "break_down" ? "broke down" : "goes again"}`, { van: e.van }); vansChanged(); break;
      case "stop_made": {
        const s = stations.get(e.station);
        flash(s, e.unloaded ? INK.well : INK.full);
        say(at, `${e.van} ${e.unloaded ? `unloaded ${e.unloaded}` : `loaded ${e.loaded}`} at ${named(e.station)}`, about);
        vansChanged(); break;
      }
      case "work_order_proposed":
        orders.set(order, { task: e.task, station: e.station });
        say(at, `${order} needed at ${named(e.station)}: ${e.why}`, about); break;
      case "work_order_issued":
        flash(stations.get(orders.get(order)?.station), INK.to_pickup);
        say(at, `${order} → ${e.van}: ${orders.get(order)?.task || ""} ${interval(e.bikes)} at ${where(order)}`, about);
        vansChanged(); break;
      case "work_order_returned": say(at, `${order} comes back from ${e.van}: ${e.why}`, about); vansChanged(); break;
      case "work_order_withdrawn": say(at, `${order} at ${where(order)} withdrawn: ${e.why}`, about); vansChanged(); break;
      case "work_order_cut": case "work_order_accepted": case "work_order_under_way": case "work_order_done": vansChanged(); break;
    }
    // The stream names an order again only while it is open.
    if (orders.size > 20000) orders.clear();
  }

  // Times in the engine's words are whole; here the hour is enough.
  const short = words => words.replace(/\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)(\.\d+)?Z/g, "$1");
  const sentences = words => short(words).split(/(?<=[.;]) /).map(word => [word, ""]);
  async function why({ van, station, order }) {
    if (order) {
      const explained = await read(`/work-orders/${encodeURIComponent(order)}/explain`);
      return [[`${order} at ${where(order)}`, "dim"], ...sentences(explained.words)];
    }
    if (station) {
      const explained = await read(`/stations/${encodeURIComponent(station)}/explain`);
      return [[named(station), "dim"], ...sentences(explained.words)];
    }
    const v = await read(`/vans/${encodeURIComponent(van)}`);
    cards();
    const stop = (s, i) => [`${i + 1}. ${work(s)} at ${s.name || s.station} (${s.phase.replace("_", " ")}): ${s.why}`, ""];
    return [[`${v.id}: ${v.aboard} of ${v.spec.capacity} bikes aboard, ${NAME[vans.get(van)?.job] || v.state}.`, ""],
      ...v.stops.length ? v.stops.map(stop) : [["It has no work order.", "dim"]]];
  }
  const reset = () => { stationsChanged(); vansChanged(); };
  return { begin, lines, draw, near, tip, why, reset, on: { change, positions, stock, figures } };
})();
