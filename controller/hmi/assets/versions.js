// S9: versions of the line's configuration and of product recipes. Shows what differs before anybody
// signs; proposing, releasing, approving and retiring are acts, which the ledger refuses.
import { press } from "./acts.js";
import { call, dialog, el, field, t, toast, told } from "./util.js";

const place = document.getElementById("versions");
const may = new Set((document.body.dataset.may ?? "").split(" "));
const AROUND = 2;
const MARK = { same: " ", added: "+", removed: "−" };

const said = (text) => document.getElementById("versions-state").replaceChildren(text);
const short = (hash) => el("code", { title: hash }, hash.slice(0, 16));

function button(label, act) {
  const one = el("button", { type: "button" }, label);
  one.addEventListener("click", () => act(one));
  return one;
}

// --- difference --------------------------------------------------------------------------------

// Changed lines and those around them; of the others their number.
function excerpt(lines) {
  const near = (at) => lines.slice(Math.max(0, at - AROUND), at + AROUND + 1)
    .some((line) => line.change !== "same");
  const rows = [];
  let left = 0;
  const gap = () => {
    if (left) rows.push({ change: "left", text: t("versions-left-out", { count: left }) });
    left = 0;
  };
  lines.forEach((line, at) => {
    if (!near(at)) {
      left += 1;
      return;
    }
    gap();
    rows.push(line);
  });
  gap();
  return rows;
}

const lineOf = ({ change, text }) => el("tr", { class: change },
  el("td", {}, MARK[change] ?? "⋯"), el("td", {}, el("code", {}, text)));

async function differ(path, from, to) {
  const { lines, from: older } = await call("GET", path);
  const title = t("versions-between", { from: (from ?? older) || t("versions-nothing"), to });
  document.getElementById("difference-title").textContent =
    `${t("versions-difference")}: ${title}`;
  document.getElementById("difference").replaceChildren(...excerpt(lines).map(lineOf));
}

// --- the line's configuration --------------------------------------------------------------------

function standing({ running, in_force: inForce }) {
  if (running.released) return t("versions-same", { version: inForce });
  return inForce ? t("versions-differs", { version: inForce }) : t("versions-none");
}

function configurationRow(row, inForce) {
  const { version } = row;
  const state = version === inForce ? "in-force" : row.released_seq ? "earlier" : "proposed";
  const path = `/configurations/difference?to=${version}`;
  const difference = () => {
    const before = version === inForce ? version - 1 : undefined;
    return shown(differ(before === undefined ? path : `${path}&from=${before}`,
      before, version));
  };
  const buttons = [button(t("versions-difference"), difference)];
  if (state === "proposed" && may.has("config_release")) {
    buttons.push(button(t("versions-release"),
      (one) => act(one, { act: "config_release", version }, difference)));
  }
  return el("tr", {}, el("th", { scope: "row" }, String(version)),
    el("td", {}, t(`versions-${state}`)), el("td", {}, row.drafted_by),
    el("td", {}, short(row.sha256)), el("td", { class: "changes" }, ...buttons));
}

async function configurations() {
  const told = await call("GET", "/configurations");
  const { running, in_force: inForce, configurations: rows } = told;
  said(standing(told));
  document.getElementById("versions-begin")
    ?.toggleAttribute("disabled", running.version !== null);
  await differ("/configurations/difference", undefined, t("versions-running"));
  return rows.map((row) => configurationRow(row, inForce));
}

// --- product recipes -----------------------------------------------------------------------------

function recipeRow(row) {
  const { gtin, version, state } = row;
  const of = `/recipes/${gtin}/${version}`;
  const difference =
    () => shown(differ(`${of}/difference?from=${version - 1}`, version - 1, version));
  const buttons = [button(t("versions-difference"), difference)];
  const can = (name, label, when) => {
    if (when && may.has(name)) {
      buttons.push(button(t(label), (one) => act(one, { act: name, gtin, version }, difference)));
    }
  };
  can("recipe_approve", "versions-approve", state === "draft");
  can("recipe_retire", "versions-retire", state !== "retired");
  if (may.has("recipe_draft")) {
    buttons.push(button(t("versions-next"), async () => write((await call("GET", of)).text)));
  }
  return el("tr", {}, el("th", { scope: "row" }, gtin), el("td", {}, String(version)),
    el("td", {}, t(`versions-${state}`)), el("td", {}, row.drafted_by),
    el("td", {}, short(row.sha256)), el("td", { class: "changes" }, ...buttons));
}

async function recipes() {
  const { recipes: rows } = await call("GET", "/recipes");
  return rows.map(recipeRow);
}

// A recipe is written here, or a file's text is laid in; it is checked as a file would be.
function write(text) {
  const area = field(t("versions-text"),
    { name: "text", required: true, rows: 18, spellcheck: "false", autofocus: true }, "textarea");
  area.querySelector("textarea").value = text;
  dialog({
    title: t("act-recipe_draft"),
    body: [area],
    action: t("next"),
    submit: async (values, box) => {
      if (await press(null, { act: "recipe_draft", text: values.text })) {
        box.close();
        load();
      }
    },
  }).classList.add("wide");
}

// --- both ------------------------------------------------------------------------------------------

const kinds = {
  configuration: { rows: configurations, columns: 5,
    begin: (one) => act(one, { act: "config_draft" }) },
  recipes: { rows: recipes, columns: 6, begin: () => write("") },
};

const shown = (done) => done.catch((problem) => toast(told(problem), "failed"));

// What is signed is on the page before anybody signs.
async function act(one, what, before) {
  await before?.();
  if (await press(one, what)) load();
}

async function load() {
  const kind = kinds[place.dataset.of];
  try {
    const rows = await kind.rows();
    const none = el("tr", {}, el("td", { colspan: kind.columns }, t("versions-empty")));
    document.getElementById("version-rows").replaceChildren(...(rows.length ? rows : [none]));
  } catch (problem) {
    said(told(problem));
  }
}

if (place) {
  document.getElementById("versions-begin")
    ?.addEventListener("click", (event) => kinds[place.dataset.of].begin(event.currentTarget));
  load();
}
