// S4: goes through the rejects by keys or by touch, has them confirmed or marked as a deviation,
// one by one or many at a time.
import { press } from "./acts.js";
import { call, dialog, el, field, t, toast, told } from "./util.js";

const AT_ONCE_MAX = 1000;

const page = document.querySelector(".review");
const list = document.getElementById("rejects-list");
const pack = document.getElementById("pack");
const form = document.getElementById("review-filter");
const batch = form?.elements.batch.value ?? page?.dataset.batch;
const KEPT = `review-selected ${batch}`;
const selected = new Set(JSON.parse(sessionStorage.getItem(KEPT) ?? "[]"));
let loading = null;

const rows = () => [...list.children];
const current = () => list.querySelector("[aria-selected=true]");
const trackOf = (row) => Number(row.dataset.track);

// The filter is part of the address, so that a page can be handed on.
form?.addEventListener("submit", (event) => event.preventDefault());
form?.addEventListener("change", () => {
  const wanted = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value !== "") wanted.set(name, value);
  location.search = wanted;
});

function counted() {
  for (const row of rows()) {
    row.setAttribute("aria-checked", String(selected.has(trackOf(row))));
  }
  const place = document.getElementById("selected");
  place.textContent = selected.size === 0 ? t("review-none-selected")
    : t("review-selected", { count: selected.size });
  sessionStorage.setItem(KEPT, JSON.stringify([...selected]));
}

async function show(row) {
  const before = current();
  if (before !== row) before?.setAttribute("aria-selected", "false");
  row.setAttribute("aria-selected", "true");
  row.scrollIntoView({ block: "nearest" });
  loading?.abort();
  loading = new AbortController();
  const { lang } = document.documentElement;
  const wanted = new URLSearchParams({ batch, track: trackOf(row), lang });
  pack.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`/review/pack?${wanted}`, { signal: loading.signal });
    const text = await answer.text();
    if (!answer.ok) throw JSON.parse(text);
    pack.innerHTML = text;
    pack.removeAttribute("aria-busy");
    const address = new URLSearchParams(location.search);
    address.set("track", trackOf(row));
    history.replaceState(null, "", `?${address}`);
  } catch (problem) {
    if (problem.name === "AbortError") return;
    pack.removeAttribute("aria-busy");
    pack.replaceChildren(el("p", { class: "problem" }, told(problem)));
  }
}

function move(step) {
  const all = rows();
  const at = all.indexOf(current()) + step;
  if (at >= 0 && at < all.length) show(all[at]);
  else document.querySelector(step > 0 ? "a[rel=next]" : "a[rel=prev]")?.click();
}

function toggle(row) {
  const track = trackOf(row);
  if (selected.has(track)) selected.delete(track);
  else if (selected.size < AT_ONCE_MAX) selected.add(track);
  else toast(t("review-too-many", { count: AT_ONCE_MAX }), "failed");
  counted();
}

function selectAll() {
  const open = rows().filter((row) => !row.hasAttribute("data-reviewed"));
  const all = open.length > 0 && open.every((row) => selected.has(trackOf(row)));
  for (const row of open) {
    if (all) selected.delete(trackOf(row));
    else if (selected.size < AT_ONCE_MAX) selected.add(trackOf(row));
  }
  counted();
}

// The rows stay where they are; only their marks change.
async function reviewed(tracks, finding) {
  for (const row of rows().filter((each) => tracks.includes(trackOf(each)))) {
    row.setAttribute("data-reviewed", "");
    row.querySelector(".mark").textContent = t(`review-mark-${finding}`);
  }
  tracks.forEach((track) => selected.delete(track));
  counted();
  try {
    const path = `/orders/${encodeURIComponent(batch)}/rejects?limit=1`;
    const { total, unreviewed } = await call("GET", path);
    document.getElementById("review-counts").textContent =
      t("review-counts", { count: total, left: unreviewed });
  } catch {
    // The marks say it; the sum comes with the next page.
  }
}

async function review(tracks, finding, comment, button) {
  if (tracks.length === 0) return;
  const act = { act: "reject_review", batch, tracks, finding, comment };
  if (!(await press(button, act, { reason: comment ?? "" }))) return;
  await reviewed(tracks, finding);
  list.focus();
  if (tracks.length === 1 && current() && trackOf(current()) === tracks[0]) move(1);
}

function ask(tracks, finding, button) {
  if (tracks.length === 0) return;
  if (finding === "confirmed") {
    review(tracks, finding, null, button);
    return;
  }
  dialog({
    title: t("review-deviation"),
    body: [field(t("review-comment"), {
      name: "comment", required: true, maxlength: 400, rows: 3, autofocus: true,
    }, "textarea")],
    action: t("review-deviation"),
    submit: ({ comment }, box) => {
      if (comment.trim() === "") throw { detail: t("review-comment-needed") };
      box.close();
      review(tracks, finding, comment.trim(), button);
    },
  });
}

const one = () => {
  const shown = pack.querySelector(".pack")?.dataset.track;
  return shown === undefined ? [] : [Number(shown)];
};
const many = () => [...selected].sort((a, b) => a - b);

const KEYS = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Home: () => rows().length > 0 && show(rows()[0]),
  End: () => rows().length > 0 && show(rows().at(-1)),
  " ": () => current() && toggle(current()),
  PageDown: () => pack.scrollBy({ top: pack.clientHeight * 0.8 }),
  PageUp: () => pack.scrollBy({ top: -pack.clientHeight * 0.8 }),
  Enter: () => ask(one(), "confirmed"),
  d: () => ask(one(), "deviation"),
  a: selectAll,
  b: () => ask(many(), "confirmed"),
  f: () => form.elements.reason.focus(),
  l: () => list.focus(),
};

function onKey(event) {
  const { key, target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog")) return;
  if (target.closest("input, select, textarea")) return;
  // Buttons and links keep their own keys.
  if (target.closest("button, a") && (key === "Enter" || key === " ")) return;
  const does = KEYS[key.length === 1 ? key.toLowerCase() : key];
  if (!does || (event.repeat && !/^(Arrow|Page)/.test(key))) return;
  event.preventDefault();
  does();
}

if (list) {
  list.addEventListener("click", (event) => {
    const row = event.target.closest("li");
    if (!row) return;
    if (event.target.closest(".check")) {
      event.preventDefault();
      toggle(row);
    } else show(row);
  });
  pack.addEventListener("click", (event) => {
    const button = event.target.closest("[data-finding]");
    if (button) ask(one(), button.dataset.finding, button);
  });
  document.getElementById("select-all").addEventListener("click", selectAll);
  document.getElementById("bulk").addEventListener("click", (event) => {
    if (selected.size === 0) toast(t("review-none-selected"), "failed");
    else ask(many(), "confirmed", event.currentTarget);
  });
  document.addEventListener("keydown", onKey);
  counted();
  current()?.scrollIntoView({ block: "nearest" });
  list.focus();
}
