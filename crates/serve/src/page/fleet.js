// The face of a fleet: vehicles by what they do, open orders, and why.
const fleet = (() => {
  const INK_OF = { free: "free", offered: "to_pickup", to_pickup: "to_pickup", at_pickup: "to_pickup", aboard: "aboard", sharing: "aboard",
    to_charger: "charging", charging: "charging", out: "out", lost: "out" };
  const NAME = { free: "free", offered: "offered", to_pickup: "to pick-up", at_pickup: "at pick-up", aboard: "with riders", sharing: "on a shared route",
    to_charger: "to charger", charging: "charging", out: "out of service", lost: "not heard" };
  const vehicles = new Map();   // id -> {lat, lon, from, to, since, battery, job}
  const orders = new Map();     // open orders: id -> {lat, lon}

  function begin() {
    boxes([["served", 0, "orders served"], ["rate", "–", "service rate"], ["open", 0, "open orders"], ["timed_out", 0, "timed out"],
      ["wait", "–", "mean wait"], ["pickup", "–", "mean way to pick-up"], ["p99", "–", 'round, p99 (p50 <em id="p50">–</em>)'],
      ["degraded", 0, "degraded rounds"]]);
    legend([["free", "free"], ["to_pickup", "to pick-up"], ["aboard", "with riders"], ["charging", "charging"], ["order", "open order"]]);
    $("kind").innerHTML = '<h2>Fleet</h2><div class="bar" id="bar"></div><div class="counts" id="counts"></div>';
    $("why").innerHTML = '<p class="dim">Click a vehicle or an order, on the map or below: the engine says why.</p>';
    $("licence").textContent = "streets © OpenStreetMap contributors";
  }
  async function lines() {
    const { bounds, streets } = await read("/roads");
    return { bounds, lines: streets };
  }
  function draw(now, scale) {
    const beat = (now % 1400) / 1400;
    const size = (vehicles.size > 2000 ? 1.6 : vehicles.size > 600 ? 2.3 : 3.4) * scale;
    for (const order of orders.values()) {
      const [x, y] = view(order.lat, order.lon);
      dot(x, y, (3 + 9 * beat) * scale, INK.order, .35 * (1 - beat));
      dot(x, y, 2.4 * scale, INK.order);
    }
    for (const [id, v] of vehicles) {
      glide(v, now);
      const [x, y] = view(v.lat, v.lon);
      if (v.job === "aboard") dot(x, y, size * 1.9, INK.aboard, .22);
      dot(x, y, size, INK[INK_OF[v.job]] || INK.bright, v.job === "free" ? .85 : 1);
      if (chosen && chosen.vehicle === id) ring(x, y, size * 2.4, INK.bright);
    }
  }
  function near(is) {
    for (const [id, v] of vehicles) is(v.lat, v.lon, { vehicle: id });
    for (const [id, o] of orders) is(o.lat, o.lon, { order: id });
  }
  function tip({ vehicle, order }) {
    const v = vehicles.get(vehicle);
    return v ? [vehicle, `${NAME[v.job] || v.job}, battery ${v.battery} %`] : [order, "open order"];
  }

  function positions(rows) {
    const now = performance.now(), seen = new Set();
    for (const [id, lat, lon, battery, job] of rows) {
      seen.add(id);
      const known = vehicles.get(id);
      if (known) Object.assign(moveTo(known, lat, lon, now), { battery, job });
      else vehicles.set(id, { lat, lon, from: [lat, lon], to: [lat, lon], since: now, battery, job });
    }
    for (const id of vehicles.keys()) if (!seen.has(id)) vehicles.delete(id);
    tellAll(vehicles.size ? "" : "No vehicles yet", "Put them with `PUT /v1/vehicles/{id}`.");
  }
  function figures(f) {
    $("served").textContent = grouped(f.served); $("rate").textContent = percent(f.service_rate);
    $("open").textContent = grouped(f.open); $("timed_out").textContent = grouped(f.timed_out);
    $("wait").textContent = minutes(f.wait_mean_s);
    $("pickup").textContent = f.pickup_km_mean == null ? "–" : f.pickup_km_mean.toFixed(2) + " km";
    $("p99").textContent = about_two(f.round_p99_ms, "ms"); $("p50").textContent = about_two(f.round_p50_ms, "ms");
    $("degraded").textContent = f.degraded; $("degraded_box").classList.toggle("warn", f.degraded > 0);
    time(f.at);
    bar(Object.keys(NAME).filter(job => f.vehicles[job]).map(job => [NAME[job], INK_OF[job], f.vehicles[job]]));
  }
  function change(c) {
    const [kind, e] = Object.entries(c.event)[0], at = c.at;
    switch (kind) {
      case "order_placed": orders.set(e.spec.id, e.spec.pickup); break;
      case "order_cancelled": orders.delete(e.order); say(at, `${e.order} called off`, { order: e.order }); break;
      case "order_timed_out":
        flash(orders.get(e.order), INK.order); orders.delete(e.order);
        say(at, `${e.order} timed out`, { order: e.order }); break;
      case "offer_made": case "order_assigned":
        flash(orders.get(e.order), INK.to_pickup); orders.delete(e.order);
        say(at, `${e.order} → ${e.vehicle}`, { order: e.order, vehicle: e.vehicle }); break;
      case "dispatch_failed": {
        const v = vehicles.get(e.vehicle);
        orders.set(e.order, e.stranded_at || (v ? { lat: v.lat, lon: v.lon } : { lat: 0, lon: 0 }));
        say(at, `${e.order} lost ${e.vehicle}: ${e.cause}`, { order: e.order }); break;
      }
      case "riders_dropped_off": flash(e.reading.position, INK.aboard); say(at, `${e.order} served by ${e.vehicle}`, { order: e.order, vehicle: e.vehicle }); break;
      case "charge_ordered": say(at, `${e.vehicle} to charger ${e.decision.charger}`, { vehicle: e.vehicle }); break;
      case "vehicle_faulted": say(at, `${e.vehicle} broke down: ${e.reason}`, { vehicle: e.vehicle }); break;
      case "contact_lost": say(at, `${e.vehicle} is not heard any more`, { vehicle: e.vehicle }); break;
    }
  }

  async function why({ vehicle, order }) {
    const lines = [];
    if (vehicle) {
      const v = await read(`/vehicles/${encodeURIComponent(vehicle)}`);
      lines.push([`${v.id}: ${NAME[v.job] || v.job}${v.order ? " " + v.order : ""}${v.charger ? " " + v.charger : ""}, battery ${v.battery_percent.toFixed(0)} %, ${v.seats} seats.`, ""]);
      order = order || v.order;
    }
    if (order) {
      const explained = await read(`/orders/${encodeURIComponent(order)}/explain`);
      lines.push([`Order ${order}`, "dim"], ...explained.words.map(word => [word, ""]));
    }
    return lines;
  }
  const reset = () => orders.clear();
  return { begin, lines, draw, near, tip, why, reset, on: { change, positions, figures } };
})();
