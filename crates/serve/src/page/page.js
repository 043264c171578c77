// The page begins: one region at a time, the one that the address names, as `/?region=east` does, or the first that has a face.
const FACES = { fleet, bikes };

// The stream: the browser comes back by itself and says which change it saw last.
function listen() {
  const source = new EventSource(`${base}/stream`);
  source.addEventListener("open", () => { $("state").textContent = "live"; $("state").className = ""; });
  source.addEventListener("error", () => { $("state").textContent = "connection lost, trying again…"; $("state").className = "lost"; });
  for (const [name, hear] of Object.entries(face.on)) source.addEventListener(name, event => hear(JSON.parse(event.data)));
  source.addEventListener("reset", () => face.reset());
}
// What stands still is there, or is there anew.
async function begun() {
  ground = await face.lines();
  fit();
}
function links(regions, here) {
  $("regions").hidden = regions.length < 2;
  $("regions").innerHTML = regions.map(r =>
    `<a href="/?region=${encodeURIComponent(r.region)}" class="${r.region === here ? "here" : ""}">${escape(r.region)}</a>`).join("");
}
async function choose() {
  mix();
  const regions = await (await ask("/v1/regions")).json();
  const wanted = new URLSearchParams(location.search).get("region");
  const region = wanted ? regions.find(r => r.region === wanted) : regions.find(r => FACES[r.kind]) || regions[0];
  links(regions, region?.region);
  if (!region) return tellAll(`There is no region ${wanted}`, `This server has ${regions.map(r => r.region).join(", ")}.`);
  base = `/v1/regions/${region.region}`;
  face = FACES[region.kind];
  if (!face) {
    $("state").textContent = "";
    return tellAll(`${region.region} is a region of kind ${region.kind}`, `This page shows fleets and shared bikes: ask \`paceline ${region.kind} --help\`.`);
  }
  face.begin();
  listen();
  await begun();
}
// Until all of it can be read, it is tried again: the server may be on its way up, or behind.
async function start() {
  try { await (face ? begun() : choose()); } catch (error) {
    tellAll(error.status === 401 || error.status === 403 ? "This is not for you to see" : "Nothing can be read yet", error.message);
    setTimeout(start, 3000);
  }
}
addEventListener("resize", fit);
matchMedia("(prefers-color-scheme: light)").addEventListener("change", fit);
requestAnimationFrame(draw);
start();
</script>
</body>
</html>
