// Acts: asks for what an act is about, has it signed where it must be, and has it done. Each press
// has a key of its own, so that a double tap is one command.
import { isLive, onFrame } from "./live.js";
import { call, dialog, el, field, t, toast, told } from "./util.js";

const may = new Set((document.body.dataset.may ?? "").split(" "));
const HOLD_MS = 1500;
const running = new Set();

// Does an act; asks for signatures first where the table wants them.
export async function perform(act, { reason } = {}) {
  const key = crypto.randomUUID();
  const send = (more) =>
    call("POST", "/acts", { act, ...more }, { "Idempotency-Key": key });
  if (act.act === "unit_stop") return send({});
  const sheet = await call("POST", "/sheets", act);
  if (sheet.signed === null) return send(reason ? { reason } : {});
  return signed(act, sheet, reason, send);
}

// The rows of a sheet, as text.
function rows(value, path = []) {
  if (value === null || typeof value !== "object") {
    return [el("div", {}, el("dt", {}, path.join(" › ").replaceAll("_", " ")),
      el("dd", {}, value === null ? "–" : String(value)))];
  }
  return Object.entries(value).flatMap(([name, inner]) => rows(inner, [...path, name]));
}

function shown(sheet) {
  const { line, act, ...rest } = sheet.sheet;
  return el("dl", { class: "sheet", tabindex: "0" }, ...rows(rest), ...rows({ line }));
}

// One signature: reason, then the components that are wanted. Resolves with its id.
async function sign(act, sheet, { after, reason, user, password }) {
  const asked = { act, sha256: sheet.sha256, reason, ...(after ? { after } : {}) };
  const challenge = await call("POST", "/signatures", asked);
  const given = await call("POST", `/signatures/${challenge.id}`, { user, password });
  return given.id;
}

function person(prefix, legend, user) {
  const set = el("fieldset", {}, el("legend", {}, legend),
    field(t("user-id"), {
      name: `${prefix}user`, value: user, autocomplete: "off", autocapitalize: "none",
      required: true, maxlength: 64,
    }),
    field(t("password"), {
      name: `${prefix}password`, type: "password", autocomplete: "off", required: true,
      maxlength: 200,
    }));
  return set;
}

function signed(act, sheet, reason, send) {
  return new Promise((resolve, reject) => {
    const second = sheet.second;
    const roles = second?.roles.map((role) => t(`role-${role}`)).join(", ");
    const title = `${t("sign-title")}: ${t(`act-${sheet.action}`)}`;
    let answer;
    dialog({
      title,
      body: [
        el("p", { class: "object" }, sheet.object),
        shown(sheet),
        el("p", { class: "hash" }, `${t("sign-hash")} SHA-256 `, el("code", {}, sheet.sha256)),
        field(t("sign-reason"), {
          name: "reason", value: reason, required: true, maxlength: 400, autofocus: true,
        }),
        el("div", { class: "persons" },
          person("", `${t("sign-first")}: ${t(`meaning-${sheet.signed}`)}`,
            document.body.dataset.user),
          second ? person("second-", `${t("sign-second")} (${roles}): ${
            t(`meaning-${second.meaning}`)}`, "") : null),
      ],
      action: t("sign"),
      submit: async (values, box) => {
        const why = values.reason;
        const first = await sign(act, sheet,
          { reason: why, user: values.user, password: values.password });
        const ids = [first];
        if (second) {
          ids.push(await sign(act, sheet, {
            after: first, reason: why, user: values["second-user"],
            password: values["second-password"],
          }));
        }
        answer = await send({ reason: why, signatures: ids });
        box.close();
      },
      onclose: () => (answer ? resolve(answer) : reject({ cancelled: true })),
    });
  });
}

// Does what a button says and tells what came of it; `true` when it was done.
export async function press(button, act, options) {
  const name = JSON.stringify(act);
  if (running.has(name)) return false;
  running.add(name);
  button?.setAttribute("aria-busy", "true");
  try {
    await perform(act, options);
    toast(`${t("done")}: ${t(`act-${act.act}`)}`);
    return true;
  } catch (problem) {
    if (!problem.cancelled) toast(`${t("command-failed")}: ${told(problem)}`, "failed");
    return false;
  } finally {
    running.delete(name);
    button?.removeAttribute("aria-busy");
  }
}

const commandOf = (button) => ({ act: button.dataset.act, batch: button.dataset.batch });

// Lays over the commands what this person may do; the server sends what the line allows.
function lay() {
  const live = isLive();
  for (const button of document.querySelectorAll("#commands button")) {
    const why = button.querySelector(".why");
    const mine = may.has(button.dataset.action);
    const off = button.getAttribute("aria-disabled") === "true";
    if (!live) {
      button.setAttribute("aria-disabled", "true");
      why.textContent = t("command-not-live");
    } else if (!off && !mine) {
      button.setAttribute("aria-disabled", "true");
      why.textContent = document.body.dataset.user ? t("command-not-yours", { roles: "" }).trim()
        : t("nobody");
    }
  }
}

onFrame(lay);
lay();

const bar = document.getElementById("commands");
bar.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button || button.hasAttribute("data-hold")) return;
  if (button.getAttribute("aria-disabled") === "true") {
    toast(button.querySelector(".why").textContent, "failed");
    return;
  }
  press(button, commandOf(button));
});

// Abort is held: it begins with the press and is done when the press has lasted.
let holding = null;
function letGo() {
  if (!holding) return;
  clearTimeout(holding.timer);
  holding.button.classList.remove("holding");
  holding = null;
}
function beginHold(button) {
  if (holding || button.getAttribute("aria-disabled") === "true") return;
  button.classList.add("holding");
  const timer = setTimeout(() => {
    letGo();
    press(button, commandOf(button));
  }, HOLD_MS);
  holding = { button, timer };
}
bar.addEventListener("pointerdown", (event) => {
  const button = event.target.closest("button[data-hold]");
  if (button) beginHold(button);
});
bar.addEventListener("keydown", (event) => {
  const button = event.target.closest("button[data-hold]");
  if (button && !event.repeat && (event.key === "Enter" || event.key === " ")) beginHold(button);
});
for (const name of ["pointerup", "pointercancel", "pointerleave", "keyup", "blur"]) {
  bar.addEventListener(name, letGo, true);
}
