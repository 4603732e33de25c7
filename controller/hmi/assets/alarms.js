// S6: acknowledges, shelves and brings back; keys. A row stays where it is while a finger is on
// the list; a tap on a row that has just moved does nothing.
import { press } from "./acts.js";
import { isLive, movedAt, onFrame } from "./live.js";
import { dialog, el, field, t, toast } from "./util.js";

const MOVED_MS = 600;
const MINUTES = [15, 30, 60, 120, 240, 480];
const KEYS = { a: "alarm_acknowledge", s: "alarm_shelve", u: "alarm_unshelve" };

const may = new Set((document.body.dataset.may ?? "").split(" "));
const list = document.getElementById("alarm-list");

const shown = () => [...list.querySelectorAll(":scope > li")].filter((row) => row.offsetParent);

// Counts of the tabs, from the rows that are there.
function count() {
  const rows = [...list.children].filter((row) => !row.hasAttribute("data-gone"));
  const of = {
    active: (row) => row.dataset.state !== "shelved",
    unseen: (row) => row.hasAttribute("data-unseen"),
    shelved: (row) => row.dataset.state === "shelved",
  };
  for (const [name, is] of Object.entries(of)) {
    const place = document.querySelector(`[data-tab="${name}"] .count`);
    const text = String(rows.filter(is).length);
    if (place && place.textContent !== text) place.textContent = text;
  }
}

// Lays over the buttons what this person may do.
function lay() {
  for (const button of list.querySelectorAll("button")) {
    const why = button.querySelector(".why");
    const off = button.getAttribute("aria-disabled") === "true";
    let text = "";
    if (button.closest("[data-gone]")) text = t("alarm-gone");
    else if (!isLive()) text = t("command-not-live");
    else if (!may.has(button.dataset.action)) {
      text = document.body.dataset.user ? t("not-yours") : t("nobody");
    }
    if (text === "" || (off && why.textContent !== "")) continue;
    button.setAttribute("aria-disabled", "true");
    why.textContent = text;
  }
  count();
}

function duration(minutes) {
  return minutes < 60 ? t("minutes", { count: minutes }) : t("hours", { count: minutes / 60 });
}

function shelve(button) {
  const { alarm } = button.dataset;
  const name = button.closest("li").querySelector(".what b").textContent;
  const choice = (minutes, at) => el("label", { class: "choice" },
    el("input", { type: "radio", name: "minutes", value: minutes, checked: at === 1 }),
    duration(minutes));
  dialog({
    title: `${t("alarm-shelve")}: ${name}`,
    body: [
      el("p", { class: "hint" }, t("alarm-shelve-means")),
      el("fieldset", { class: "choices" }, el("legend", {}, t("alarm-shelve-for")),
        ...MINUTES.map(choice)),
      field(t("sign-reason"), { name: "reason", required: true, maxlength: 200, autofocus: true }),
    ],
    action: t("alarm-shelve"),
    submit: async ({ minutes, reason }, box) => {
      const act = { act: "alarm_shelve", alarm, minutes: Number(minutes) };
      if (await press(button, act, { reason })) box.close();
    },
  });
}

function act(button) {
  if (performance.now() - movedAt(list) < MOVED_MS) {
    toast(t("alarm-moved"), "failed");
    return;
  }
  if (button.getAttribute("aria-disabled") === "true") {
    toast(button.querySelector(".why").textContent, "failed");
    return;
  }
  const { act: name, alarm } = button.dataset;
  if (name === "alarm_shelve") shelve(button);
  else press(button, { act: name, alarm });
}

function move(row, step) {
  const rows = shown();
  const next = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(row) + step))];
  next?.querySelector("button")?.focus();
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector("dialog")) return;
  if (event.target.closest("input, select, textarea")) return;
  const row = document.activeElement.closest("#alarm-list > li");
  if (event.key === "ArrowDown") move(row, row ? 1 : 0);
  else if (event.key === "ArrowUp") move(row, -1);
  else if (row && KEYS[event.key.toLowerCase()]) {
    const wanted = row.querySelector(`[data-act="${KEYS[event.key.toLowerCase()]}"]`);
    if (wanted && !event.repeat) act(wanted);
  } else return;
  event.preventDefault();
}

if (list) {
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) act(button);
  });
  document.addEventListener("keydown", onKey);
  onFrame(lay);
  lay();
}
