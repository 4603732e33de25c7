// Keeps the page live: replaces the regions that the server sends, and greys the screen when what
// it shows is older than two seconds. It decides nothing and sends nothing.
const STALE_MS = 2000;
const root = document.documentElement;
const why = document.getElementById("stale-why");
let shownAt = -Infinity;
let ageMs = 0;
let connected = false;

function judge() {
  const silent = performance.now() - shownAt;
  const old = silent + ageMs;
  const live = connected && old <= STALE_MS;
  const state = live ? "live" : "stale";
  if (root.dataset.link !== state) root.dataset.link = state;
  if (live) return;
  const seconds = Number.isFinite(old) ? Math.floor(old / 1000) : 0;
  const reason = connected && silent <= STALE_MS
    ? "the line has sent no new figures"
    : "the connection to the service is lost";
  const text = Number.isFinite(old) ? `${reason}; these are ${seconds} s old` : reason;
  if (why.textContent !== text) why.textContent = text;
}

const source = new EventSource("/events");
source.addEventListener("frame", (event) => {
  const frame = JSON.parse(event.data);
  for (const [id, html] of Object.entries(frame.regions)) {
    const region = document.getElementById(id);
    if (region) region.innerHTML = html;
  }
  connected = true;
  shownAt = performance.now();
  ageMs = frame.age_ms;
  judge();
});
source.addEventListener("error", () => {
  connected = false;
  // A refused stream is not tried again by the browser itself.
  if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3000);
});
setInterval(judge, 250);
