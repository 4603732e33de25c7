// S9: users are added and changed, the audit trail is read page by page, the ledger is verified and
// backed up. Everything through the API, which refuses.
import { press } from "./acts.js";
import "./versions.js";
import { call, dialog, el, field, t, toast, told } from "./util.js";

const ROLES = ["operator", "supervisor", "quality", "engineer", "administrator"];
const BACKUP_EVERY_MS = 2000;

const why = () => field(t("admin-why"), { name: "reason", required: true, maxlength: 400 });

function roles(chosen) {
  const box = (role) => el("label", { class: "choice" },
    el("input", { type: "checkbox", name: `role-${role}`, checked: chosen.includes(role) }),
    el("span", {}, t(`role-${role}`)));
  return el("fieldset", {}, el("legend", {}, t("admin-roles")),
    el("div", { class: "roles-of" }, ...ROLES.map(box)));
}

const rolesOf = (values) => ROLES.filter((role) => values[`role-${role}`]);

// A one-time password is shown once; closing it loads the list anew.
function once(answer) {
  if (!answer.one_time_password) {
    location.reload();
    return;
  }
  dialog({
    title: answer.user,
    body: [el("p", {}, t("admin-once")), el("p", { class: "once" }, answer.one_time_password)],
    onclose: () => location.reload(),
  });
}

function add() {
  dialog({
    title: t("admin-add"),
    body: [
      field(t("user-id"), { name: "user", required: true, maxlength: 64, autocomplete: "off",
        autocapitalize: "none" }),
      field(t("admin-name"), { name: "name", required: true, maxlength: 120, autocomplete: "off" }),
      roles([]), why(),
    ],
    action: t("admin-add"),
    submit: async (values, box) => {
      const { user, name, reason } = values;
      const language = document.documentElement.lang;
      const answer = await call("POST", "/users",
        { user, name, roles: rolesOf(values), language, reason });
      box.close();
      once(answer);
    },
  });
}

function change({ user, change: what, roles: chosen }) {
  const title = `${t(`admin-change-${what}`)}: ${user}`;
  dialog({
    title,
    body: [what === "roles" ? roles(chosen.split(" ")) : null, why()].filter(Boolean),
    action: t(`admin-change-${what}`),
    submit: async (values, box) => {
      const body = { change: what, reason: values.reason };
      if (what === "roles") body.roles = rolesOf(values);
      const answer = await call("POST", `/users/${encodeURIComponent(user)}`, body);
      box.close();
      once(answer);
    },
  });
}

// --- audit trail -------------------------------------------------------------------------------

const filter = document.getElementById("audit-filter");
const events = document.getElementById("audit-events");
const older = document.getElementById("audit-older");
let at = null;

function wanted(more = {}) {
  const values = [...new FormData(filter)].map(([name, value]) => [name, value.trim()]);
  return new URLSearchParams([...values, ...Object.entries(more)].filter(([, v]) => v !== ""));
}

const shown = (value) => (value === null || value === undefined ? "–"
  : typeof value === "object" ? JSON.stringify(value) : String(value));

function row({ at: when, chain, event }) {
  const kind = event.kind ?? event.type ?? Object.keys(event)[0];
  const what = [kind, event.what ?? event.subject, event.user, event.answer].filter(Boolean);
  const time = when.replace("T", " ").replace(/\.\d+/, "");
  const whole = `${what.join(" · ")} (${chain})`;
  const cells = [time, event.who ?? event.by, whole, event.old, event.new, event.why];
  return el("tr", {}, ...cells.map((cell) => el("td", {}, shown(cell))));
}

async function more(fresh) {
  if (fresh) events.replaceChildren();
  try {
    const page = await call("GET", `/audit?${wanted(fresh || at === null ? {} : { before: at })}`);
    events.append(...page.events.map(row));
    if (!events.children.length) {
      events.append(el("tr", {}, el("td", { colspan: "6" }, t("admin-no-event"))));
    }
    at = page.older;
    older.disabled = at === null;
  } catch (problem) {
    toast(told(problem), "failed");
  }
}

function file(form) {
  const link = el("a", { href: `/api/v1/audit/export?${wanted({ form })}`,
    download: `audit.${form}` });
  // The export is a command: it goes with the token of this session's forms.
  fetch(link.href, { headers: { "X-CSRF-Token": document.body.dataset.csrf ?? "" } })
    .then(async (answer) => {
      if (!answer.ok) throw await answer.json();
      link.href = URL.createObjectURL(await answer.blob());
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    })
    .catch((problem) => toast(told(problem), "failed"));
}

// --- ledger ------------------------------------------------------------------------------------

async function verify(button) {
  const place = document.getElementById("verified");
  button.disabled = true;
  place.textContent = t("admin-verifying");
  try {
    const { chain, records, anchors, seconds, head, first_bad: bad } =
      await call("POST", "/audit/verify");
    const args = { records, anchors, seconds, head: head.slice(0, 16), seq: bad?.seq,
      what: bad?.what };
    place.textContent = t(chain === "ok" ? "admin-verified" : "admin-broken", args);
    place.className = chain === "ok" ? "" : "problem";
  } catch (problem) {
    place.textContent = told(problem);
  } finally {
    button.disabled = false;
  }
}

const backupPlace = document.getElementById("backup");

async function backupState() {
  try {
    const now = await call("GET", "/backup");
    const args = { ...now, through: now.through_seq, error: now.error?.detail };
    const text = t(`admin-backup-${now.state}`, args);
    if (backupPlace.textContent !== text) backupPlace.textContent = text;
  } catch (problem) {
    backupPlace.textContent = told(problem);
  }
}

document.getElementById("backup-form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const wish = { out: form.out.value.trim(), with_sealed: form.with_sealed.checked,
    with_images: form.with_images.checked };
  await press(event.submitter, { act: "backup", wish });
  backupState();
});

// --- everything --------------------------------------------------------------------------------

const does = {
  add,
  change: (button) => change(button.dataset),
  export: (button) => file(button.dataset.form),
  verify,
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-admin]");
  if (button) does[button.dataset.admin]?.(button);
});
if (filter) {
  filter.addEventListener("submit", (event) => {
    event.preventDefault();
    more(true);
  });
  older.addEventListener("click", () => more(false));
  more(true);
}
if (backupPlace) {
  backupState();
  setInterval(backupState, BACKUP_EVERY_MS);
}
