// Keeps the page live: lays the regions that the server sends over those that are there, so that
// focus stays, and greys the screen when what it shows is older than two seconds.
import { t } from "./util.js";

const STALE_MS = 2000;
const root = document.documentElement;
const why = document.getElementById("stale-why");
const listeners = [];
let shownAt = -Infinity;
let ageMs = 0;
let connected = false;

export const isLive = () => root.dataset.link === "live";
export const onFrame = (listener) => listeners.push(listener);

// Makes `old` like `fresh`, keeping every element that can stay.
function patch(old, fresh) {
  const have = [...old.childNodes];
  const want = [...fresh.childNodes];
  want.forEach((node, at) => {
    const before = have[at];
    if (!before) old.append(node);
    else if (before.nodeType !== node.nodeType || before.nodeName !== node.nodeName) {
      before.replaceWith(node);
    } else if (node.nodeType === Node.TEXT_NODE) {
      if (before.data !== node.data) before.data = node.data;
    } else {
      attributes(before, node);
      patch(before, node);
    }
  });
  have.slice(want.length).forEach((node) => node.remove());
}

function attributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

export function replace(id, html) {
  const region = document.getElementById(id);
  if (!region) return;
  const template = document.createElement("template");
  template.innerHTML = html;
  patch(region, template.content);
}

function judge() {
  const silent = performance.now() - shownAt;
  const old = silent + ageMs;
  const live = connected && old <= STALE_MS;
  const state = live ? "live" : "stale";
  if (root.dataset.link !== state) {
    root.dataset.link = state;
    listeners.forEach((listener) => listener());
  }
  if (live) return;
  const reason = connected && silent <= STALE_MS ? t("stale-old") : t("stale-lost");
  const age = t("stale-age", { seconds: Math.floor(old / 1000) });
  const text = Number.isFinite(old) ? `${reason}; ${age}` : reason;
  if (why.textContent !== text) why.textContent = text;
}

function connect() {
  const source = new EventSource(`/events?lang=${root.lang}`);
  source.addEventListener("frame", (event) => {
    const frame = JSON.parse(event.data);
    for (const [id, html] of Object.entries(frame.regions)) replace(id, html);
    connected = true;
    shownAt = performance.now();
    ageMs = frame.age_ms;
    judge();
    listeners.forEach((listener) => listener());
  });
  source.addEventListener("error", () => {
    connected = false;
    // A refused stream is not tried again by the browser itself.
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
  });
}

connect();
setInterval(judge, 250);
