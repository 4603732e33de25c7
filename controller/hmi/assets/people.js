// Login, lock, unlock, own password; the screen that goes to sleep and is woken by a tap.
import { call, dialog, el, field, t, toast, told } from "./util.js";

const SLEEP_MS = 5 * 60 * 1000;

const reload = () => location.reload();
const secret = (label, name, autocomplete, more = {}) =>
  field(label, { name, type: "password", autocomplete, required: true, maxlength: 200, ...more });

export function login() {
  dialog({
    title: t("log-in"),
    body: [
      el("p", { class: "hint" }, t("badge-hint")),
      field(t("user-id"), {
        name: "user", autocomplete: "username", autocapitalize: "none", required: true,
        maxlength: 64,
      }),
      secret(t("password"), "password", "current-password"),
    ],
    action: t("log-in"),
    submit: async ({ user, password }) => {
      await call("POST", "/session", { user, password });
      reload();
    },
  });
}

function unlock() {
  dialog({
    title: t("unlock"),
    body: [secret(t("password"), "password", "current-password")],
    action: t("unlock"),
    submit: async ({ password }) => {
      await call("POST", "/session/unlock", { password });
      reload();
    },
  });
}

export function ownPassword() {
  dialog({
    title: t("set-password"),
    body: [
      el("p", { class: "hint" }, t("must-change")),
      secret(t("password-old"), "old", "current-password"),
      secret(t("password-new"), "fresh", "new-password"),
      secret(t("password-new-again"), "again", "new-password"),
    ],
    action: t("set-password"),
    submit: async ({ old, fresh, again }) => {
      if (fresh !== again) throw { detail: t("password-differs") };
      await call("POST", "/session/password", { old, new: fresh });
      reload();
    },
  });
}

async function done(work) {
  try {
    await work();
    reload();
  } catch (problem) {
    toast(told(problem), "failed");
  }
}

const opens = { login, unlock, password: ownPassword };
const does = {
  lock: () => done(() => call("POST", "/session/lock")),
  logout: () => done(() => call("DELETE", "/session")),
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-open], [data-do]");
  if (!button) return;
  (opens[button.dataset.open] ?? does[button.dataset.do])?.();
});

// The tap that wakes the screen does nothing else.
let asleep = null;
let timer = 0;
function stayAwake() {
  clearTimeout(timer);
  timer = setTimeout(sleep, SLEEP_MS);
}
function sleep() {
  if (asleep) return;
  asleep = el("div", { id: "asleep", role: "button", tabindex: "0", "aria-label": t("wake") },
    el("p", {}, t("wake")));
  const wake = (event) => {
    event.preventDefault();
    event.stopPropagation();
    // The click that belongs to this tap still comes; it must find nothing beneath.
    setTimeout(() => {
      asleep?.remove();
      asleep = null;
    }, 350);
    stayAwake();
  };
  asleep.addEventListener("pointerdown", wake);
  asleep.addEventListener("keydown", wake);
  document.body.append(asleep);
  asleep.focus();
}
for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, stayAwake, true);
stayAwake();

if (document.body.hasAttribute("data-must-change")) ownPassword();

// The session locks by itself when nothing is done; the page notices.
const person = document.body.dataset.user;
const locked = document.body.hasAttribute("data-locked");
setInterval(async () => {
  if (!person) return;
  try {
    const view = await call("GET", "/session");
    if (view.locked !== locked) reload();
  } catch (problem) {
    if (problem.status === 401) reload();
  }
}, 5000);
