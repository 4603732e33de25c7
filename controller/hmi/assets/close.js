// S7: the close of a batch. Shows what the ledger says is open; the ledger decides whether the
// books may close.
import { press } from "./acts.js";
import { scanField } from "./scan.js";
import { call, el, field, save, t, told, toast } from "./util.js";

const LOOK_MS = 3000;
// Forms of the batch record and its events.
const REPORTS = ["pdf", "xlsx", "csv", "json", "epcis"];
// Identities that may stay open with two signatures.
const MAY_STAY = ["unexplained", "unexplained_exit"];
const TERMS = ["additions", "removals", "retrieved", "printed", "duplicate"];
const WAYS = ["exited", "ejected", "removed"];
const may = new Set((document.body.dataset.may ?? "").split(" "));
const page = document.getElementById("close");

let batch = null;
let drawn = "";

const not = (action) => (may.has(action) ? null : t("close-not-yours"));

function button(text, act, why, kind = "") {
  const it = el("button", { type: "button", class: kind, "aria-disabled": why ? "true" : null },
    text);
  it.addEventListener("click", async () => {
    if (why) return toast(why, "failed");
    if (await press(it, act())) {
      drawn = "";
      await look();
    }
  });
  return why ? el("div", { class: "off" }, it, el("small", {}, why)) : it;
}

const panel = (title, ...inside) =>
  el("section", { class: "panel" }, el("h2", {}, t(title)), ...inside.filter(Boolean));

function sums(books) {
  const rows = Object.entries(books).map(([name, value]) =>
    el("div", {}, el("dt", {}, t(`books-${name}`)), el("dd", {}, String(value))));
  return panel("close-sums", el("dl", { class: "sums" }, ...rows));
}

const identityName = (name) => t(`identity-${name.replaceAll(" ", "-")}`);

// An order that runs has counts on their way: nothing of it is wrong yet.
function identityState(row, over) {
  if (row.holds) return t("close-holds");
  if (!over) return t("close-not-yet");
  const by = `${t("close-differs")} ${row.left - row.right}`;
  return row.covered ? `${by} – ${t("close-covered")}` : by;
}

function identities(told_, over) {
  const rows = told_.identities.map((row) => {
    const open = over && !row.holds && !row.covered;
    const leave = open && MAY_STAY.includes(row.name)
      ? button(t("act-deviation"), () => ({
        act: "deviation", batch, identity: row.name, amount: row.left - row.right,
      }), not("deviation")) : null;
    return el("tr", { class: open ? "open" : "" }, el("td", {}, identityName(row.name)),
      el("td", { class: "number" }, String(row.left)),
      el("td", { class: "number" }, String(row.right)),
      el("td", {}, open ? "▲ " : "", identityState(row, over), leave));
  });
  const left = told_.deviations.map((row) => el("p", {},
    `${identityName(row.identity)}: ${row.amount}, ${row.who}, ${row.reason}`));
  return panel("close-identities", el("table", {}, el("tbody", {}, ...rows)), ...left);
}

function unresolved(told_, packs) {
  const list = told_.unresolved;
  if (!list.length) return panel("close-unresolved", el("p", {}, t("close-none")));
  const serialOf = new Map(packs.map((pack) => [pack.track, pack.serial]));
  const choice = field(t("close-pack"), { name: "track" }, "select");
  const select = choice.querySelector("select");
  select.append(...list.map((track) =>
    el("option", { value: track }, `${track} · ${serialOf.get(track) ?? "–"}`)));
  const scan = scanField(t("close-scan-pack"), "pack", ({ kind, text, fields }, refuse) => {
    const serial = kind === "code" ? fields.serial : text;
    const found = list.find((track) => serialOf.get(track) === serial);
    if (found) select.value = String(found);
    else refuse(t("close-no-pack"));
  });
  const ways = WAYS.map((as) => button(t(`close-as-${as}`), () => ({
    act: "resolve_pack", batch, track: Number(select.value), as,
  }), not("resolve_pack")));
  return panel("close-unresolved", scan, choice, el("div", { class: "row" }, ...ways));
}

function counts() {
  const term = field(t("close-term"), { name: "term" }, "select");
  term.querySelector("select").append(...TERMS.map((name) =>
    el("option", { value: name }, t(`close-term-${name}`))));
  const count = field(t("close-count"), { name: "count", type: "number", step: 1, value: 1 });
  const act = () => ({
    act: "declare_count", batch, term: term.querySelector("select").value,
    count: Number(count.querySelector("input").value),
  });
  return panel("close-declare", el("div", { class: "row" }, term, count,
    button(t("act-declare_count"), act, not("declare_count"))));
}

function signatures(told_) {
  const rows = told_.signatures.map((row) => el("tr", {},
    el("td", {}, row.at.slice(0, 19).replace("T", " "), " UTC"), el("td", {}, row.name || row.who),
    el("td", {}, t(`meaning-${row.meaning}`)), el("td", {}, row.subject.split(" sha256:")[0])));
  return panel("close-signatures", rows.length
    ? el("table", {}, el("tbody", {}, ...rows)) : el("p", {}, t("close-none")));
}

// Who takes a report is on record, so the session's token goes with it: no plain link can.
function report(format) {
  const why = not("report_export");
  const it = el("button", { type: "button", "aria-disabled": why ? "true" : null },
    t(`close-report-${format}`));
  it.addEventListener("click", async () => {
    if (why || it.getAttribute("aria-busy")) return why && toast(why, "failed");
    it.setAttribute("aria-busy", "true");
    try {
      await save(`/orders/${batch}/report?format=${format}`);
    } catch (problem) {
      toast(told(problem), "failed");
    } finally {
      it.removeAttribute("aria-busy");
    }
    return undefined;
  });
  return it;
}

const isOver = (state) => ["completed", "aborted", "loaded", "closed"].includes(state);

function end(told_, state) {
  const closed = told_.readiness.steps.find((row) => row.step === "batch_close").seq;
  if (closed) {
    return panel("close-closed", el("div", { class: "row reports" }, ...REPORTS.map(report)));
  }
  const waits = told_.unreviewed.count;
  const review = waits
    ? el("a", { class: "link", href: "/review" }, `▲ ${waits} ${t("close-unreviewed")}`)
    : el("p", {}, t("close-reviewed"));
  const open = told_.identities.some((row) => !row.holds && !row.covered);
  const why = not("batch_close") ?? (isOver(state) ? null : t("close-runs"))
    ?? (told_.books.unresolved ? t("close-first-packs") : null)
    ?? (open ? t("close-first-books") : null);
  return panel("close-end", review,
    button(t("act-batch_close"), () => ({ act: "batch_close", batch }), why, "primary"));
}

async function look() {
  const { orders } = await call("GET", "/orders");
  const mine = orders.filter((row) => row.mode === "production");
  const order = mine.find((row) => row.state !== "closed") ?? mine[0];
  if (!order) return page.replaceChildren(panel("close-nothing"));
  batch = order.batch;
  const told_ = await call("GET", `/orders/${batch}/books`);
  const now = JSON.stringify([order.state, told_]);
  // What somebody types or chooses stays until it is done.
  const typing = page.contains(document.activeElement)
    && document.activeElement.matches("input, select");
  if (now === drawn || typing) return undefined;
  const packs = await Promise.all(told_.unresolved.map((track) =>
    call("GET", `/orders/${batch}/packs/${track}?neighbours=0`).then((it) => it.pack)));
  drawn = now;
  const has = page.contains(document.activeElement);
  page.replaceChildren(
    el("div", { class: "column" }, end(told_, order.state), unresolved(told_, packs),
      counts()),
    el("div", { class: "column" }, identities(told_, isOver(order.state)), signatures(told_),
      sums({ ...told_.books, ends_at_close: told_.ends_at_close })));
  if (has) page.querySelector("button")?.focus();
  return undefined;
}

if (page) {
  const problem = document.getElementById("close-problem");
  const again = () => look().then(() => { problem.textContent = ""; },
    (refused) => { problem.textContent = told(refused); });
  again();
  setInterval(again, LOOK_MS);
}
