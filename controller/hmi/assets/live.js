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

// Lists of elements with keys: a row is never laid over another one. While a finger, a key or the
// mouse is at work in a list of class `steady`, no row moves or goes.
const STEADY_MS = 4000;
const touched = new WeakMap();
const moved = new WeakMap();
let pressed = null;

const steadyOf = (node) => (node instanceof Element ? node.closest(".steady") : null);
function touch(event) {
  const list = steadyOf(event.target);
  if (list) touched.set(list, performance.now());
  if (event.type === "pointerdown") pressed = list;
  if (event.type === "pointerup" || event.type === "pointercancel") pressed = null;
}
for (const name of ["pointerdown", "pointerup", "pointercancel", "pointermove", "keydown", "wheel",
  "focusin", "touchmove"]) {
  document.addEventListener(name, touch, { capture: true, passive: true });
}

// When rows of a list changed their places last.
export const movedAt = (list) => moved.get(list) ?? -Infinity;

function isSteady(list) {
  if (!list.classList?.contains("steady")) return false;
  return pressed === list || performance.now() - (touched.get(list) ?? -Infinity) < STEADY_MS
    || document.querySelector("dialog[open]") !== null;
}

function keyed(old, fresh) {
  const steady = isSteady(old);
  const have = new Map([...old.children].map((row) => [row.dataset.key, row]));
  const rows = [...fresh.children].map((row) => {
    const mine = have.get(row.dataset.key);
    if (!mine) return row;
    have.delete(row.dataset.key);
    // A row that belongs into another view now stays where it is, too.
    const kept = mine.hasAttribute("data-keep") || mine.dataset.state !== row.dataset.state;
    attributes(mine, row);
    if (steady && kept) mine.setAttribute("data-keep", "");
    patch(mine, row);
    return mine;
  });
  if (steady) {
    for (const gone of have.values()) gone.setAttribute("data-gone", "");
    for (const row of rows) if (row.parentNode !== old) old.append(row);
    return;
  }
  const focus = document.activeElement;
  let place = old.firstElementChild;
  let changed = have.size > 0;
  for (const gone of have.values()) {
    if (place === gone) place = gone.nextElementSibling;
    gone.remove();
  }
  for (const row of rows) {
    if (row === place) place = place.nextElementSibling;
    else {
      changed = true;
      old.insertBefore(row, place);
    }
  }
  if (changed) moved.set(old, performance.now());
  if (focus !== document.activeElement && old.contains(focus)) focus.focus({ preventScroll: true });
}

// Makes `old` like `fresh`, keeping every element that can stay.
function patch(old, fresh) {
  if (old.classList?.contains("steady") || fresh.firstElementChild?.dataset?.key) {
    keyed(old, fresh);
    return;
  }
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

const waiting = new Map();
export function replace(id, html) {
  const region = document.getElementById(id);
  if (!region) return;
  const template = document.createElement("template");
  template.innerHTML = html;
  patch(region, template.content);
  clearTimeout(waiting.get(id));
  waiting.delete(id);
  // What had to wait for a finger is done when it is gone.
  if (!isSteady(region)) return;
  waiting.set(id, setTimeout(() => {
    replace(id, html);
    listeners.forEach((listener) => listener());
  }, STEADY_MS));
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
