// S2: an order from its loading to its first pack. Shows what the service says is done and what
// comes next; it decides nothing.
import { perform, press } from "./acts.js";
import { checkField, scanField } from "./scan.js";
import { call, el, field, t, told, toast } from "./util.js";

const LOOK_MS = 2000;
const STEPS = ["order", "line_clearance", "device_check", "challenge", "order_start", "first_pack"];
const MARKS = { done: "✓", missing: "○", failed: "✕", waived: "–" };
const NEEDS = {
  order: "order_load", line_clearance: "line_clearance", device_check: "device_check",
  challenge: "challenge_test", order_start: "order_start", first_pack: "first_pack_approval",
};
const may = new Set((document.body.dataset.may ?? "").split(" "));
const list = document.getElementById("steps");
const work = document.getElementById("step-work");

let batch = null;
let order = null;
let shown = null;
let checked = null;
let drawn = "";

const button = (text, go, why, kind = "primary") => {
  const it = el("button", { type: "button", class: kind, "aria-disabled": why ? "true" : null },
    text);
  it.addEventListener("click", () => (why ? toast(why, "failed") : go(it)));
  return why ? el("div", { class: "off" }, it, el("small", {}, why)) : it;
};
const not = (step) => (may.has(NEEDS[step]) ? null : t("start-not-yours"));
const facts = (pairs) => el("dl", { class: "facts" }, ...pairs.map(([name, value]) =>
  el("div", {}, el("dt", {}, t(name)), el("dd", {}, String(value ?? "–")))));

// Does a step and looks again; forgets what stood there.
async function go(it, act) {
  if (await press(it, act)) {
    drawn = "";
    await find();
  }
}

function orderFacts(it) {
  return facts([["start-product", it.product], ["start-gtin", it.gtin], ["start-lot", it.lot],
    ["start-expiry", it.expiry], ["start-target", it.target], ["start-batch", it.batch]]);
}

async function orderWork() {
  if (not("order")) return [el("p", {}, not("order"))];
  const { files } = await call("GET", "/order-files");
  const chosen = el("div", { class: "chosen" });
  const choose = (file) => {
    if (file.wrong) return chosen.replaceChildren(el("p", { class: "problem" }, file.wrong));
    const why = file.used ? t("start-used") : null;
    chosen.replaceChildren(orderFacts(file), button(t("start-load"), async (it) => {
      it.setAttribute("aria-busy", "true");
      const pool = file.pool ? `&pool=${encodeURIComponent(file.pool)}` : "";
      try {
        await call("POST", `/orders?file=${encodeURIComponent(file.file)}${pool}`, file.text);
        drawn = "";
        await find();
      } catch (problem) {
        toast(told(problem), "failed");
      } finally {
        it.removeAttribute("aria-busy");
      }
    }, why));
  };
  const scan = scanField(t("start-scan-order"), "order", ({ text, fields }, refuse) => {
    const fits = (file) => file.batch === text || file.file === text
      || (fields.gtin && file.gtin === fields.gtin && file.lot === fields.lot);
    const found = files.find(fits);
    if (found) choose(found);
    else refuse(t("start-no-order"));
  });
  const rows = files.map((file) => {
    const text = file.wrong ? `${file.file}: ${t("start-wrong")}`
      : `${file.batch} · ${file.product ?? file.gtin} · ${file.lot}`;
    return el("li", {}, button(text, () => choose(file), null, "pick"));
  });
  return [scan, rows.length ? el("ul", { class: "picks" }, ...rows)
    : el("p", { class: "hint" }, t("start-no-files")), chosen];
}

function clearanceWork() {
  const boxes = shown.clearance_items.map((item, at) => el("label", { class: "tick" },
    el("input", { type: "checkbox", name: `item-${at}` }), el("span", {}, item)));
  const ticks = boxes.map((box) => box.querySelector("input"));
  const remarks = field(t("start-remarks"), { name: "remarks", maxlength: 400 });
  return [...boxes, remarks, button(t("start-clear"), (it) => {
    const left = ticks.find((tick) => !tick.checked);
    if (left) {
      left.focus();
      return toast(t("start-not-ticked"), "failed");
    }
    const items = shown.clearance_items.map((item) => ({ item, done: true }));
    const text = remarks.querySelector("input").value;
    return go(it, { act: "line_clearance", batch, items, remarks: text || null });
  }, not("line_clearance"))];
}

function echoTable() {
  if (!checked) return el("p", { class: "hint" }, t("start-check-hint"));
  const head =
    ["start-device", "start-link", "start-security", "start-expected", "start-echoed", ""];
  const rows = checked.devices.map((d) => el("tr", { class: d.matches && d.link ? "" : "bad" },
    el("td", {}, d.device.replaceAll("_", " ")),
    el("td", {}, t(d.link ? "start-up" : "start-down")),
    el("td", {}, d.security === "none" ? t("start-unsecured") : d.security ?? "–"),
    el("td", {}, d.expected_hash ?? "–"), el("td", {}, d.echoed_hash ?? "–"),
    el("td", {}, d.matches && d.link ? "✓" : "✕")));
  return el("div", {}, el("table", { class: "echo" },
    el("thead", {}, el("tr", {}, ...head.map((key) => el("th", {}, key && t(key))))),
    el("tbody", {}, ...rows)),
  facts([["start-pool", checked.pool_left], ["start-gate", t(`start-gate-${checked.gate}`)]]));
}

function deviceWork() {
  return [echoTable(), button(t("start-check"), async (it) => {
    it.setAttribute("aria-busy", "true");
    try {
      checked = (await perform({ act: "device_check", batch })).checked ?? null;
      drawn = "";
      await look();
    } catch (problem) {
      toast(told(problem), "failed");
    } finally {
      it.removeAttribute("aria-busy");
    }
  }, not("device_check")), setup()];
}

const setup = () => button(t("start-setup"),
  (it) => go(it, { act: "setup_labels", batch, labels: 3 }),
  may.has("setup_labels") ? null : t("start-not-yours"), "");

function trialTable(trial) {
  const done = new Map(trial.packs.map((pack) => [pack.track, pack]));
  const rows = (trial.plan ?? trial.packs).map((pack) => {
    const came = done.get(pack.track);
    const open = trial.state === "running" && !came?.passed;
    return el("tr", { class: open || came?.passed ? "" : "bad" }, el("td", {}, String(pack.track)),
      el("td", {}, t(`prepared-${pack.prepared}`)),
      el("td", {}, open ? "…" : t(came?.passed ? "start-right" : "start-false")));
  });
  return el("table", { class: "echo" }, el("tbody", {}, ...rows));
}

async function challengeWork() {
  const trial = await call("GET", `/orders/${batch}/trial`).catch(() => null);
  const running = trial?.state === "running";
  const end = trial && !running
    ? el("p", { class: trial.passed ? "hint" : "problem" },
      t(trial.passed ? "start-trial-passed" : "start-trial-failed"), " ", trial.interrupted ?? "")
    : null;
  return [el("p", {}, t("start-challenge-hint")), trial ? trialTable(trial) : null, end,
    button(t("start-challenge"), (it) => go(it, { act: "challenge_test", batch }),
      running ? t("start-trial-runs") : not("challenge"))];
}

function startWork() {
  return [order ? orderFacts(order) : null, el("p", {}, t("start-sign-hint")),
    button(t("start-start"), (it) => go(it, { act: "order_start", batch }), not("order_start"))];
}

function firstWork() {
  const place = el("div", { class: "chosen" });
  const scan = scanField(t("start-scan-pack"), "serial", ({ kind, text, fields }, refuse) => {
    if (kind === "code" && order && fields.gtin !== order.gtin) return refuse(t("start-other"));
    const serial = kind === "code" ? fields.serial : text;
    if (!serial) return refuse(t("scan-form"));
    place.replaceChildren(facts([["start-serial", serial]]), button(t("start-approve"),
      (it) => go(it, { act: "first_pack_approval", batch, serial }), not("first_pack")));
  });
  return [el("p", {}, t("start-first-hint")), scan, place];
}

const WORK = {
  order: orderWork, line_clearance: clearanceWork, device_check: deviceWork,
  challenge: challengeWork, order_start: startWork, first_pack: firstWork,
};

function stepRow(row, active) {
  const who = row.by?.length ? `${row.by.join(", ")} · ` : "";
  const when = row.at ? row.at.slice(0, 19).replace("T", " ") + " UTC" : "";
  return el("li", {
    class: `step ${row.state}`, "data-step": row.step, "aria-current": active ? "step" : null,
  },
    el("span", { class: "mark", "aria-hidden": "true" }, MARKS[row.state]),
    el("strong", {}, t(`step-${row.step}`)),
    el("span", {}, t(`step-state-${row.state}`)), el("small", {}, who + when));
}

// Draws the steps; the work of a step only when it is another one, so that nothing typed is lost.
async function draw() {
  const steps = shown ? shown.steps.filter((row) => STEPS.includes(row.step))
    : STEPS.map((step) => ({ step, state: "missing" }));
  const open = steps.find((row) => row.state === "missing" || row.state === "failed");
  // Where nothing is needed, the start is still a person's.
  const loaded = order?.state === "loaded" ? steps.find((row) => row.step === "order_start") : null;
  const next = open ?? loaded;
  list.replaceChildren(...steps.map((row) => stepRow(row, row === next)));
  const live = next?.step === "challenge";
  const now = `${batch} ${next?.step} ${next?.seq}`;
  if (now === drawn && !live) return;
  const inside = next ? await WORK[next.step]() : [el("p", {}, t("start-all-done")),
    el("a", { class: "button", href: "/" }, t("screen-run"))];
  const words = next ? t(`step-${next.step}`) : t("start-ready");
  const focus = now === drawn && work.contains(document.activeElement);
  drawn = now;
  work.dataset.step = next?.step ?? "done";
  work.replaceChildren(el("h2", {}, words), ...inside.filter(Boolean));
  if (focus) work.querySelector("button")?.focus();
}

async function look() {
  if (!batch) return find();
  shown = await call("GET", `/orders/${batch}/readiness`);
  return draw();
}

// The open order, if there is one.
async function find() {
  const { orders } = await call("GET", "/orders");
  const open = (row) => row.mode === "production" && row.state !== "closed";
  order = orders.find(open) ?? null;
  batch = order?.batch ?? null;
  shown = batch ? await call("GET", `/orders/${batch}/readiness`) : null;
  return draw();
}

const say = (problem) => {
  document.getElementById("start-problem").textContent = told(problem);
};

if (list) {
  document.getElementById("scanner").append(checkField());
  find().catch(say);
  setInterval(() => look().then(() => say({ detail: "" }), say), LOOK_MS);
}
